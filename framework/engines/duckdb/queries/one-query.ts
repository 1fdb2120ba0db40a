/**
 * Refuses SQL that `lake query` does not run: several statements, and statements that return no
 * rows.
 */
import { StatementType } from '@duckdb/node-api'
import { LakeError } from '../../../errors.ts'
import type { DuckDb } from '../duckdb-session.ts'
import { textLiteral } from '../sql.ts'

interface QueryText {
  readonly sql: string
  /** Whether the query can be several statements and can write files. */
  readonly allowFiles: boolean
}

/**
 * Throws `usage` for an empty query. Unless files are allowed, also throws it for several
 * statements, and for a statement that returns no rows. Runs nothing, but DuckDB can open the files
 * that a statement names when it prepares the statement.
 */
export async function refuseSeveral(db: DuckDb, { sql, allowFiles }: QueryText): Promise<void> {
  const serialized = await serializedStatements(db, sql)
  if (serialized === 0) {
    throw new LakeError('usage', {
      problem: 'The query is empty',
      remedy: 'Give it as one argument, such as `lake query "from songs"`, or - to read it from standard input.',
    })
  }
  if (allowFiles) return
  // DuckDB serializes only SELECTs, and not PIVOT, because it turns that into several statements.
  const statements = serialized ?? (await statementTypes(db, sql)).length
  if (statements > 1 && !(serialized === undefined && /\bpivot\b/i.test(sql))) {
    throw new LakeError('usage', {
      problem: `The query is ${statements} statements, and lake query runs one at a time`,
      remedy: 'Run them one by one, or allow several with --allow-files.',
    })
  }
  if (serialized !== undefined) return
  const last = (await statementTypes(db, sql)).at(-1)
  if (last !== undefined && (!GIVES_ROWS.has(last) || CHANGES_ROWS.test(sql))) {
    throw new LakeError('usage', {
      problem: 'A query only reads, and this statement gives no rows. Nothing was run',
      remedy:
        'Declare a table that stays as an asset: see `lake help from-sql`. --allow-files lets a query write files.',
    })
  }
}

/** DuckDB cannot prepare these, because the tables of a lake are views. */
const CHANGES_ROWS = /^\s*(insert|update|delete|merge)\b/i

const GIVES_ROWS: ReadonlySet<StatementType> = new Set([
  StatementType.SELECT,
  StatementType.EXPLAIN,
  StatementType.PRAGMA,
  StatementType.CALL,
])

/**
 * The number of statements; undefined if DuckDB cannot serialize one of them, or cannot parse the
 * text.
 */
async function serializedStatements(db: DuckDb, sql: string): Promise<number | undefined> {
  const [row] = await db.rows(`SELECT CAST(json_serialize_sql(${textLiteral(sql)}) AS VARCHAR) AS tree`)
  const { statements } = JSON.parse(String(row?.tree)) as { readonly statements?: readonly unknown[] }
  return statements?.length
}

/** Empty if DuckDB cannot parse the text. The error comes when the text is run. */
async function statementTypes(db: DuckDb, sql: string): Promise<readonly StatementType[]> {
  try {
    const extracted = await db.connection.extractStatements(sql)
    const types: StatementType[] = []
    for (let index = 0; index < extracted.count; index++) {
      const prepared = await extracted.prepare(index).catch(() => undefined)
      types.push(prepared?.statementType ?? StatementType.SELECT)
      prepared?.destroySync()
    }
    return types
  } catch {
    return []
  }
}
