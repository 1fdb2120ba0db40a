/**
 * The settings of each Spark session. They give SQL the meaning that it has in DuckDB, and keep
 * timestamps before 1582 unchanged in files.
 */
export const SESSION_SETTINGS: Readonly<Record<string, string>> = {
  'spark.sql.session.timeZone': 'UTC',
  'spark.sql.ansi.enabled': 'true',
  // "x" in an author's raw SQL is a column, as in DuckDB.
  'spark.sql.ansi.doubleQuotedIdentifiers': 'true',
  'spark.sql.parser.escapedStringLiterals': 'false',
  // If this were on, '${env:HOME}' in a text would be replaced by the value of a variable.
  'spark.sql.variable.substitute': 'false',
  // Products of decimals keep their digits after the point, and fail if they do not fit.
  'spark.sql.decimalOperations.allowPrecisionLoss': 'false',
  'spark.sql.timestampType': 'TIMESTAMP_LTZ',
  'spark.sql.parquet.outputTimestampType': 'TIMESTAMP_MICROS',
  'spark.sql.parquet.datetimeRebaseModeInRead': 'CORRECTED',
  'spark.sql.parquet.datetimeRebaseModeInWrite': 'CORRECTED',
  'spark.sql.parquet.int96RebaseModeInRead': 'CORRECTED',
  'spark.sql.parquet.int96RebaseModeInWrite': 'CORRECTED',
}
