/** Aggregates: functions over the rows of a group or a window. They skip nulls. */
import type { AggregateFunction, AggregateParts, Parameter } from '../../function.ts'
import {
  ANY_KIND,
  BIGINT,
  BOOLEAN,
  DOUBLE,
  decimalType,
  EVERY_KIND,
  INTEGERS,
  MAX_PRECISION,
  NUMERIC,
  TEXT,
  type ValueType,
} from '../../value-type.ts'
import { doubleSum, withFilter } from './double-sum.ts'

const any = (name: string): Parameter => ({ name, kinds: EVERY_KIND })
const number: Parameter = { name: 'value', kinds: NUMERIC }
const condition: Parameter = { name: 'condition', kinds: ['boolean'] }

/** `sum(DISTINCT x) FILTER (...) OVER (...)` */
const inner =
  (name: string) =>
  ({ args, distinct, over }: AggregateParts): string =>
    `${name}(${distinct}${args.join(', ')})${over}`

function sumType(type: ValueType | undefined): ValueType {
  if (type?.kind === 'double') return DOUBLE
  return type?.kind === 'decimal' ? decimalType(MAX_PRECISION, type.scale) : BIGINT
}

/** DuckDB does not report a sum of decimals that has more than 38 digits. */
function decimalSumInDuckdb(parts: AggregateParts, scale: number): string {
  const sum = inner('sum')(parts)
  const most = `CAST('${'9'.repeat(MAX_PRECISION - scale)}${scale > 0 ? `.${'9'.repeat(scale)}` : ''}' AS DECIMAL(${MAX_PRECISION}, ${scale}))`
  return `CASE WHEN ${sum} > ${most} OR ${sum} < -${most} THEN error('Overflow in a sum of decimals') ELSE ${sum} END`
}

/** The sum of integers or decimals, with as many digits as it needs. */
const exactSum = {
  duckdb: (parts: AggregateParts): string => {
    const [type] = parts.types
    return type?.kind === 'decimal' ? decimalSumInDuckdb(parts, type.scale) : inner('sum')(parts)
  },
  // A sum of BIGINT can overflow on the way to a total that fits, depending on the order of rows.
  spark: (parts: AggregateParts): string => {
    const args = parts.types[0]?.kind === 'decimal' ? parts.args : [`CAST(${parts.args[0]} AS DECIMAL(19, 0))`]
    return inner('sum')({ ...parts, args })
  },
}

const sumIn = {
  duckdb: (parts: AggregateParts): string => {
    const [type] = parts.types
    if (type?.kind === 'double') return doubleSum.duckdb(parts)
    return type?.kind === 'decimal' ? exactSum.duckdb(parts) : `CAST(${exactSum.duckdb(parts)} AS BIGINT)`
  },
  spark: (parts: AggregateParts): string => {
    const [type] = parts.types
    if (type?.kind === 'double') return doubleSum.spark(parts)
    const sum = type?.kind === 'decimal' ? `DECIMAL(${MAX_PRECISION}, ${type.scale})` : 'BIGINT'
    return `CAST(${exactSum.spark(parts)} AS ${sum})`
  },
}

/** The exact sum, divided by the count as doubles. */
const averageIn = {
  duckdb: (parts: AggregateParts): string => {
    const isDouble = parts.types[0]?.kind === 'double'
    const sum = isDouble ? doubleSum.duckdb(parts) : `CAST(CAST(${exactSum.duckdb(parts)} AS VARCHAR) AS DOUBLE)`
    return `(${sum} / nullif(${inner('count')(parts)}, 0))`
  },
  spark: (parts: AggregateParts): string => {
    const isDouble = parts.types[0]?.kind === 'double'
    const sum = isDouble ? doubleSum.spark(parts) : `CAST(${exactSum.spark(parts)} AS DOUBLE)`
    return `(${sum} / nullif(${inner('count')(parts)}, 0))`
  },
}

/**
 * min_by and max_by. The value breaks ties of `by`, and null loses a tie, so that engines agree.
 */
