/** Functions over the rows of a partition, in an order. Where the order leaves ties, the rows' other columns break them. */
import type { Parameter, ScalarSql, WindowFunction } from '../../function.ts'
import { BIGINT, DOUBLE, EVERY_KIND, TEXT } from '../../value-type.ts'

const value: Parameter = { name: 'value', kinds: EVERY_KIND }
const count = (name: string, optional = false): Parameter => ({
  name,
  kinds: ['int'],
  constant: true,
  ...(optional && { optional }),
})

function ranking(name: string, meaning: string, rest: Partial<WindowFunction> = {}): WindowFunction {
  return {
    kind: 'window',
    name,
    parameters: [],
    result: BIGINT,
    nulls: 'never',
    meaning,
    order: 'peers',
    sql: `${name}()`,
    ...rest,
  }
}

function valueFrom(name: string, parameters: readonly Parameter[], meaning: string): WindowFunction {
  const sql: ScalarSql = `${name}($*)`
  return {
    kind: 'window',
    name,
    parameters,
    result: ([of]) => of?.type ?? TEXT,
    nulls: 'always',
    meaning,
    order: 'ties',
    sql,
  }
}

export const WINDOWS: readonly WindowFunction[] = [
  ranking('row_number', 'The row’s number in the order, from 1.', { order: 'ties' }),
  ranking('rank', 'One more than how many rows come before the row; the same for rows that tie.'),
  ranking('dense_rank', 'One more than how many different values come before the row’s.'),
  ranking('percent_rank', 'The rank less 1, divided by the number of rows less 1; 0 of a single row.', {
    result: DOUBLE,
  }),
  ranking('cume_dist', 'The share of rows that do not come after the row.', { result: DOUBLE }),
  ranking('ntile', 'The number of the row’s bucket, where as many buckets as given are filled evenly in the order.', {
    parameters: [count('buckets')],
    order: 'ties',
    sql: 'ntile($1)',
  }),
  valueFrom(
    'lag',
    [{ ...value, common: true }, count('offset', true), { ...value, name: 'otherwise', optional: true, common: true }],
    'The value of the row that comes `offset` rows before, 1 unless it is given. Where there is no such row, `otherwise`, which is null unless it is given.',
  ),
  valueFrom(
    'lead',
    [{ ...value, common: true }, count('offset', true), { ...value, name: 'otherwise', optional: true, common: true }],
    'The value of the row that comes `offset` rows after, 1 unless it is given. Where there is no such row, `otherwise`, which is null unless it is given.',
  ),
  valueFrom('first_value', [value], 'The value of the first row of the frame, null included.'),
  valueFrom('last_value', [value], 'The value of the last row of the frame, null included.'),
  valueFrom('nth_value', [value, count('n')], 'The value of the frame’s n-th row, from 1; null where there is none.'),
]
