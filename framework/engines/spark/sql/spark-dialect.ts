/** The SQL dialect of Spark 3.5 and 4 under SESSION_SETTINGS. */
import type { SqlDialect } from '../../../expression/dialect.ts'
import { sparkText, sparkType } from './spark-sql.ts'

export const sparkDialect: SqlDialect = {
  name: 'spark',
  quote: '`',
  text: sparkText,
  timestamp: (iso) => `TIMESTAMP '${iso}'`,
  binary: (base64) => `X'${Buffer.from(base64, 'base64').toString('hex')}'`,
  typeName: sparkType,
}
