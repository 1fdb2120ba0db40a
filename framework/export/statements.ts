/** Writes the statements that register the tables of a lake in SQL engines. */
import { duckdbType, identifier, inputSql, textLiteral } from '../engines/duckdb/sql.ts'
import type { ExportedTable } from './exported-table.ts'

/** Engines for which statements are written. `hive` is the dialect of Amazon Athena. */
export type StatementFormat = 'duckdb' | 'hive' | 'spark' | 'trino'

export interface ExportTarget {
  /** The schema of the tables. Undefined: that of the session. */
  readonly database: string | undefined
}

/** The statement, with its semicolon. Running it again is no error, except in Trino. */
export function statementOf(format: StatementFormat, table: ExportedTable, { database }: ExportTarget): string {
  switch (format) {
    case 'duckdb':
      return `CREATE OR REPLACE VIEW ${qualified(table.key, database, identifier)} AS\n${viewedRows(table)};`
    // Athena reads the columns from the log, and refuses a statement that names them.
    case 'hive':
      return (
        `CREATE EXTERNAL TABLE IF NOT EXISTS ${qualified(table.key, database, backticked)}\n` +
        `LOCATION ${escaped(`${table.location}/`)}\nTBLPROPERTIES ('table_type' = 'DELTA');`
      )
    case 'spark':
      return (
        `CREATE TABLE IF NOT EXISTS ${qualified(table.key, database, backticked)}\n` +
        `USING DELTA LOCATION ${escaped(fileUri(table.location))};`
      )
    case 'trino': {
      const names = { schema_name: database ?? 'default', table_name: table.key, table_location: table.location }
      const given = Object.entries(names).map(([name, value]) => `${name} => ${textLiteral(value)}`)
      return `CALL system.register_table(${given.join(', ')});`
    }
  }
}

/** The statement to run before the others; undefined if there is none. */
export function preambleOf(
  format: StatementFormat,
  tables: readonly ExportedTable[],
  { database }: ExportTarget,
): string | undefined {
  const schema = {
    duckdb: (name: string) => `CREATE SCHEMA IF NOT EXISTS ${identifier(name)};`,
    spark: (name: string) => `CREATE DATABASE IF NOT EXISTS ${backticked(name)};`,
    hive: undefined,
    trino: undefined,
  }[format]
  const extension = format === 'duckdb' && tables.some(({ pinned }) => !pinned) ? ['INSTALL delta; LOAD delta;'] : []
  const all = [...extension, ...(schema && database !== undefined ? [schema(database)] : [])]
  return all.length === 0 ? undefined : all.join('\n')
}

function viewedRows({ location, columns, pinned }: ExportedTable): string {
  if (!pinned) return `SELECT * FROM delta_scan(${textLiteral(location)})`
  const typed = columns.map(
    ({ name, type }) => `CAST(${identifier(name)} AS ${duckdbType(type)}) AS ${identifier(name)}`,
  )
  return `SELECT ${typed.join(', ')} FROM ${inputSql(pinned)}`
}

type Quote = (name: string) => string

const qualified = (key: string, database: string | undefined, quote: Quote): string =>
  database === undefined ? quote(key) : `${quote(database)}.${quote(key)}`

const backticked: Quote = (name) => `\`${name.replaceAll('`', '``')}\``

/** A text of Hive and of Spark, in which a backslash escapes. */
const escaped = (text: string): string => `'${text.replace(/['\\]/g, '\\$&')}'`

const fileUri = (location: string): string => (location.startsWith('/') ? `file://${location}` : location)
