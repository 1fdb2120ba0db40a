import type { ColumnType } from '../../declare/columns.ts'

/** With backticks any name can be written; with double quotes Spark 3.5 has no way to write one that holds a quote. */
export const identifier = (name: string): string => `\`${name.replaceAll('`', '``')}\``

export const identifiers = (names: readonly string[]): string => names.map(identifier).join(', ')

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

const INTEGERS = new Set(['tinyint', 'smallint', 'int', 'bigint'])
const EXACT_AS_DOUBLE = new Set(['float', 'double', 'tinyint', 'smallint', 'int'])

/**
 * Whether values of a query's type, by Spark's simple name for it (`decimal(10,2)`), can be written as the declared type without a change of
 * value: a cast under ANSI either keeps the value or fails.
 */
export function isExactCast(from: string, to: ColumnType): boolean {
  if (from === sparkType(to).toLowerCase() || from === 'void') return true
  switch (to.kind) {
    case 'int':
    case 'bigint':
      return INTEGERS.has(from)
    case 'double':
      return EXACT_AS_DOUBLE.has(from) || from.startsWith('decimal')
    case 'decimal': {
      const [, precision = '99', scale = '99'] = /^decimal\((\d+),(\d+)\)$/.exec(from) ?? []
      return Number(scale) <= to.scale && Number(precision) - Number(scale) <= to.precision - to.scale
    }
    case 'text':
    case 'boolean':
    case 'date':
    case 'timestamp':
      return false
  }
}
