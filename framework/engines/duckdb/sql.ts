/** Writes names, texts, types, and the rows of files in DuckDB's SQL. */

import type { ColumnType } from '../../declare/columns.ts'
import type { ForeignFiles, InputTable } from '../../engine/data-file.ts'
import { sqlType, type TypeNames } from '../sql/type-names.ts'

export const identifier = (name: string): string => `"${name.replaceAll('"', '""')}"`

/** Doubles quotes. Backslashes have no special meaning. */
export const textLiteral = (value: string): string => `'${value.replaceAll("'", "''")}'`

export const identifiers = (names: readonly string[]): string => names.map(identifier).join(', ')

/** The column of `filesSql` with each row's file. No column of an asset has a dot in its name. */
export const FILE = identifier('lake.file')

/** The rows of Parquet files, each with its file in the column FILE. */
export function filesSql(files: readonly string[]): string {
  return `read_parquet(${pathList(files)}, filename = 'lake.file', hive_partitioning = false)`
}

/** The rows of a table version, for use after FROM. */
export function inputSql(table: InputTable): string {
  const { columns, files, foreign } = table
  if (files.length === 0) return `(${emptySql(columns)})`
  return foreign ? `(${foreignSql(table, foreign)})` : `read_parquet(${pathList(files)}, hive_partitioning = false)`
}

function emptySql(columns: InputTable['columns']): string {
  const empty = columns.map(({ name, type }) => `CAST(NULL AS ${duckdbType(type)}) AS ${identifier(name)}`)
  return `SELECT ${empty.join(', ')} WHERE false`
}

/**
 * Reads columns by name, as null if a file lacks them. Partition values come from the log, whatever
 * the file holds.
 */
function foreignSql({ columns, files }: InputTable, { partitionColumns, partitionValues }: ForeignFiles): string {
  const values = files.map((file, index) => {
    const ofFile = partitionColumns.map((name) => partitionValue(partitionValues[index] ?? {}, name))
    return `(${[file, ...ofFile].map((value) => (value === null ? 'NULL' : textLiteral(value))).join(', ')})`
  })
  const logged = partitionColumns.map((_, index) => `p${index}`)
  const typed = columns.map(({ name, type }) => {
    const partition = partitionColumns.indexOf(name)
    const value = partition < 0 ? `stored.${identifier(name)}` : `logged.p${partition}`
    return `CAST(${value} AS ${duckdbType(type)}) AS ${identifier(name)}`
  })
  const stored = `read_parquet(${pathList(files)}, filename = 'lake.file', hive_partitioning = false, union_by_name = true)`
  return (
    `SELECT ${typed.join(', ')} FROM (${emptySql(columns)} UNION ALL BY NAME SELECT * FROM ${stored}) AS stored ` +
    `JOIN (VALUES ${values.join(', ')}) AS logged(${[FILE, ...logged].join(', ')}) ON logged.${FILE} = stored.${FILE}`
  )
}

/** A column can be called `constructor`. */
const partitionValue = (values: Readonly<Record<string, string | null>>, name: string): string | null =>
  (Object.hasOwn(values, name) ? values[name] : undefined) ?? null

/**
 * A pattern that matches only this path: `*`, `?` and `[` are put into a class of one character.
 */
export const literalPath = (path: string): string => path.replace(/[*?[]/g, '[$&]')

/** Undoes `literalPath`. */
export const pathOfLiteral = (literal: string): string => literal.replace(/\[([*?[])\]/g, '$1')

const pathList = (paths: readonly string[]): string => textListLiteral(paths.map(literalPath))

/** A list of text: `['a', 'b']`. */
export const textListLiteral = (values: readonly string[]): string => `[${values.map(textLiteral).join(', ')}]`

const TYPES: TypeNames = {
  text: 'VARCHAR',
  boolean: 'BOOLEAN',
  int: 'INTEGER',
  bigint: 'BIGINT',
  double: 'DOUBLE',
  date: 'DATE',
  timestamp: 'TIMESTAMP WITH TIME ZONE',
}

export const duckdbType = (type: ColumnType): string => sqlType(TYPES, type)

const INTEGERS = new Set(['TINYINT', 'SMALLINT', 'INTEGER', 'BIGINT', 'HUGEINT', 'UTINYINT', 'USMALLINT', 'UINTEGER'])
const EXACT_AS_DOUBLE = new Set([
  'FLOAT',
  'DOUBLE',
  'TINYINT',
  'SMALLINT',
  'INTEGER',
  'UTINYINT',
  'USMALLINT',
  'UINTEGER',
])

/**
 * Whether a cast from a query's type to the declared type keeps each value or fails. DuckDB's own
 * casts round 4.7 to 5 without an error.
 */
export function isExactCast(from: string, to: ColumnType): boolean {
  if (from === duckdbType(to) || from === '"NULL"') return true
  switch (to.kind) {
    case 'int':
    case 'bigint':
      return INTEGERS.has(from)
    case 'double':
      return EXACT_AS_DOUBLE.has(from) || from.startsWith('DECIMAL')
    case 'decimal': {
      const [, precision = '99', scale = '99'] = /^DECIMAL\((\d+),(\d+)\)$/.exec(from) ?? []
      return Number(scale) <= to.scale && Number(precision) - Number(scale) <= to.precision - to.scale
    }
    case 'text':
      return from.startsWith('ENUM')
    case 'boolean':
    case 'date':
    case 'timestamp':
      return false
  }
}
