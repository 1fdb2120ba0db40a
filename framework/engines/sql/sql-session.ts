import type { Column, ColumnType } from '../../declare/columns.ts'
import type { InputTable, WrittenFile } from '../../engine/data-file.ts'
import type { SqlDialect } from '../../expression/dialect.ts'
import type { ResolvedTable } from '../../graph/resolved-asset.ts'
import type { Range } from '../../relation/range.ts'
import type { RowCheck } from './row-checks.ts'

/** How an engine writes what is not the same in all. SEMI JOIN, ANTI JOIN and IS NOT DISTINCT FROM are. */
export interface SessionDialect {
  readonly expressions: SqlDialect
  identifier(name: string): string
  typeName(type: ColumnType): string
  /** The SELECT of the columns of each row of the table, as many times as `count`, an expression, says; never, where that is less than one. */
  copies(row: { readonly columns: string; readonly table: string; readonly count: string }): string
  /** All that must hold for each row of the table by itself. */
  rowChecks(asset: ResolvedTable): readonly RowCheck[]
}

/** A row of an answer: counts as number or bigint, text as string. */
export type AnswerRow = Readonly<Record<string, unknown>>

/** A row with values that JSON can hold. */
export type SampleRow = Readonly<Record<string, unknown>>

/** What can be asked of an engine in SQL. What it refuses or fails at it says in an error of its own. */
export interface SqlQueries {
  readonly dialect: SessionDialect
  /** The rows of a table version, as what follows FROM. */
  files(table: InputTable): string
  /** The rows of SELECTs that give few, in the order of these. All are asked at once, where that is quicker. */
  ask(selects: readonly string[]): Promise<readonly (readonly AnswerRow[])[]>
  samples(selects: readonly string[]): Promise<readonly (readonly SampleRow[])[]>
}

/** What a kept table holds. */
export interface KeptStats {
  readonly rows: number
  /** In the order of the columns that were asked for. */
  readonly ranges: readonly Range[]
}

/** How many rows have to be read before something is worth while that takes statements of its own. */
export interface Worth {
  /** To ask which rows are needed, before they are read. */
  readonly leavingOut: number
  /** To read a piece at a time. */
  readonly pieces: number
}

/**
 * Work in SQL over several statements, with names that nobody else sees. Statements that give nothing back may be left lying until an
 * answer is asked for: what is wrong with them may be said only then. After a failure nothing more is run.
 */
export interface SqlSession extends SqlQueries {
  readonly worth: Worth
  /** As `files`, each row with the file that it is from in the column FILE. */
  filesNamed(table: InputTable): string
  /** A file as `filesNamed` has it, as it was given. */
  locationOf(file: string): string
  /** Keeps the SELECT's rows as a table until the work ends. */
  keep(name: string, select: string): Promise<void>
  /** The same, as the declared types. Refuses a column that is missing, or that would have to be rounded or read out of text. */
  keepDeclared(name: string, select: string, columns: readonly Column[]): Promise<void>
  /** A table of one column, `value`. */
  keepTexts(name: string, values: readonly string[]): Promise<void>
  /** Names the SELECT. */
  view(name: string, select: string): Promise<void>
  /** Names a SELECT that is asked for several times: kept where it takes longer to work it out again. */
  reuse(name: string, select: string): Promise<void>
  figures(table: string, columns: readonly string[]): Promise<KeptStats>
  /** Writes the SELECT's rows as data files of the asset that nobody sees yet. */
  write(select: string, asset: ResolvedTable): Promise<readonly WrittenFile[]>
}

/** No column of an asset can have a name with a dot. */
export const FILE = 'lake.file'

export const identifiersIn = ({ identifier }: SessionDialect, names: readonly string[]): string =>
  names.map(identifier).join(', ')

/** A SELECT without rows. */
export function emptySql({ identifier, typeName }: SessionDialect, columns: readonly Pick<Column, 'name' | 'type'>[]) {
  const typed = columns.map(({ name, type }) => `CAST(NULL AS ${typeName(type)}) AS ${identifier(name)}`)
  return `SELECT ${typed.join(', ')} WHERE false`
}

/** How many rows each of the tables has. */
export async function countsOf(work: SqlQueries, tables: readonly string[]): Promise<readonly number[]> {
  const counts = tables.map((table, index) => `(SELECT count(*) FROM ${table}) AS n${index}`)
  const [[row] = []] = await work.ask([`SELECT ${counts.join(', ')}`])
  return tables.map((_, index) => Number(row?.[`n${index}`] ?? 0))
}
