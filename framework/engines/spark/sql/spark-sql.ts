import type { ColumnType } from '../../../declare/columns.ts'

/** With backticks any name can be written; with double quotes Spark 3.5 has no way to write one that holds a quote. */
export const identifier = (name: string): string => `\`${name.replaceAll('`', '``')}\``

/** In Spark 3.5 a doubled quote in a text is no quote at all, and in every version a backslash begins an escape. */
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
