import { type SqlDialect, standardText } from '../../query/sql-compiler.ts'
import { NUMBER_TEXT } from '../number-text.ts'

const UPPER = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ'

/** Of a timestamp with time zone DuckDB takes parts by ICU's calendar, which is ten times slower than its own on UTC. */
const partOfUtc = (part: string) => `CAST(${part}(make_timestamp(epoch_us($1))) AS INTEGER)`

export const duckdbDialect: SqlDialect = {
  quote: '"',
  text: (value) => value.split('\0').map(standardText).join(' || chr(0) || '),
  timestamp: (value) => `TIMESTAMPTZ '${value.toISOString()}'`,
  functions: {
    concat: { infix: ' || ' },
    md5: 'md5($1)',
    timestamp_millis: 'make_timestamptz(CAST($1 AS BIGINT) * 1000)',
    year: partOfUtc('year'),
    month: partOfUtc('month'),
    day: partOfUtc('day'),
    hour: partOfUtc('hour'),
    iso_week: partOfUtc('week'),
    iso_weekday: partOfUtc('isodow'),
    to_text: 'CAST(CAST($1 AS BIGINT) AS VARCHAR)',
    to_int: 'CAST($1 AS INTEGER)',
    to_bigint: 'CAST($1 AS BIGINT)',
    // The type is known before the query runs, and only its own case is left. Of a decimal of more than 15 digits a cast may give a neighbour.
    to_double:
      "CASE WHEN typeof($1) = 'VARCHAR' " +
      `THEN CAST(CAST($1 AS VARCHAR) || CASE WHEN regexp_matches(CAST($1 AS VARCHAR), '${NUMBER_TEXT}') THEN '' ELSE ' (no number)' END AS DOUBLE) ` +
      "WHEN typeof($1) LIKE 'DECIMAL%' THEN CAST(CAST($1 AS VARCHAR) AS DOUBLE) ELSE CAST($1 AS DOUBLE) END",
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