function byIn(which: 'min' | 'max') {
  const over = ({ args: [, by], over }: AggregateParts) => withFilter(`${by} IS NOT NULL`, over)
  return {
    duckdb: (parts: AggregateParts): string => {
      const [value, by] = parts.args
      const order =
        which === 'min'
          ? `{'b': ${by}, 'n': ${value} IS NULL, 'v': ${value}}`
          : `{'b': ${by}, 'n': ${value} IS NOT NULL, 'v': ${value}}`
      return `arg_${which}_null(${value}, ${order})${over(parts)}`
    },
    // Spark has no FILTER over a window, but skips rows whose order is null.
    spark: ({ args: [value, by], over: behind }: AggregateParts): string => {
      const order = `struct(${by}, ${value} IS ${which === 'min' ? '' : 'NOT '}NULL, ${value})`
      return `${which}_by(${value}, CASE WHEN ${by} IS NOT NULL THEN ${order} END)${behind}`
    },
  }
}

function aggregate(
  name: string,
  parameters: readonly Parameter[],
  rest: Omit<AggregateFunction, 'kind' | 'name' | 'parameters' | 'nulls'>,
): AggregateFunction {
  return { kind: 'aggregate', name, parameters, nulls: 'always', ...rest }
}

const counted = { result: BIGINT, ofNoRows: 'zero' } as const

export const AGGREGATES: readonly AggregateFunction[] = [
  {
    ...aggregate('count', [{ name: 'value', kinds: ANY_KIND }], {
      ...counted,
      meaning: 'The number of rows in which the value is not null.',
      sql: inner('count'),
    }),
    nulls: 'never',
  },
  {
    ...aggregate('count_rows', [], {
      ...counted,
      meaning: 'The number of rows.',
      sql: ({ over }) => `count(*)${over}`,
    }),
    nulls: 'never',
  },
  {
    ...aggregate('count_if', [condition], {
      ...counted,
      meaning: 'The number of rows for which the condition holds.',
      sql: ({ args, over }) => `count(CASE WHEN ${args[0]} THEN 1 END)${over}`,
    }),
    nulls: 'never',
  },
  {
    ...aggregate('count_distinct', [any('value')], {
      ...counted,
      meaning: 'The number of different values. Null is not counted. Not available over windows.',
      groupsOnly: true,
      sql: ({ args, over }) => `count(DISTINCT ${args[0]})${over}`,
    }),
    nulls: 'never',
  },
  aggregate('sum', [number], {
    result: ([value]) => sumType(value?.type),
    meaning:
      'The sum; null if there are no rows. A sum of integers is a bigint, a sum of decimals a decimal of 38 digits. The query fails if the sum does not fit. Doubles are added exactly in fixed point, so that the sum does not depend on the order of rows.',
    sql: sumIn,
  }),
  aggregate('sum_bigint', [{ name: 'value', kinds: INTEGERS }], {
    result: BIGINT,
    meaning: 'The sum of integers; null if there are no rows.',
    sql: sumIn,
  }),
  aggregate('avg', [number], {
    result: DOUBLE,
    meaning: 'The exact sum divided by the count, as a double; null if there are no rows.',
    sql: averageIn,
  }),
  aggregate('min', [any('value')], {
    result: ([value]) => value?.type ?? TEXT,
    meaning: 'The least value; null if there are no rows. NaN is above all other numbers.',
    sql: inner('min'),
  }),
  aggregate('max', [any('value')], {
    result: ([value]) => value?.type ?? TEXT,
    meaning: 'The greatest value; null if there are no rows. NaN is above all other numbers.',
    sql: inner('max'),
  }),
  aggregate('min_by', [any('value'), any('by')], {
    result: ([value]) => value?.type ?? TEXT,
    meaning:
      'The value, possibly null, of the row with the smallest `by`. Rows whose `by` is null do not count. If several rows tie, the smallest of their values.',
    sql: byIn('min'),
  }),
  aggregate('max_by', [any('value'), any('by')], {
    result: ([value]) => value?.type ?? TEXT,
    meaning:
      'The value, possibly null, of the row with the greatest `by`. Rows whose `by` is null do not count. If several rows tie, the greatest of their values.',
    sql: byIn('max'),
  }),
  aggregate('bool_and', [condition], {
    result: BOOLEAN,
    meaning: 'Whether the condition holds for every row; null if there are no rows.',
    sql: inner('bool_and'),
  }),
  aggregate('bool_or', [condition], {
    result: BOOLEAN,
    meaning: 'Whether the condition holds for some row; null if there are no rows.',
    sql: inner('bool_or'),
  }),
]
