/** Functions that convert values from one type to another. */
import { refused } from '../../refusal.ts'
import { castSql } from '../cast-sql.ts'
import { constantNumber } from '../constant.ts'
import type { Expression } from '../expression.ts'
import type { CallParts, Parameter, ResultType, ScalarFunction, ScalarSql } from '../function.ts'
import { BIGINT, DATE, DOUBLE, decimalType, INT, MAX_PRECISION, NUMERIC, TEXT, TIMESTAMP } from '../value-type.ts'
import { MOST_DIGITS, roundedDouble } from './number/numbers.ts'
import { DATE_TEXT, DECIMAL_TEXT, INTEGER_TEXT, NUMBER_TEXT, readable, TIMESTAMP_TEXT } from './readable-text.ts'
import { doubleText, letting } from './sql-fragments.ts'

const value = (kinds: Parameter['kinds']): Parameter => ({ name: 'value', kinds })

/** A cast rounds on one engine and truncates on the other, so the number is truncated first. */
const truncated =
  (to: string): ScalarSql =>
  ([input = ''], [type], { dialect }) => {
    if (type?.kind === 'text') return `CAST(${readable(input, INTEGER_TEXT, dialect)} AS ${to})`
    if (type?.kind === 'double' && dialect.name === 'spark')
      return `CAST(${to === 'BIGINT' ? failingAtLimit(input) : input} AS ${to})`
    return type?.kind === 'double' || type?.kind === 'decimal'
      ? `CAST(${truncatedSql(input)} AS ${to})`
      : `CAST(${input} AS ${to})`
  }

/** Spark casts 2^63 to the greatest BIGINT, 2^63 - 1. Twice that number fails, as it should. */
const failingAtLimit = (input: string): string =>
  `CASE WHEN ${input} >= 9223372036854775808e0 THEN ${input} * 2e0 ELSE ${input} END`

/**
 * Truncates towards zero. The engines' `ceil` and `floor` agree for doubles and decimals, their
 * `trunc` does not.
 */
const truncatedSql = (input: string): string => `CASE WHEN ${input} < 0 THEN ceil(${input}) ELSE floor(${input}) END`

/**
 * Rounds a double by its shortest digits to a whole number of units. The SQL fails from 2^52 units
 * on.
 */
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

function decimalResult([value, precision, scale]: readonly Expression[]): ResultType {
  const [digits, behind] = [constantNumber(precision), constantNumber(scale)]
  if (value?.type.kind === 'double' && behind > MOST_DIGITS) {
    return refused(`a double does not have ${behind} digits after its point`, `give a scale of at most ${MOST_DIGITS}`)
  }
  if (digits >= 1 && digits <= MAX_PRECISION && behind >= 0 && behind <= digits) return decimalType(digits, behind)
  return refused(
    `there is no decimal(${digits},${behind})`,
    `give a precision of 1 to ${MAX_PRECISION}, and a scale of 0 up to the precision`,
  )
}

export const CONVERSIONS: readonly ScalarFunction[] = [
  {
    kind: 'scalar',
    name: 'to_int',
    parameters: [value([...NUMERIC, 'text'])],
    result: INT,
    nulls: 'argument',
    meaning:
      'The number as int, truncated towards zero. Text is read as `-12`, with or without spaces around it. The query fails if the number does not fit, for NaN, and for other text.',
    sql: truncated('INT'),
  },
  {
    kind: 'scalar',
    name: 'to_bigint',
    parameters: [value([...NUMERIC, 'text'])],
    result: BIGINT,
    nulls: 'argument',
    meaning:
      'The number as bigint, truncated towards zero. Text is read as `-12`, with or without spaces around it. The query fails if the number does not fit, for NaN, and for other text.',
    sql: truncated('BIGINT'),
  },
  {
    kind: 'scalar',
    name: 'to_double',
    parameters: [value([...NUMERIC, 'text'])],
    result: DOUBLE,
    nulls: 'argument',
    meaning:
      'The nearest double. Text is read as `-1.5e3`, `.5`, `inf` or `nan`, in upper or lower case, with or without spaces around it. The query fails for other text.',
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
      'The number as decimal(precision,scale). Digits beyond the scale are rounded, halves away from zero. Text is read as `-12.50`, with or without spaces around it. A double is rounded by its shortest digits; the scale is then at most 15, and the number can have at most 15 digits in all. The query fails if the number does not fit, for NaN, and for other text.',
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
      'An integer in decimal digits, a decimal with all digits after its point, `true` or `false`, a date as yyyy-mm-dd, a timestamp as yyyy-mm-ddThh:mm:ss.ffffffZ. Engines write doubles differently: convert them with fn.toDecimal first.',
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
    meaning:
      'The day of a timestamp in UTC. Text is read as yyyy-mm-dd, in the years 1 to 9999. The query fails for other text.',
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
      'The timestamp of a date is its midnight in UTC. Text is read as ISO 8601: yyyy-mm-dd, or that with T or a space and hh:mm or hh:mm:ss. Seconds can have up to six digits of a fraction, then Z or an offset such as +02:00. Without an offset it is UTC. The query fails for other text.',
    sql: ([input = ''], [type], { dialect }) => {
      const read = type?.kind === 'text' ? readable(input, TIMESTAMP_TEXT, dialect) : input
      return `CAST(${read} AS ${dialect.typeName(TIMESTAMP)})`
    },
  },
]
