/** Conversions between types. */
import { castSql } from '../cast-sql.ts'
import { constantNumber } from '../constant.ts'
import type { SqlDialect } from '../dialect.ts'
import type { Expression } from '../expression.ts'
import type { CallParts, Parameter, Refusal, ScalarFunction, ScalarSql } from '../function.ts'
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
import { doubleText, letting } from './letting.ts'
import { MOST_DIGITS, roundedDouble } from './number/numbers.ts'
import { DATE_TEXT, DECIMAL_TEXT, INTEGER_TEXT, NUMBER_TEXT, TIMESTAMP_TEXT } from './readable-text.ts'

const value = (kinds: Parameter['kinds']): Parameter => ({ name: 'value', kinds })

/** Casts round in one engine and cut in the other, so that the number is cut first. */
const cut =
  (to: string): ScalarSql =>
  ([input = ''], [type], { dialect }) => {
    if (type?.kind === 'text') return `CAST(${readable(input, INTEGER_TEXT, dialect)} AS ${to})`
    if (type?.kind === 'double' && dialect.name === 'spark')
      return `CAST(${to === 'BIGINT' ? tooLarge(input) : input} AS ${to})`
    return type?.kind === 'double' || type?.kind === 'decimal'
      ? `CAST(${cutSql(input)} AS ${to})`
      : `CAST(${input} AS ${to})`
  }

/** Spark takes 2^63 for the greatest BIGINT, one less. */
const tooLarge = (input: string): string =>
  `CASE WHEN ${input} >= 9223372036854775808e0 THEN ${input} * 2e0 ELSE ${input} END`

/** Towards zero. Both engines have `ceil` and `floor` of doubles and decimals, and not the same `trunc`. */
const cutSql = (input: string): string => `CASE WHEN ${input} < 0 THEN ceil(${input}) ELSE floor(${input}) END`

/** The text, spoilt where the pattern does not match all of it: each engine reads more than the other, Java `1d` and DuckDB `1_000`. */
function readable(text: string, pattern: string, { name }: SqlDialect): string {
  const matches = name === 'duckdb' ? `regexp_matches(${text}, '${pattern}')` : `${text} RLIKE '${pattern}'`
  return `trim(${text} || CASE WHEN ${matches} THEN '' ELSE ' (cannot be read)' END)`
}

/** A double is rounded as its digits say, and is then a whole number of units. From 2^52 units on it fails. */
function decimalOfDouble(input: string, call: CallParts): string {
  const [precision, scale] = call.given.slice(1).map(constantNumber)
  const [behind, units] = [scale ?? 0, doubleText(10 ** (scale ?? 0))]
  const unit = `CAST('${behind === 0 ? '1' : `0.${'0'.repeat(behind - 1)}1`}' AS DECIMAL(${Math.max(1, behind)}, ${behind}))`
  return letting(call.dialect, input, (own) => {
    const rounded = roundedDouble(own, { ...call, given: call.given.slice(1) })
    const whole = `CAST(CAST(floor(${rounded} * ${units} + 0.5e0) AS BIGINT) AS DECIMAL(19, 0))`
    const tooLarge = `CAST(CAST(${own} * 1e300 AS BIGINT) AS DECIMAL(19, 0))`
    const fits = `abs(${own}) < ${doubleText(2 ** 52 / 10 ** behind)}`
    return `CAST(CASE WHEN ${fits} THEN ${whole} WHEN ${own} IS NOT NULL THEN ${tooLarge} END * ${unit} AS DECIMAL(${precision}, ${behind}))`
  })
}

function decimalResult([value, precision, scale]: readonly Expression[]): ValueType | Refusal {
  const [digits, behind] = [constantNumber(precision), constantNumber(scale)]
  if (value?.type.kind === 'double' && behind > MOST_DIGITS) {
    return {
      refused: `a double has no ${behind} digits after its point`,
      remedy: `give a scale of at most ${MOST_DIGITS}`,
    }
  }
  if (digits >= 1 && digits <= MAX_PRECISION && behind >= 0 && behind <= digits) return decimalType(digits, behind)
  return {
    refused: `there is no decimal(${digits},${behind})`,
    remedy: `give a precision of 1 to ${MAX_PRECISION}, and a scale of 0 up to the precision`,
  }
}

