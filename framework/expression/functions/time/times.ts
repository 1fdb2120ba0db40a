/** Functions of dates and timestamps, in UTC. */
import { type RefusalWithRemedy, refused } from '../../../refusal.ts'
import { constantText } from '../../constant.ts'
import type { SqlDialect } from '../../dialect.ts'
import type { Expression } from '../../expression.ts'
import type { CallParts, Parameter, ScalarFunction } from '../../function.ts'
import { DATE_UNITS, TIME_UNITS, type TimeUnit } from '../../series.ts'
import { BIGINT, DATE, INT, INTEGERS, TIMESTAMP, type ValueType } from '../../value-type.ts'
import { bounded, letting } from '../sql-fragments.ts'

export const AT: Parameter = { name: 'at', kinds: ['timestamp', 'date'] }
export const MOMENT: Parameter = { name: 'at', kinds: ['timestamp'] }
const UNIT: Parameter = { name: 'unit', kinds: ['text'], constant: true }

const YEAR = 'CAST(CASE WHEN $1 BETWEEN 1 AND 9999 THEN $1 ELSE CAST(1e300 + $1 AS BIGINT) END AS INT)'

export const UNITS = 'Units are year, quarter, month, week and day, and for timestamps also hour, minute and second.'

/** Without a time zone, DuckDB uses its own calendar, which is ten times faster than ICU's. */
export const withoutZone = (at: string, type: ValueType | undefined): string =>
  type?.kind === 'date' ? at : `make_timestamp(epoch_us(${at}))`

function duckdbPart(name: string) {
  return ([at = '']: readonly string[], [type]: readonly ValueType[]) =>
    `CAST(${name}(${withoutZone(at, type)}) AS INTEGER)`
}

const part = (name: string, meaning: string, [duckdb, spark]: readonly [string, string]): ScalarFunction => ({
  kind: 'scalar',
  name,
  parameters: [AT],
  result: INT,
  nulls: 'argument',
  meaning,
  sql: { duckdb: duckdbPart(duckdb), spark },
})

