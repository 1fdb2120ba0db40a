/** Declares the port to an engine that runs SQL: queries, and sessions with temporary tables. */
import type { Column, ColumnType } from '../../declare/columns.ts'
import type { InputTable, WrittenFile } from '../../engine/data-file.ts'
import type { MarkedRows } from '../../engine/increment.ts'
import type { SqlDialect } from '../../expression/dialect.ts'
import type { ResolvedTable } from '../../graph/resolved-asset.ts'
import type { Range } from '../../relation/range.ts'
import type { RowCheck } from './row-checks.ts'

/**
 * The parts of SQL that engines write differently. SEMI JOIN, ANTI JOIN and IS NOT DISTINCT FROM
 * are common to all.
 */
export interface SessionDialect {
  readonly expressions: SqlDialect
  identifier(name: string): string
  typeName(type: ColumnType): string
  /**
   * A SELECT that repeats each row `count` times, where `count` is an expression over the row.
   * Leaves out rows with a count below one.
   */
  copies(row: { readonly columns: string; readonly table: string; readonly count: string }): string
  /** The checks of single rows. */
  rowChecks(asset: ResolvedTable): readonly RowCheck[]
}

/** A row of a query's result: counts as number or bigint, text as string. */
export type ResultRow = Readonly<Record<string, unknown>>

/** A row whose values JSON can hold. */
export type SampleRow = Readonly<Record<string, unknown>>

/**
 * Runs queries on an engine. If the engine refuses a query or fails at it, throws the engine's own
 * error.
 */
export interface SqlQueries {
  readonly dialect: SessionDialect
  /** The rows of a table version, for use after FROM. */
  files(table: InputTable): string
  /**
   * Runs SELECTs with few rows, at the same time if that is faster. Results are in the order of the
   * SELECTs.
   */
  query(selects: readonly string[]): Promise<readonly (readonly ResultRow[])[]>
  /** Does the same as `query`, but gives values that JSON can hold. */
  samples(selects: readonly string[]): Promise<readonly (readonly SampleRow[])[]>
}

/** Counts and ranges of a kept table. */
export interface KeptStats {
  readonly rows: number
  /** In the order of the columns; empty if there are no rows. */
  readonly ranges: readonly Range[]
}

/** Minimum numbers of rows at which optimizations are worth the statements that they take. */
export interface Worth {
  /**
   * Minimum number of rows at which it pays to find out which rows are needed, so that the read
   * skips the others.
   */
  readonly minRowsToSkip: number
  /**
   * Minimum number of rows at which it pays to split a table into pieces that are read one at a
   * time.
   */
  readonly minRowsToSplit: number
}

/**
 * Runs SQL over several statements, with names that no other session sees. It can queue statements
 * without a result until a query needs a result, and they can fail only then. After a failure, it
 * runs no other statement.
 */
export interface SqlSession extends SqlQueries {
  readonly worth: Worth
  /** Gives the same rows as `files`, with each row's file in FILE_COLUMN. */
  filesNamed(table: InputTable): string
  /**
   * Gives the same rows as `filesNamed`, with each row's position in its file in POSITION_COLUMN.
   * Missing if the engine marks no rows as deleted.
   */
  filesNumbered?(table: InputTable): string
  /**
   * The positions of rows, by file. `rows` is a kept table or view with FILE_COLUMN and
   * POSITION_COLUMN.
   */
  marked?(rows: string, asset: ResolvedTable): Promise<readonly MarkedRows[]>
  /**
   * The rows of two SELECTs side by side, for use after FROM: the first of both in one row, the
   * second of both, and so on, with nulls if one has fewer. Missing if the engine has no such join.
   */
  sideBySide?(left: string, right: string): string
  /** The location of a file that FILE_COLUMN names. */
  locationOf(file: string): string
  /** Keeps the SELECT's rows as a table until the session ends. */
  keep(name: string, select: string): Promise<void>
  /** Number of rows of a kept table. Undefined if the engine would have to count them. */
  rowsKept?(name: string): number | undefined
  /**
   * Does the same as `keep`, but casts to the declared types. Fails if a column is missing, or
   * would have to be rounded or parsed from text.
   */
  keepDeclared(name: string, select: string, columns: readonly Column[]): Promise<void>
  /**
   * Does the same as `keep`. Also counts the rows, and finds the ranges of `columns`, which must be
   * all columns of the SELECT.
   */
  keepMeasured(name: string, select: string, columns: readonly string[]): Promise<KeptStats>
  /** Keeps a table of one column, `value`. */
  keepTexts(name: string, values: readonly string[]): Promise<void>
  /** Gives the SELECT a name. */
  view(name: string, select: string): Promise<void>
  /**
   * Gives a name to a SELECT that is read several times. Keeps its rows if reading them is faster
   * than computing them again.
   */
  reuse(name: string, select: string): Promise<void>
  /**
   * Runs `make` once for all sessions of the engine that give the same `cacheKey`, and returns its
   * result. All of these sessions see the tables and views that it makes, until the engine is
   * closed; their names have to begin with `name`. Missing if the engine shares no tables.
   */
  shareTables?<Value>(cacheKey: string, make: (own: SqlSession, name: string) => Promise<Value>): Promise<Value>
  /**
   * Does the same as `shareTables`, but returns undefined until another session has given
   * `cacheKey`.
   */
  shareIfRequestedBefore?<Value>(
    cacheKey: string,
    make: (own: SqlSession, name: string) => Promise<Value>,
  ): Promise<Value | undefined>
  /**
   * Writes the SELECT's rows as unpublished data files of the asset. `partitions` is about the
   * number of their partitions.
   */
  write(select: string, asset: ResolvedTable, partitions: number): Promise<readonly WrittenFile[]>
}

/** No column of an asset has this name, because it contains a dot. */
export const FILE_COLUMN = 'lake.file'
export const POSITION_COLUMN = 'lake.position'

export const identifiersIn = ({ identifier }: SessionDialect, names: readonly string[]): string =>
  names.map(identifier).join(', ')

/** A SELECT without rows. */
export function emptySql({ identifier, typeName }: SessionDialect, columns: readonly Pick<Column, 'name' | 'type'>[]) {
  const typed = columns.map(({ name, type }) => `CAST(NULL AS ${typeName(type)}) AS ${identifier(name)}`)
  return `SELECT ${typed.join(', ')} WHERE false`
}

/** The number of rows of each table. */
export async function countsOf(session: SqlSession, tables: readonly string[]): Promise<readonly number[]> {
  const known = tables.flatMap((table) => session.rowsKept?.(table) ?? [])
  if (known.length === tables.length) return known
  const counts = tables.map((table, index) => `(SELECT count(*) FROM ${table}) AS n${index}`)
  const [[row] = []] = await session.query([`SELECT ${counts.join(', ')}`])
  return tables.map((_, index) => Number(row?.[`n${index}`] ?? 0))
}
