import { type SqlDialect, standardText } from '../../query/sql-compiler.ts'

const UPPER = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ'

/** The session's time zone is UTC, on which the parts of a timestamp depend. */
export const duckdbDialect: SqlDialect = {
  quote: '"',
  text: (value) => value.split('\0').map(standardText).join(' || chr(0) || '),
  timestamp: (value) => `TIMESTAMPTZ '${value.toISOString()}'`,
  functions: {
    concat: { infix: ' || ' },
    md5: 'md5($1)',
    timestamp_millis: 'make_timestamptz(CAST($1 AS BIGINT) * 1000)',
    year: 'CAST(year($1) AS INTEGER)',
    month: 'CAST(month($1) AS INTEGER)',
    day: 'CAST(day($1) AS INTEGER)',
    hour: 'CAST(hour($1) AS INTEGER)',
    iso_week: 'CAST(week($1) AS INTEGER)',
    iso_weekday: 'CAST(isodow($1) AS INTEGER)',
    to_text: 'CAST(CAST($1 AS BIGINT) AS VARCHAR)',
    to_int: 'CAST($1 AS INTEGER)',
    to_bigint: 'CAST($1 AS BIGINT)',
    to_double: 'CAST($1 AS DOUBLE)',
    int_divide: '(CAST($1 AS BIGINT) // nullif(CAST($2 AS BIGINT), 0))',
    null_if: 'nullif($1, $2)',
    lower_ascii: `translate($1, '${UPPER}', '${UPPER.toLowerCase()}')`,
    trim_spaces: "trim($1, ' ')",
    min_by: 'arg_min_null($1, $2)',
    max_by: 'arg_max_null($1, $2)',
    count_rows: 'count(*)',
    sum_bigint: 'CAST(sum($1) AS BIGINT)',
  },
}