export const TIMES: readonly ScalarFunction[] = [
  part('year', 'The year.', ['year', 'year($1)']),
  part('quarter', 'The quarter, 1 to 4.', ['quarter', 'quarter($1)']),
  part('month', 'The month, 1 to 12.', ['month', 'month($1)']),
  part('day', 'The day of the month, 1 to 31.', ['day', 'day($1)']),
  part('day_of_year', 'The day of the year, 1 to 366.', ['dayofyear', 'dayofyear($1)']),
  part('iso_week', 'The ISO 8601 week, 1 to 53.', ['week', 'weekofyear($1)']),
  part('iso_year', 'The year that the ISO 8601 week belongs to.', [
    'isoyear',
    'CAST(extract(YEAROFWEEK FROM $1) AS INT)',
  ]),
  part('iso_weekday', 'The ISO 8601 day of the week, Monday 1 to Sunday 7.', ['isodow', '(weekday($1) + 1)']),
  { ...part('hour', 'The hour, 0 to 23.', ['hour', 'hour($1)']), parameters: [MOMENT] },
  {
    ...part('minute', 'The minute, 0 to 59.', ['minute', 'minute($1)']),
    parameters: [MOMENT],
  },
  {
    ...part('second', 'The whole second, 0 to 59.', ['second', 'second($1)']),
    parameters: [MOMENT],
  },
  {
    kind: 'scalar',
    name: 'timestamp_millis',
    parameters: [{ name: 'millis', kinds: INTEGERS }],
    result: TIMESTAMP,
    nulls: 'argument',
    meaning: 'The timestamp `millis` milliseconds after 1970-01-01T00:00:00Z, or before it if they are negative.',
    sql: {
      duckdb: 'make_timestamptz(CAST($1 AS BIGINT) * 1000)',
      spark: 'timestamp_millis(CAST($1 AS BIGINT))',
    },
  },
  {
    kind: 'scalar',
    name: 'epoch_millis',
    parameters: [MOMENT],
    result: BIGINT,
    nulls: 'argument',
    meaning:
      'The milliseconds from 1970-01-01T00:00:00Z to the timestamp, negative before that. Parts of a millisecond are rounded down.',
    sql: {
      duckdb: '((epoch_us($1) - ((epoch_us($1) % 1000) + 1000) % 1000) // 1000)',
      spark: 'unix_millis($1)',
    },
  },
  {
    kind: 'scalar',
    name: 'make_date',
    parameters: ['year', 'month', 'day'].map((name) => ({ name, kinds: INTEGERS })),
    result: DATE,
    nulls: 'argument',
    meaning:
      'The day of the proleptic Gregorian calendar, in the years 1 to 9999. The query fails if there is no such day.',
    // Null if one argument is null, even if another is out of range.
    sql: `CASE WHEN $1 IS NOT NULL AND $2 IS NOT NULL AND $3 IS NOT NULL THEN make_date(${YEAR}, CAST($2 AS INT), CAST($3 AS INT)) END`,
  },
  {
    kind: 'scalar',
    name: 'last_day',
    parameters: [AT],
    result: DATE,
    nulls: 'argument',
    meaning: 'The last day of the month.',
    sql: {
      duckdb: ([at = ''], [type]) => `last_day(${withoutZone(at, type)})`,
      spark: 'last_day(CAST($1 AS DATE))',
    },
  },
  {
    kind: 'scalar',
    name: 'truncate',
    parameters: [AT, UNIT],
    result: ([at, unit]) => unitProblem(unit, at?.type, 'truncate') ?? at?.type ?? TIMESTAMP,
    nulls: 'argument',
    meaning: `The beginning of the unit that holds the value, in UTC. A week begins on Monday. ${UNITS}`,
    sql: {
      duckdb: ([at = ''], [type], { given }) =>
        type?.kind === 'date'
          ? `CAST(date_trunc('${unitOf(given[1])}', ${at}) AS DATE)`
          : `make_timestamptz(epoch_us(date_trunc('${unitOf(given[1])}', ${withoutZone(at, type)})))`,
      spark: ([at = ''], [type], { given }) => {
        const unit = unitOf(given[1])
        if (type?.kind !== 'date') return `date_trunc('${unit}', ${at})`
        return unit === 'day' ? at : `trunc(${at}, '${unit}')`
      },
    },
  },
  {
    kind: 'scalar',
    name: 'add_to',
    parameters: [AT, { name: 'amount', kinds: INTEGERS }, UNIT],
    result: ([at, , unit]) => unitProblem(unit, at?.type, 'add_to') ?? at?.type ?? TIMESTAMP,
    nulls: 'argument',
    meaning: `The value plus \`amount\` units, or minus them if the amount is negative. Months, quarters and years keep the day, or take the last day of a shorter month: a month after 31 January is the last day of February. A day has 24 hours. The query fails if the amount is beyond 10,000 years. ${UNITS}`,
    sql: { duckdb: addedInDuckDb, spark: addedInSpark },
  },
  {
    kind: 'scalar',
    name: 'difference',
    parameters: [{ ...AT, name: 'from', common: true }, { ...AT, name: 'to', common: true }, UNIT],
    result: ([from, , unit]) => unitProblem(unit, from?.type, 'difference') ?? BIGINT,
    nulls: 'argument',
    meaning: `The number of whole units from \`from\` to \`to\`, negative if \`to\` comes first. A month has passed when the day of the month and the time of day are reached: none from 31 January to 28 February. ${UNITS}`,
    sql: ([from = '', to = ''], [type], { given, dialect }) =>
      differenceSql([from, to], type, { unit: unitOf(given[2]), dialect }),
  },
]

const MOMENT_MICROS = { duckdb: 'epoch_us', spark: 'unix_micros' } as const

const MICROS_IN_DAY = 86_400_000_000

/** Units of a fixed length, in microseconds. */
const LENGTHS: Readonly<Partial<Record<TimeUnit, number>>> = {
  week: 7 * MICROS_IN_DAY,
  day: MICROS_IN_DAY,
  hour: 3_600_000_000,
  minute: 60_000_000,
  second: 1_000_000,
}

const MONTHS: Readonly<Partial<Record<TimeUnit, number>>> = { year: 12, quarter: 3, month: 1 }

const MOST_DAYS = 3_660_000

/**
 * The amount in months if the unit has no fixed length, else in days for a date, in microseconds
 * for a timestamp.
 */
function amountOf(amount: string, type: ValueType | undefined, unit: TimeUnit): string {
  const months = MONTHS[unit]
  if (months !== undefined) return `CAST(${bounded(amount, 120_000 / months)} * ${months} AS INT)`
  const length = LENGTHS[unit] ?? MICROS_IN_DAY
  const most = Math.floor((MOST_DAYS * MICROS_IN_DAY) / length)
  return type?.kind === 'date'
    ? `CAST(${bounded(amount, most)} * ${length / MICROS_IN_DAY} AS INT)`
    : `(${bounded(amount, most)} * ${length})`
}

