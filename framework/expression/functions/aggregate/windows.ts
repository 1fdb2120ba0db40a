/**
 * Window functions: functions over the ordered rows of a partition. The rows' other columns break
 * ties of the order.
 */
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
  ranking(
    'rank',
    'The number of rows that come before the row, plus 1. Rows that tie have the same rank, and gaps follow them.',
  ),
  ranking('dense_rank', 'The rank without gaps: the number of different values that come before the row’s, plus 1.'),
  ranking('percent_rank', '(rank - 1) / (number of rows - 1); 0 for a single row.', {
    result: DOUBLE,
  }),
  ranking('cume_dist', 'The share of the rows that come before the row or tie with it, the row included.', {
    result: DOUBLE,
  }),
  ranking(
    'ntile',
    'The number of the row’s bucket, from 1. The rows are split evenly, in their order, into this number of buckets.',
    {
      parameters: [count('buckets')],
      order: 'ties',
      sql: 'ntile($1)',
    },
  ),
  valueFrom(
    'lag',
    [{ ...value, common: true }, count('offset', true), { ...value, name: 'otherwise', optional: true, common: true }],
    'The value of the row that is `offset` rows before, by default 1. If there is no such row, `otherwise`, by default null.',
  ),
  valueFrom(
    'lead',
    [{ ...value, common: true }, count('offset', true), { ...value, name: 'otherwise', optional: true, common: true }],
    'The value of the row that is `offset` rows after, by default 1. If there is no such row, `otherwise`, by default null.',
  ),
  valueFrom('first_value', [value], 'The value of the first row of the frame, possibly null.'),
  valueFrom('last_value', [value], 'The value of the last row of the frame, possibly null.'),
  valueFrom(
    'nth_value',
    [value, count('n')],
    'The value of the frame’s n-th row, from 1; null if there is no such row.',
  ),
]
