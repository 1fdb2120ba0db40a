/** The SQL dialect of DuckDB. */
import type { SqlDialect } from '../../expression/dialect.ts'
import { duckdbType, textLiteral } from './sql.ts'

export const duckdbDialect: SqlDialect = {
  name: 'duckdb',
  quote: '"',
  text: (value) => value.split('\0').map(textLiteral).join(' || chr(0) || '),
  timestamp: (iso) => `TIMESTAMPTZ '${iso}'`,
  binary: (base64) => `from_base64('${base64}')`,
  typeName: duckdbType,
}
