import type { SqlDialect } from '../../query/sql-compiler.ts'
import { NUMBER_TEXT } from '../number-text.ts'
import { textLiteral } from './spark-sql.ts'

const UPPER = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ'

/** Spark SQL 3.5 and 4 under SESSION_SETTINGS. */
export const sparkDialect: SqlDialect = {
  quote: '`',
  text: textLiteral,
  timestamp: (value) => `TIMESTAMP '${value.toISOString()}'`,
  // A backslash in a pattern is an escape unless it is doubled.
  likePattern: `replace($1, ${textLiteral('\\')}, ${textLiteral('\\\\')})`,
  functions: {
    concat: { infix: ' || ' },
    md5: 'md5($1)',
    timestamp_millis: 'timestamp_millis(CAST($1 AS BIGINT))',
    year: 'year($1)',
    month: 'month($1)',
    day: 'day($1)',
    hour: 'hour($1)',
    iso_week: 'weekofyear($1)',
    iso_weekday: '(weekday($1) + 1)',
    to_text: 'CAST(CAST($1 AS BIGINT) AS STRING)',
    to_int: 'CAST($1 AS INT)',
    to_bigint: 'CAST($1 AS BIGINT)',
    to_double:
      // The type is known before the query runs, and only its own case is left.
      "CASE WHEN typeof($1) = 'string' " +
      `THEN CAST(CAST($1 AS STRING) || IF(CAST($1 AS STRING) RLIKE '${NUMBER_TEXT}', '', ' (no number)') AS DOUBLE) ` +
      'ELSE CAST($1 AS DOUBLE) END',
    int_divide: '(CAST($1 AS BIGINT) div nullif(CAST($2 AS BIGINT), 0))',
    null_if: 'nullif($1, $2)',
    lower_ascii: `translate($1, '${UPPER}', '${UPPER.toLowerCase()}')`,
    trim_spaces: 'trim($1)',
    min_by: 'min_by($1, $2)',
    max_by: 'max_by($1, $2)',
    count_rows: 'count(*)',
    // Sums of BIGINT overflow on the way to a total that would fit, in one order of the rows and not in another.
    sum_bigint: 'CAST(sum(CAST($1 AS DECIMAL(19, 0))) AS BIGINT)',
  },
}
