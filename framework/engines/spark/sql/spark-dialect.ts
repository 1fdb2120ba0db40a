/** The SQL dialect of Spark 3.5 and 4 under SESSION_SETTINGS. */
import type { SqlDialect } from '../../../expression/dialect.ts'
import { sparkType, textLiteral } from './spark-sql.ts'

export const sparkDialect: SqlDialect = {
  name: 'spark',
  quote: '`',
  text: textLiteral,
  timestamp: (iso) => `TIMESTAMP '${iso}'`,
  typeName: sparkType,
}
