import { LakeError } from '../../errors.ts'
import type { InputTable } from '../../execute/engine.ts'
import { inputSql } from './audit.ts'
import type { DuckDb, DuckDbSession } from './duckdb-session.ts'
import { type PlainValue, plainValue } from './plain-value.ts'
import { duckdbType, identifier, textLiteral } from './sql.ts'

/** The version of a table that a query reads; undefined for a name that is not a table of the lake. */
export type FindTable = (name: string) => Promise<InputTable | undefined>

export interface QueryResult {
  readonly columns: readonly string[]
  /** In pieces, so that a large result is never held whole. */
  readonly rows: AsyncIterable<readonly (readonly PlainValue[])[]>
}

/** Runs SQL over tables of the lake and gives its rows to `use`. Throws `usage` with DuckDB's words where the SQL is wrong. */
export function queryLake<Result>(
  session: DuckDbSession,
  { sql, find }: { readonly sql: string; readonly find: FindTable },
  use: (result: QueryResult) => Promise<Result>,
): Promise<Result> {
  return session.withConnection(async (db) => {
    await defineTables(db, sql, find)
    const result = await asUsage(() => db.connection.stream(sql))
    return use({ columns: result.deduplicatedColumnNames(), rows: plainRows(result.yieldRows()) })
  })
}

/** Writes the result of SQL over tables of the lake as a Parquet file. */
export function queryToParquet(
  session: DuckDbSession,
  { sql, find }: { readonly sql: string; readonly find: FindTable },
  file: string,
): Promise<void> {
  return session.withConnection(async (db) => {
    await defineTables(db, sql, find)
    await asUsage(() => db.run(`COPY (${sql}) TO ${textLiteral(file)} (FORMAT parquet)`))
  })
}

/** Only the tables that the query names are opened. */
async function defineTables(db: DuckDb, sql: string, find: FindTable): Promise<void> {
  const names = await asUsage(async () => db.connection.getTableNames(sql, false))
  for (const name of names) {
    const table = await find(name)
    if (!table) continue
    const columns = table.columns.map(
      (column) => `CAST(${identifier(column.name)} AS ${duckdbType(column.type)}) AS ${identifier(column.name)}`,
    )
    await db.run(`CREATE TEMP VIEW ${identifier(name)} AS SELECT ${columns.join(', ')} FROM ${inputSql(table)}`)
  }
}

async function* plainRows(pieces: AsyncIterable<Parameters<typeof plainValue>[0][][]>): QueryResult['rows'] {
  for await (const piece of pieces) yield piece.map((row) => row.map(plainValue))
}

async function asUsage<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work()
  } catch (cause) {
    if (cause instanceof LakeError) throw cause
    throw new LakeError('usage', cause instanceof Error ? cause.message : String(cause), { cause })
  }
}
