/**
 * What a Spark session must be told so that the dialect's SQL means what it means in DuckDB, and so that the moments of files before 1582 are
 * read and written as they are.
 */
export const SESSION_SETTINGS: Readonly<Record<string, string>> = {
  'spark.sql.session.timeZone': 'UTC',
  'spark.sql.ansi.enabled': 'true',
  // "x" in an author's own SQL is a column, as in DuckDB.
  'spark.sql.ansi.doubleQuotedIdentifiers': 'true',
  'spark.sql.parser.escapedStringLiterals': 'false',
  // Else '${env:HOME}' in a text becomes a variable's value.
  'spark.sql.variable.substitute': 'false',
  // Products of decimals keep the digits after their point, and fail where they do not fit.
  'spark.sql.decimalOperations.allowPrecisionLoss': 'false',
  'spark.sql.timestampType': 'TIMESTAMP_LTZ',
  'spark.sql.parquet.outputTimestampType': 'TIMESTAMP_MICROS',
  'spark.sql.parquet.datetimeRebaseModeInRead': 'CORRECTED',
  'spark.sql.parquet.datetimeRebaseModeInWrite': 'CORRECTED',
  'spark.sql.parquet.int96RebaseModeInRead': 'CORRECTED',
  'spark.sql.parquet.int96RebaseModeInWrite': 'CORRECTED',
}
