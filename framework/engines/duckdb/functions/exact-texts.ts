/**
 * Keeps DuckDB's API from dropping the byte order mark of a text that begins with one. Without the
 * mark, a bound of a data file would make readers skip rows.
 */
import accessors from '@duckdb/node-api/lib/vectors/dataAccessors.js'

/** Replaces the decoder of all texts of DuckDB in this process. */
export function keepByteOrderMarks(): void {
  Object.assign(accessors, { textDecoder: new TextDecoder('utf-8', { ignoreBOM: true }) })
}