export const CONVERSIONS: readonly ScalarFunction[] = [
  {
    kind: 'scalar',
    name: 'to_int',
    parameters: [value([...NUMERIC, 'text'])],
    result: INT,
    nulls: 'argument',
    meaning:
      'The number as int, cut towards zero. Text is read as `-12`, with spaces around it or not. Fails where it does not fit, for NaN, and for other text.',
    sql: cut('INT'),
  },
  {
    kind: 'scalar',
    name: 'to_bigint',
    parameters: [value([...NUMERIC, 'text'])],
    result: BIGINT,
    nulls: 'argument',
    meaning:
      'The number as bigint, cut towards zero. Text is read as `-12`, with spaces around it or not. Fails where it does not fit, for NaN, and for other text.',
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
    sql: ([input = ''], [type], { dialect }) => {
      if (type?.kind === 'text') return `CAST(${readable(input, NUMBER_TEXT, dialect)} AS DOUBLE)`
      return type ? castSql(input, [type, DOUBLE], dialect) : input
    },
  },
  {
    kind: 'scalar',
    name: 'to_decimal',
    parameters: [
      value([...NUMERIC, 'text']),
      { name: 'precision', kinds: ['int'], constant: true },
      { name: 'scale', kinds: ['int'], constant: true },
    ],
    result: decimalResult,
    nulls: 'argument',
    meaning:
      'The number as decimal(precision,scale); digits that are too many are rounded, halves away from zero. Text is read as `-12.50`, with spaces around it or not. Of a double the digits count that it is written with; the scale is at most 15 then, and it has at most 15 digits in all. Fails where it does not fit, for NaN, and for other text.',
    sql: ([input = '', precision = '', scale = ''], [type], call) => {
      if (type?.kind === 'double') return decimalOfDouble(input, call)
      const read = type?.kind === 'text' ? readable(input, DECIMAL_TEXT, call.dialect) : input
      return `CAST(${read} AS DECIMAL(${precision}, ${scale}))`
    },
  },
  {
    kind: 'scalar',
    name: 'to_text',
    parameters: [value(['int', 'bigint', 'decimal', 'boolean', 'date', 'timestamp', 'text'])],
    result: TEXT,
    nulls: 'argument',
    meaning:
      'An integer in decimal digits, a decimal with all digits after its point, `true` or `false`, a date as yyyy-mm-dd, a moment as yyyy-mm-ddThh:mm:ss.ffffffZ. Doubles have no text that is the same on every engine: convert with fn.toDecimal first.',
    sql: {
      duckdb: ([input = ''], [type]) =>
        type?.kind === 'timestamp'
          ? `strftime(make_timestamp(epoch_us(${input})), '%Y-%m-%dT%H:%M:%S.%fZ')`
          : `CAST(${input} AS VARCHAR)`,
      spark: ([input = ''], [type]) =>
        type?.kind === 'timestamp'
          ? String.raw`date_format(${input}, 'yyyy-MM-dd\'T\'HH:mm:ss.SSSSSS\'Z\'')`
          : `CAST(${input} AS STRING)`,
    },
  },
  {
    kind: 'scalar',
    name: 'to_date',
    parameters: [value(['timestamp', 'date', 'text'])],
    result: DATE,
    nulls: 'argument',
    meaning: 'The day of a moment in UTC. Text is read as yyyy-mm-dd, in the years 1 to 9999; other text fails.',
    sql: ([input = ''], [type], { dialect }) => {
      if (type?.kind === 'text') return `CAST(${readable(input, DATE_TEXT, dialect)} AS DATE)`
      return type?.kind === 'timestamp' && dialect.name === 'duckdb'
        ? `CAST(make_timestamp(epoch_us(${input})) AS DATE)`
        : `CAST(${input} AS DATE)`
    },
  },
  {
    kind: 'scalar',
    name: 'to_timestamp',
    parameters: [value(['timestamp', 'date', 'text'])],
    result: TIMESTAMP,
    nulls: 'argument',
    meaning:
      'Midnight of the day, in UTC. Text is read as ISO 8601: yyyy-mm-dd, T or a space, hh:mm, then :ss and up to six digits of a second or not, then Z or an offset such as +02:00 or neither, which is UTC; other text fails.',
    sql: ([input = ''], [type], { dialect }) => {
      const read = type?.kind === 'text' ? readable(input, TIMESTAMP_TEXT, dialect) : input
      return `CAST(${read} AS ${dialect.typeName(TIMESTAMP)})`
    },
  },
]
