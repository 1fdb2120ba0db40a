/** Writes names, texts and types in Spark SQL. */
import type { ColumnType } from '../../../declare/columns.ts'
import { sqlType, type TypeNames } from '../../sql/type-names.ts'

/**
 * Quotes with backticks, because in Spark 3.5 a name with a double quote cannot be quoted with
 * double quotes.
 */
export const sparkIdentifier = (name: string): string => `\`${name.replaceAll('`', '``')}\``

/** Spark 3.5 drops a doubled quote in a text, and in every version a backslash begins an escape. */
export function sparkText(value: string): string {
  return `'${value.replaceAll('\\', '\\\\').replaceAll("'", "\\'").replaceAll('\0', '\\u0000')}'`
}

const TYPES: TypeNames = {
  text: 'STRING',
  boolean: 'BOOLEAN',
  int: 'INT',
  bigint: 'BIGINT',
  double: 'DOUBLE',
  date: 'DATE',
  timestamp: 'TIMESTAMP',
  binary: 'BINARY',
  array: (element) => `ARRAY<${element}>`,
  // No declared field has a name with a dot.
  map: (key, value) => `ARRAY<STRUCT<\`lake.key\`: ${key}, \`lake.value\`: ${value}>>`,
  struct: (fields) => `STRUCT<${fields.map(([name, type]) => `${sparkIdentifier(name)}: ${type}`).join(', ')}>`,
}

export const sparkType = (type: ColumnType): string => sqlType(TYPES, type)
