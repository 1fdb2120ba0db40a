/** Functions of dates and moments. Parts of a moment are those in UTC. */
import type { Parameter, ScalarFunction } from '../function.ts'
import { INT, INTEGERS, TIMESTAMP } from '../value-type.ts'

const AT: Parameter = { name: 'at', kinds: ['timestamp', 'date'] }

/** Of a timestamp with time zone DuckDB takes parts by ICU's calendar, which is ten times slower than its own on UTC. */
function duckdbPart(name: string) {
  return ([at = '']: readonly string[], [type]: readonly { readonly kind: string }[]) =>
    `CAST(${name}(${type?.kind === 'date' ? at : `make_timestamp(epoch_us(${at}))`}) AS INTEGER)`
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
  { ...part('hour', 'The hour, 0 to 23.', ['hour', 'hour($1)']), parameters: [{ name: 'at', kinds: ['timestamp'] }] },
  {
    ...part('minute', 'The minute, 0 to 59.', ['minute', 'minute($1)']),
    parameters: [{ name: 'at', kinds: ['timestamp'] }],
  },
  {
    ...part('second', 'The whole second, 0 to 59.', ['second', 'second($1)']),
    parameters: [{ name: 'at', kinds: ['timestamp'] }],
  },
  {
    kind: 'scalar',
    name: 'timestamp_millis',
    parameters: [{ name: 'millis', kinds: INTEGERS }],
    result: TIMESTAMP,
    nulls: 'argument',
    meaning: 'The moment so many milliseconds after 1970-01-01T00:00:00Z.',
    sql: {
      duckdb: 'make_timestamptz(CAST($1 AS BIGINT) * 1000)',
      spark: 'timestamp_millis(CAST($1 AS BIGINT))',
    },
  },
]
