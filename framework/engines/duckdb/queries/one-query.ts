/** What `lake query` takes: one statement that gives rows and changes nothing. */
import { StatementType } from '@duckdb/node-api'
import { LakeError } from '../../../errors.ts'
import type { DuckDb } from '../duckdb-session.ts'
import { textLiteral } from '../sql.ts'

interface Question {
  readonly sql: string
  /** It may be several statements, and write files. */
  readonly allowFiles: boolean
}

/**
 * Throws `usage` for text that is no statement, and, unless files are allowed, for several statements and for one that gives no rows. Nothing is
 * run; but to prepare a statement DuckDB may look into the files that it names.
 */
export async function refuseSeveral(db: DuckDb, { sql, allowFiles }: Question): Promise<void> {
  const serialized = await serializedStatements(db, sql)
  if (serialized === 0) {
    throw new LakeError(
      'usage',
      'The query is empty. Give it as one argument, as in lake query "from songs", or - to read it from standard input.',
    )
  }
  if (allowFiles) return
  // What is not serialized is no SELECT, or a PIVOT, which DuckDB makes several statements of.
  const statements = serialized ?? (await statementTypes(db, sql)).length
  if (statements > 1 && !(serialized === undefined && /\bpivot\b/i.test(sql))) {
    throw new LakeError(
      'usage',
      `The query is ${statements} statements, and one is answered at a time. Run them one by one, or allow several with --allow-files.`,
    )
  }
  if (serialized !== undefined) return
  const last = (await statementTypes(db, sql)).at(-1)
  if (last !== undefined && !GIVES_ROWS.has(last)) {
    throw new LakeError(
      'usage',
      'This statement gives no rows. Nothing was run: a query changes nothing, unless --allow-files lets it.',
    )
  }
}

const GIVES_ROWS: ReadonlySet<StatementType> = new Set([
  StatementType.SELECT,
  StatementType.EXPLAIN,
  StatementType.PRAGMA,
  StatementType.CALL,
])

/** Undefined for a statement that DuckDB does not serialize, and for what it cannot parse. */
async function serializedStatements(db: DuckDb, sql: string): Promise<number | undefined> {
  const [row] = await db.rows(`SELECT CAST(json_serialize_sql(${textLiteral(sql)}) AS VARCHAR) AS tree`)
  const { statements } = JSON.parse(String(row?.tree)) as { readonly statements?: readonly unknown[] }
  return statements?.length
}

/** None where DuckDB cannot parse or prepare the text: running it says why. */
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
