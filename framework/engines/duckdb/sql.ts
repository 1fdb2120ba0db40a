/** Writes names, texts, types, and the rows of files in DuckDB's SQL. */

import type { ColumnType } from '../../declare/columns.ts'
import type { FileRows, ForeignFiles, InputTable } from '../../engine/data-file.ts'
import { sqlType, type TypeNames } from '../sql/type-names.ts'

export const identifier = (name: string): string => `"${name.replaceAll('"', '""')}"`

/** Doubles quotes. Backslashes have no special meaning. */
export const textLiteral = (value: string): string => `'${value.replaceAll("'", "''")}'`

export const identifiers = (names: readonly string[]): string => names.map(identifier).join(', ')

/** The column of `filesSql` with each row's file. No column of an asset has a dot in its name. */
export const FILE = identifier('lake.file')

/** The column of `numberedSql` with each row's position in its file, from 0. */
export const POSITION = identifier('lake.position')

/** Data files, and which of their rows to read. */
interface StoredFiles extends Pick<InputTable, 'files'> {
  readonly rows?: InputTable['rows'] | undefined
}

const NAMED = ["filename = 'lake.file'"]

/** The rows of Parquet files, each with its file in the column FILE. */
export function filesSql(stored: StoredFiles): string {
  return storedSql(stored, NAMED)
}

/**
 * The rows of Parquet files, each with its file in the column FILE and its position in the column
 * POSITION.
 */
export function numberedSql({ files, rows }: StoredFiles): string {
  const all = `SELECT * EXCLUDE (file_row_number), file_row_number AS ${POSITION} FROM`
  const whole = files.filter((_, index) => !rows?.[index])
  const selects = [
    ...(whole.length > 0 ? [`${all} ${parquetSql(whole, [...NAMED, NUMBERED])}`] : []),
    ...someRows({ files, rows }).map(
      ([file, rows]) => `${all} ${parquetSql([file], [...NAMED, NUMBERED])} WHERE ${isLive(rows)}`,
    ),
  ]
  return `(${selects.join(' UNION ALL BY NAME ')})`
}

/** The rows of a table version, for use after FROM. */
export function inputSql(table: InputTable): string {
  const { columns, files, foreign } = table
  if (files.length === 0) return `(${emptySql(columns)})`
  return foreign ? `(${foreignSql(table, foreign)})` : storedSql(table, [])
}

const NUMBERED = 'file_row_number = true'

/** If only some rows of a file count, reads that file by itself. Reads all other files together. */
function storedSql(stored: StoredFiles, options: readonly string[]): string {
  const some = someRows(stored)
  if (some.length === 0) return parquetSql(stored.files, options)
  const whole = stored.files.filter((_, index) => !stored.rows?.[index])
  const selects = [
    ...(whole.length > 0 ? [`SELECT * FROM ${parquetSql(whole, options)}`] : []),
    ...some.map(
      ([file, rows]) =>
        `SELECT * EXCLUDE (file_row_number) FROM ${parquetSql([file], [...options, NUMBERED])} WHERE ${isLive(rows)}`,
    ),
  ]
  return `(${selects.join(' UNION ALL BY NAME ')})`
}

function someRows({ files, rows = [] }: StoredFiles): readonly (readonly [file: string, rows: FileRows])[] {
  return files.flatMap((file, index) => {
    const some = rows[index]
    return some ? [[file, some] as const] : []
  })
}

const parquetSql = (files: readonly string[], options: readonly string[]): string =>
  `read_parquet(${[pathList(files), ...options, 'hive_partitioning = false'].join(', ')})`

/** Maximum number of positions for which a list is faster than a bitmap. */
const MAX_LISTED = 32

/** Whether a row counts, by `file_row_number`. */
export function isLive({ kind, positions, rowsInFile }: FileRows): string {
  if (positions.length === 0) return kind === 'except' ? 'true' : 'false'
  if (positions.length <= MAX_LISTED)
    return `file_row_number ${kind === 'except' ? 'NOT IN' : 'IN'} (${positions.join(', ')})`
  const bits = `CAST(from_base64('${bitmapOf(positions, rowsInFile)}') AS BIT)`
  const isNamed = `get_bit(${bits}, CAST(file_row_number AS INTEGER))`
  if (kind === 'except') return `${isNamed} = 0`
  return `file_row_number BETWEEN ${positions[0]} AND ${positions.at(-1)} AND ${isNamed} = 1`
}

/** A bit for each row of the file, the first one highest, in base 64. */
function bitmapOf(positions: Uint32Array, rows: number): string {
  const bytes = Buffer.alloc(Math.ceil(rows / 8))
  for (const position of positions) bytes[position >>> 3] = (bytes[position >>> 3] ?? 0) | (128 >> (position & 7))
  return bytes.toString('base64')
}

function emptySql(columns: InputTable['columns']): string {
  const empty = columns.map(({ name, type }) => `CAST(NULL AS ${duckdbType(type)}) AS ${identifier(name)}`)
  return `SELECT ${empty.join(', ')} WHERE false`
}

/**
 * Reads columns by name, as null if a file lacks them. Partition values come from the log, even if
 * the file has others.
 */
function foreignSql(table: InputTable, { partitionColumns, partitionValues }: ForeignFiles): string {
  const { columns, files } = table
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
  const stored = storedSql(table, [...NAMED, 'union_by_name = true'])
  return (
    `SELECT ${typed.join(', ')} FROM (${emptySql(columns)} UNION ALL BY NAME SELECT * FROM ${stored}) AS stored ` +
    `JOIN (VALUES ${values.join(', ')}) AS logged(${[FILE, ...logged].join(', ')}) ON logged.${FILE} = stored.${FILE}`
  )
}

/** A column can be called `constructor`. */
const partitionValue = (values: Readonly<Record<string, string | null>>, name: string): string | null =>
  (Object.hasOwn(values, name) ? values[name] : undefined) ?? null

/** A pattern that matches only this path: `*`, `?` and `[` become classes of one character. */
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
  binary: 'BLOB',
  array: (element) => `${element}[]`,
  map: (key, value) => `MAP(${key}, ${value})`,
  struct: (fields) => `STRUCT(${fields.map(([name, type]) => `${identifier(name)} ${type}`).join(', ')})`,
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
    case 'binary':
      return false
    // DuckDB quotes the names of fields only if necessary.
    case 'array':
    case 'struct':
    case 'map':
      return from.replaceAll('"', '') === duckdbType(to).replaceAll('"', '')
  }
}
