/**
 * Compares the rows that increments of a query give with the rows of a rebuild, over tables with a
 * column of each type.
 */
import { duckdbDialect } from '../../../framework/engines/duckdb/duckdb-dialect.ts'
import type { DuckDb } from '../../../framework/engines/duckdb/duckdb-session.ts'
import { DuckDbSqlSession } from '../../../framework/engines/duckdb/duckdb-sql-session.ts'
import { SqlStaging } from '../../../framework/engines/sql/increment/sql-staging.ts'
import { deltasOf } from '../../../framework/increment/delta/derive-delta.ts'
import { pushDownFilters } from '../../../framework/increment/pushdown/push-down-filters.ts'
import type { Relation, Scan } from '../../../framework/relation/relation.ts'
import { relationSql } from '../../../framework/relation/sql/relation-sql.ts'
import type { ReadTree } from '../engines/three-engines.ts'
import { duckdbResult } from '../functions/typed-rows.ts'
import { lookingUp, ofFound } from './looked-up.ts'
import { cutsIn, type Life, rangedSql, rowsSql, TYPED_TABLES, type TypedLives } from './typed-tables.ts'

/** How the engine does the work. The rows do not depend on it. */
export interface Way {
  /** Whether the engine leaves out rows by ranges and staged values. */
  readonly large: boolean
  /** Whether the engine looks for the latest rows in one piece of a table after another. */
  readonly cuts: boolean
  /** Whether lake first pushes down the filters of the query. */
  readonly filtered: boolean
}

type Rows = readonly string[]

export type ComparedChanges =
  /**
   * The engine cannot compute the value of some row. Engines differ in whether they look at that
   * row, so there is nothing to compare.
   */
  | { readonly kind: 'fails' }
  | {
      readonly kind: 'compared'
      readonly rebuilt: { readonly before: Rows; readonly after: Rows }
      /** The unchanged rows with the removed rows, and the unchanged rows with the added rows. */
      readonly followed: { readonly before: Rows; readonly after: Rows }
      readonly kept: number
      readonly moved: number
    }

/** Compares on a connection of its own. */
export async function comparedChanges(...given: Parameters<typeof compared>): Promise<ComparedChanges> {
  return await compared(...given).catch((error: unknown) => {
    if (error instanceof Error && FAILED_VALUE.test(error.message)) return { kind: 'fails' }
    throw error
  })
}

/** The errors of DuckDB for a value that it cannot compute. Those for invalid SQL differ. */
const FAILED_VALUE = /^(Conversion|Out of Range|Invalid Input) Error/

async function compared(
  db: DuckDb,
  read: ReadTree,
  { lives, way }: { readonly lives: TypedLives; readonly way: Way },
): Promise<ComparedChanges> {
  const moved = new Map<string, { removed: boolean; added: boolean }>()
  for (const name of TYPED_TABLES) {
    const { removed, added } = await createParts(db, name, lives[name])
    if (removed + added > 0) moved.set(name, { removed: removed > 0, added: added > 0 })
  }
  const outputs = read.outputs.map(({ id, name }) => `${id} AS ${name}`).join(', ')
  const rows = async (sql: string): Promise<Rows> => {
    const result = await duckdbResult(db, `SELECT ${outputs} FROM (${sql})`)
    return result.rows.map((row) => JSON.stringify(row)).sort()
  }
  const rebuild = (part: 'before' | 'after') => rows(relationSql(read.relation, dialectOf(part)))
  const [before, after] = [await rebuild('before'), await rebuild('after')]
  const sqlSession = new DuckDbSqlSession(db, { worth: { minRowsToSkip: way.large ? 0 : 100, minRowsToSplit: 0 } })
  const cuts = way.cuts ? cutsIn(lives.pools) : () => []
  const scanned = { markRead: () => {}, rows: () => 1, cuts, lookUp: lookingUp(db) }
  const staging = new SqlStaging(sqlSession, { ...scanned, sql: (scan) => rangedSql(ofFound(scan)) })
  const relation = way.filtered ? pushDownFilters(read.relation) : read.relation
  const change = deltasOf(staging, moved)(relation)
  const rowsIn = async (relation: Relation) => (relation.kind === 'empty' ? [] : rows(staging.sql(relation)))
  const [unchanged, removed, added] = [
    await rowsIn(await change.unchanged()),
    await rowsIn(await change.removed()),
    await rowsIn(await change.added()),
  ]
  return {
    kind: 'compared',
    rebuilt: { before, after },
    followed: { before: [...unchanged, ...removed].sort(), after: [...unchanged, ...added].sort() },
    kept: unchanged.length,
    moved: removed.length + added.length,
  }
}

const dialectOf = (part: 'before' | 'after') => ({
  expressions: duckdbDialect,
  scan: ({ alias }: Scan) => `${alias}_${part}`,
  staged: (name: string) => name,
})

/** Creates the tables NAME_before, NAME_after and so on. The column `id` numbers the rows. */
async function createParts(db: DuckDb, name: string, lives: readonly Life[]) {
  for (const side of ['before', 'after'] as const) {
    await db.run(`CREATE TEMP TABLE ${name}_${side} AS ${rowsSql(lives.map((life) => life[side]))}`)
  }
  const between = (one: string, operator: string, other: string) =>
    `FROM ${name}_${one} ${operator} ALL FROM ${name}_${other}`
  await db.run(`CREATE TEMP TABLE ${name}_removed AS ${between('before', 'EXCEPT', 'after')}`)
  await db.run(`CREATE TEMP TABLE ${name}_added AS ${between('after', 'EXCEPT', 'before')}`)
  await db.run(`CREATE TEMP TABLE ${name}_unchanged AS ${between('after', 'INTERSECT', 'before')}`)
  const count = async (part: string) => (await db.rows(`SELECT count(*) AS n FROM ${name}_${part}`))[0]?.n
  return { removed: Number(await count('removed')), added: Number(await count('added')) }
}