function addedInDuckDb(
  [at = '', amount = '']: readonly string[],
  [type]: readonly ValueType[],
  { given }: CallParts,
): string {
  const unit = unitOf(given[2])
  const added = amountOf(amount, type, unit)
  const isDate = type?.kind === 'date'
  const later = `${withoutZone(at, type)} + to_months(${added})`
  const ofMonths = isDate ? `CAST(${later} AS DATE)` : `make_timestamptz(epoch_us(${later}))`
  const ofDays = isDate ? `(${at} + ${added})` : `make_timestamptz(epoch_us(${at}) + ${added})`
  // Null if the value is null, even if the amount is out of range.
  return `CASE WHEN ${at} IS NOT NULL THEN ${MONTHS[unit] === undefined ? ofDays : ofMonths} END`
}

function addedInSpark(
  [at = '', amount = '']: readonly string[],
  [type]: readonly ValueType[],
  { given }: CallParts,
): string {
  const unit = unitOf(given[2])
  const added = amountOf(amount, type, unit)
  const isDate = type?.kind === 'date'
  const ofMonths = isDate ? `add_months(${at}, ${added})` : `timestampadd(MONTH, ${added}, ${at})`
  const ofDays = isDate ? `date_add(${at}, ${added})` : `timestamp_micros(unix_micros(${at}) + ${added})`
  return `CASE WHEN ${at} IS NOT NULL THEN ${MONTHS[unit] === undefined ? ofDays : ofMonths} END`
}

interface DifferenceUnit {
  readonly unit: TimeUnit
  readonly dialect: SqlDialect
}

function differenceSql(
  [from, to]: readonly [string, string],
  type: ValueType | undefined,
  { unit, dialect }: DifferenceUnit,
): string {
  const months = MONTHS[unit]
  const count = (at: string) => {
    if (months !== undefined) return letting(dialect, at, (own) => packed(own, type, dialect))
    if (type?.kind !== 'date') return `${MOMENT_MICROS[dialect.name]}(${at})`
    return dialect.name === 'duckdb' ? `CAST(${at} - DATE '1970-01-01' AS BIGINT)` : `CAST(unix_date(${at}) AS BIGINT)`
  }
  const micros = months === undefined ? (LENGTHS[unit] ?? MICROS_IN_DAY) : months * DAYS_IN_MONTH * MICROS_IN_DAY
  const length = type?.kind === 'date' ? micros / MICROS_IN_DAY : micros
  return `((${count(to)} - ${count(from)}) ${dialect.name === 'duckdb' ? '//' : 'div'} ${length})`
}

/** More days than any month has, so that one number can hold months and days. */
const DAYS_IN_MONTH = 32

/**
 * Months, days and time as one number, in days or microseconds, whose difference gives whole
 * months.
 */
function packed(at: string, type: ValueType | undefined, { name }: SqlDialect): string {
  const day = name === 'duckdb' ? withoutZone(at, type) : at
  const days = `((CAST(year(${day}) AS BIGINT) * 12 + month(${day})) * ${DAYS_IN_MONTH} + day(${day}))`
  if (type?.kind === 'date') return days
  const micros = `${MOMENT_MICROS[name]}(${at})`
  return `(${days} * ${MICROS_IN_DAY} + ((${micros} % ${MICROS_IN_DAY}) + ${MICROS_IN_DAY}) % ${MICROS_IN_DAY})`
}

export function unitProblem(
  unit: Expression | undefined,
  type: ValueType | undefined,
  name: string,
): RefusalWithRemedy | undefined {
  const written = constantText(unit) ?? ''
  const units: readonly TimeUnit[] = type?.kind === 'date' ? DATE_UNITS : TIME_UNITS
  if (units.includes(written as TimeUnit)) return undefined
  return refused(
    `${name} has no unit ${JSON.stringify(written)}${type?.kind === 'date' ? ' for a date' : ''}`,
    `give ${units.map((one) => `'${one}'`).join(', ')}${type?.kind === 'date' ? ', or a timestamp: fn.toTimestamp(x)' : ''}`,
  )
}

export const unitOf = (unit: Expression | undefined): TimeUnit => (constantText(unit) ?? 'day') as TimeUnit
