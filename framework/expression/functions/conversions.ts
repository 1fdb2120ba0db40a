/** Conversions between types. */
import type { Expression } from '../expression.ts'
import type { Parameter, Refusal, ScalarFunction } from '../function.ts'
import {
  BIGINT,
  DATE,
  DOUBLE,
  decimalType,
  INT,
  MAX_PRECISION,
  NUMERIC,
  TEXT,
  TIMESTAMP,
  type ValueType,
} from '../value-type.ts'
import { NUMBER_TEXT } from './number-pattern.ts'

const value = (kinds: Parameter['kinds']): Parameter => ({ name: 'value', kinds })

/** Casts round in one engine and cut in the other, so that the number is cut first. */
const cut = (to: string) => (args: readonly string[], types: readonly ValueType[]) => {
  const [kind] = types.map((type) => type.kind)
  const input = args[0] ?? ''
  return kind === 'double' || kind === 'decimal' ? `CAST(${cutSql(input)} AS ${to})` : `CAST(${input} AS ${to})`
}

/** Towards zero. Both engines have `ceil` and `floor` of doubles and decimals, and not the same `trunc`. */
const cutSql = (input: string): string => `CASE WHEN ${input} < 0 THEN ceil(${input}) ELSE floor(${input}) END`

/** Text is read by one pattern: Java takes `1d` and `0x1p3` for numbers, DuckDB `1_000`. */
const numberOfText = (text: string, matches: string) =>
  `CAST(${text} || CASE WHEN ${matches} THEN '' ELSE ' (no number)' END AS DOUBLE)`

function decimalResult([, precision, scale]: readonly Expression[]): ValueType | Refusal {
  const [digits, behind] = [constant(precision), constant(scale)]
  if (digits >= 1 && digits <= MAX_PRECISION && behind >= 0 && behind <= digits) return decimalType(digits, behind)
  return {
    refused: `there is no decimal(${digits},${behind})`,
    remedy: `give a precision of 1 to ${MAX_PRECISION}, and a scale of 0 up to the precision`,
  }
}

const constant = (expression: Expression | undefined): number =>
  expression?.kind === 'literal' ? Number(expression.value) : Number.NaN

export const CONVERSIONS: readonly ScalarFunction[] = [
  {
    kind: 'scalar',
    name: 'to_int',
    parameters: [value(NUMERIC)],
    result: INT,
    nulls: 'argument',
    meaning: 'The number as int, cut towards zero. Fails where it does not fit, and for NaN.',
    sql: { duckdb: cut('INTEGER'), spark: cut('INT') },
  },
  {
    kind: 'scalar',
    name: 'to_bigint',
    parameters: [value(NUMERIC)],
    result: BIGINT,
    nulls: 'argument',
    meaning: 'The number as bigint, cut towards zero. Fails where it does not fit, and for NaN.',
    sql: cut('BIGINT'),
  },
  {
    kind: 'scalar',
    name: 'to_double',
    parameters: [value([...NUMERIC, 'text'])],
    result: DOUBLE,
    nulls: 'argument',
    meaning:
      'The nearest double. Text is read as `-1.5e3`, `.5`, `inf` or `nan`, in any case and with spaces around it; other text fails.',
    sql: {
      duckdb: ([input = ''], [type]) => {
        if (type?.kind === 'text') return numberOfText(input, `regexp_matches(${input}, '${NUMBER_TEXT}')`)
        const isWide = type?.kind === 'decimal' && type.precision > 15
        return isWide ? `CAST(CAST(${input} AS VARCHAR) AS DOUBLE)` : `CAST(${input} AS DOUBLE)`
      },
      spark: ([input = ''], [type]) =>
        type?.kind === 'text' ? numberOfText(input, `${input} RLIKE '${NUMBER_TEXT}'`) : `CAST(${input} AS DOUBLE)`,
    },
  },
  {
    kind: 'scalar',
    name: 'to_decimal',
    parameters: [
      value(['int', 'bigint', 'decimal', 'text']),
      { name: 'precision', kinds: ['int'], constant: true },
      { name: 'scale', kinds: ['int'], constant: true },
    ],
    result: decimalResult,
    nulls: 'argument',
    meaning:
      'The number as decimal(precision,scale); digits that are too many are rounded, halves away from zero. Text is read as `-12.50`. Fails where it does not fit.',
    sql: ([input = '', precision = '', scale = ''], [type]) => {
      const read = type?.kind === 'text' ? `trim(${input})` : input
      return `CAST(${read} AS DECIMAL(${precision}, ${scale}))`
    },
  },
  {
    kind: 'scalar',
    name: 'to_text',
    parameters: [value(['int', 'bigint', 'decimal', 'boolean', 'date', 'text'])],
    result: TEXT,
    nulls: 'argument',
    meaning:
      'An integer in decimal digits, a decimal with all digits after its point, `true` or `false`, a date as yyyy-mm-dd. Doubles have no portable text.',
    sql: { duckdb: 'CAST($1 AS VARCHAR)', spark: 'CAST($1 AS STRING)' },
  },
  {
    kind: 'scalar',
    name: 'to_date',
    parameters: [value(['timestamp', 'date', 'text'])],
    result: DATE,
    nulls: 'argument',
    meaning: 'The day of a moment in UTC. Text is read as yyyy-mm-dd; other text fails.',
    sql: {
      duckdb: ([input = ''], [type]) =>
        type?.kind === 'timestamp' ? `CAST(make_timestamp(epoch_us(${input})) AS DATE)` : `CAST(${input} AS DATE)`,
      spark: 'CAST($1 AS DATE)',
    },
  },
  {
    kind: 'scalar',
    name: 'to_timestamp',
    parameters: [value(['timestamp', 'date'])],
    result: TIMESTAMP,
    nulls: 'argument',
    meaning: 'Midnight of the day, in UTC.',
    sql: { duckdb: 'CAST($1 AS TIMESTAMPTZ)', spark: 'CAST($1 AS TIMESTAMP)' },
  },
]
