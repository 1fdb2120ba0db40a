/** Writes names, texts and types in Spark SQL. */
import type { ColumnType } from '../../../declare/columns.ts'

/** Backticks, because Spark 3.5 cannot write a name that has a double quote in double quotes. */
export const identifier = (name: string): string => `\`${name.replaceAll('`', '``')}\``

/** Spark 3.5 drops a doubled quote in a text, and in every version a backslash begins an escape. */
export function textLiteral(value: string): string {
  return `'${value.replaceAll('\\', '\\\\').replaceAll("'", "\\'").replaceAll('\0', '\\u0000')}'`
}

export function sparkType(type: ColumnType): string {
  switch (type.kind) {
    case 'text':
      return 'STRING'
    case 'boolean':
      return 'BOOLEAN'
    case 'int':
      return 'INT'
    case 'bigint':
      return 'BIGINT'
    case 'double':
      return 'DOUBLE'
    case 'decimal':
      return `DECIMAL(${type.precision},${type.scale})`
    case 'date':
      return 'DATE'
    case 'timestamp':
      return 'TIMESTAMP'
  }
}
