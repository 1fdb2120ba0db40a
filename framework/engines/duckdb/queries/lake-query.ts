/** Runs SQL of the user over the tables of a lake, for `lake query`. */
import { basename, dirname, join } from 'node:path'
import { DamagedFile } from '../../../engine/damaged-file.ts'
import type { InputTable } from '../../../engine/data-file.ts'
import type { PlainValue } from '../../../engine/json-value.ts'
import { LakeError } from '../../../errors.ts'
import { type DuckDb, type DuckDbSession, StatementFailed } from '../duckdb-session.ts'
import { damagedFile, mayBeDamage } from '../files/damaged-file.ts'
import { duckdbType, identifier, inputSql, literalPath, textListLiteral, textLiteral } from '../sql.ts'
import { plainValue } from './json-value.ts'
import { refuseSeveral } from './one-query.ts'

/** The tables of the lake, by the names that a query uses. */
export interface LakeTables {
  /** Called once, with the names that the query uses, before `find` is called for them. */
  choose(names: readonly string[]): Promise<void>
  /** The version of the table to read; undefined if the lake has no table of that name. */
  find(name: string): Promise<InputTable | undefined>
  /** The names of all tables that have been built and can be read. */
  names(): Promise<readonly string[]>
}

interface LakeQuery {
  readonly sql: string
  readonly tables: LakeTables
  /**
   * Whether the SQL can read and write any file of the user. If not, it must be one statement over
   * the lake's tables alone.
   */
  readonly allowFiles: boolean
}

export interface QueryResult {
  readonly columns: readonly string[]
  /** The rows in pieces, so that a large result is never completely in memory. */
  readonly rows: AsyncIterable<readonly (readonly PlainValue[])[]>
}

/**
 * Passes the rows to `use`. Throws `usage` with DuckDB's message if the SQL is wrong. Without
 * `allowFiles`, the session is locked for good and cannot run another query.
 */
export function queryLake<Result>(
  session: DuckDbSession,
  query: LakeQuery,
  use: (result: QueryResult) => Promise<Result>,
): Promise<Result> {
  return overTables(session, query, async (db) => {
    const result = await asUsage(() => db.connection.stream(query.sql))
    return use({ columns: result.deduplicatedColumnNames(), rows: plainRows(result.yieldRows()) })
  })
}

/** Writes the result of SQL over tables of the lake as a Parquet file. */
export function queryToParquet(session: DuckDbSession, query: LakeQuery, file: string): Promise<void> {
  return overTables(session, { ...query, written: file }, (db) =>
    asUsage(() => db.run(`COPY (${withoutEnd(query.sql)}\n) TO ${textLiteral(file)} (FORMAT parquet)`)),
  )
}

/**
 * The SQL without its final semicolon. The caller adds a line break, which ends a comment in the
 * last line.
 */
const withoutEnd = (sql: string): string => sql.replace(/;\s*$/, '')

interface WritingQuery extends LakeQuery {
  /** The file to write the result to. */
  readonly written?: string
}

/**
 * Opens the tables that the query names. Throws DamagedFile if a damaged file of one of them makes
 * it fail.
 */
function overTables<Result>(
  session: DuckDbSession,
  query: WritingQuery,
  work: (db: DuckDb) => Promise<Result>,
): Promise<Result> {
  return session.withConnection(async (db) => {
    const read: string[] = []
    try {
      await defineTables(db, query, read)
      if (!query.allowFiles) await lockDown(db, [...read, ...writtenFor(query)])
      await refuseSeveral(db, query)
      return await work(db)
    } catch (error) {
      const damaged = mayBeDamage(error) ? await damagedFile(db, read) : undefined
      throw damaged ? new DamagedFile(damaged, error) : error
    }
  })
}

/** DuckDB replaces an existing file by means of a temporary one beside it. */
function writtenFor({ written }: WritingQuery): readonly string[] {
  return written === undefined ? [] : [written, join(dirname(written), `tmp_${basename(written)}`)]
}

/**
 * After this, DuckDB opens only these files, loads no extension, and accepts no change of its
 * settings. It still spills to its own directory.
 */
async function lockDown(db: DuckDb, files: readonly string[]): Promise<void> {
  const paths = [...new Set([...files, ...files.map(literalPath)])]
  await db.run(`SET allowed_paths = ${textListLiteral(paths)}`)
  await db.run('SET enable_external_access = false')
  await db.run('SET lock_configuration = true')
}

/**
 * Opens only the tables that the query names, or all tables if DuckDB cannot find out which it
 * names. Adds their files to `read`.
 */
async function defineTables(db: DuckDb, { sql, tables }: LakeQuery, read: string[]): Promise<void> {
  const names = [...((await namesIn(db, sql)) ?? (await tables.names()))]
  await tables.choose(names)
  for (const name of names) {
    const table = await tables.find(name)
    if (!table) continue
    for (const file of table.files) read.push(file)
    const columns = table.columns.map(
      (column) => `CAST(${identifier(column.name)} AS ${duckdbType(column.type)}) AS ${identifier(column.name)}`,
    )
    const view = `CREATE TEMP VIEW ${identifier(name)} AS SELECT ${columns.join(', ')} FROM ${inputSql(table)}`
    await db.run(view).catch((error) => {
      if (!(error instanceof StatementFailed)) throw error
      throw new LakeError('corrupt-table', {
        problem: `the files of ${name} cannot be read as its log says: ${error.message}`,
        remedy: `Restore them from a backup, or run \`lake materialize ${name} --full\` to write them again.`,
        asset: name,
        cause: error,
      })
    })
  }
}

/**
 * The names of tables in the query; undefined for a statement that DuckDB cannot serialize, such as
 * PIVOT or SHOW TABLES.
 */
async function namesIn(db: DuckDb, sql: string): Promise<ReadonlySet<string> | undefined> {
  const [row] = await db.rows(`SELECT CAST(json_serialize_sql(${textLiteral(sql)}) AS VARCHAR) AS tree`)
  const tree = JSON.parse(String(row?.tree)) as { readonly error: boolean; readonly error_type?: string }
  if (tree.error) return tree.error_type === 'parser' ? new Set() : undefined
  const names = new Map<string, string>()
  const pending: unknown[] = [tree]
  while (pending.length > 0) {
    const node = pending.pop()
    if (typeof node !== 'object' || node === null) continue
    const { type, table_name } = node as { readonly type?: unknown; readonly table_name?: unknown }
    if (type === 'SHOW_REF' && (typeof table_name !== 'string' || /\W|^$/.test(table_name))) return undefined
    if (typeof table_name === 'string' && (type === 'BASE_TABLE' || type === 'SHOW_REF')) {
      names.set(table_name.toLowerCase(), table_name)
    }
    pending.push(...Object.values(node))
  }
  return new Set(names.values())
}

async function* plainRows(pieces: AsyncIterable<Parameters<typeof plainValue>[0][][]>): QueryResult['rows'] {
  const rows = pieces[Symbol.asyncIterator]()
  for (;;) {
    const piece = await asUsage(() => rows.next())
    if (piece.done) return
    yield piece.value.map((row) => row.map(plainValue))
  }
}

/** DuckDB's errors for what `lockDown` forbids. */
const LOCKED = /^Permission Error:|the configuration has been locked/
const ONLY_TABLES =
  "A query reads the tables of the lake and nothing else: --allow-files lets it use this machine's files."

async function asUsage<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work()
  } catch (cause) {
    if (cause instanceof LakeError) throw cause
    const { message } = cause instanceof StatementFailed ? cause : StatementFailed.from(cause)
    throw new LakeError('usage', { problem: LOCKED.test(message) ? `${message}\n${ONLY_TABLES}` : message, cause })
  }
}
