/** Compares a table after an increment with a rebuild of it. */
import { duckdbDialect } from '../../../framework/engines/duckdb/duckdb-dialect.ts'
import type { DuckDb } from '../../../framework/engines/duckdb/duckdb-session.ts'
import { DuckDbSqlSession } from '../../../framework/engines/duckdb/duckdb-sql-session.ts'
import { assetSql } from '../../../framework/engines/sql/asset-sql.ts'
import { SqlStaging } from '../../../framework/engines/sql/increment/sql-staging.ts'
import type { ResolvedTable } from '../../../framework/graph/resolved-asset.ts'
import { affectedRows } from '../../../framework/increment/delta/affected-rows.ts'
import type { Relation, Scan } from '../../../framework/relation/relation.ts'

/** A row of the upstream `rows`, as text. */
export type UpstreamRow = readonly (string | null)[]

/** A row that exists before the change, after it, or both. If both, its values can differ. */
export interface Life {
  readonly before: UpstreamRow | null
  readonly after: UpstreamRow | null
}

/** The upstream `rows` of the table. */
interface Upstream {
  /** The DuckDB types of the columns of `rows`, by name. */
  readonly types: Readonly<Record<string, string>>
  readonly lives: readonly Life[]
}

export type Compared =
  /** Whether the query overflows before the change or after it. */
  | { readonly kind: 'fails' }
  | {
      readonly kind: 'compared'
      readonly rebuilt: readonly string[]
      readonly followed: readonly string[]
      readonly added: number
      /** Whether the increment read unchanged rows of the upstream. */
      readonly readsAll: boolean
    }

export async function comparedTable(db: DuckDb, asset: ResolvedTable, upstream: Upstream): Promise<Compared> {
  const moved = await createParts(db, upstream)
  const columns = asset.columns.map(({ name }) => name).join(', ')
  const rebuild = async (part: 'before' | 'after') => {
    await db.run(`CREATE OR REPLACE TEMP VIEW rows AS FROM rows_${part}`)
    await db.run(
      `CREATE OR REPLACE TEMP TABLE own_${part} AS SELECT ${columns} FROM (${assetSql(asset, duckdbDialect)})`,
    )
  }
  const fits = async (part: 'before' | 'after') => {
    const failed = await rebuild(part).catch((error: unknown) => error)
    if (failed !== undefined && !/out of range|overflow/i.test(String(failed))) throw failed
    return failed === undefined
  }
  if (!(await fits('before')) || !(await fits('after'))) return { kind: 'fails' }
  const own: Scan = {
    ...{ kind: 'scan', alias: 'own', part: 'before', keys: [], ranges: new Map() },
    columns: asset.columns.map(({ name, type, nullable }, index) => ({ name, type, nullable, id: `own${index}` })),
  }
  const read = new Set<string>()
  const sql = ({ alias, part }: Scan) => {
    read.add(`${alias}_${part}`)
    return `${alias}_${part}`
  }
  const staging = new SqlStaging(new DuckDbSqlSession(db, {}), {
    sql,
    markRead: () => {},
    rows: () => 1,
    cuts: () => [],
    lookUp: async (scan) => scan,
  })
  const { incremental, primaryKey } = asset
  if (incremental?.kind !== 'followed') throw new Error('it is followed')
  const affected = await affectedRows(staging, moved, { ...incremental, held: own, primaryKey })
  const names = asset.query.outputs.map(({ id, name }) => `${id} AS ${name}`).join(', ')
  const select = (relation: Relation) => `SELECT ${columns} FROM (SELECT ${names} FROM (${staging.sql(relation)}))`
  const parts = [`SELECT * FROM own_before AS own`]
  if (affected.kind === 'table') parts[0] += ' WHERE false'
  else if (affected.set.rows > 0) {
    const on = affected.on.map(({ column, setColumn }) => `own.${column} IS NOT DISTINCT FROM touched.${setColumn}`)
    parts[0] += ` ANTI JOIN (${staging.sql(affected.set.relation)}) AS touched ON ${on.join(' AND ')}`
  }
  if (affected.added.kind !== 'empty') parts.push(select(affected.added))
  const printed = async (query: string) => (await db.plainRows(query)).map((line) => JSON.stringify(line)).sort()
  return {
    kind: 'compared',
    rebuilt: await printed('FROM own_after'),
    followed: await printed(parts.join(' UNION ALL ')),
    added: affected.added.kind === 'empty' ? 0 : (await db.rows(select(affected.added))).length,
    readsAll: read.has('rows_after') || read.has('rows_before') || read.has('rows_unchanged'),
  }
}

/** Creates the tables rows_before, rows_after and so on. */
async function createParts(db: DuckDb, { types, lives }: Upstream) {
  const typed = Object.entries(types).map(([name, type], index) => `CAST(c${index} AS ${type}) AS ${name}`)
  const names = typed.map((_, index) => `c${index}`)
  for (const side of ['before', 'after'] as const) {
    const lines = lives.flatMap((each) => (each[side] ? [each[side]] : []))
    const values = [typed.map(() => null), ...lines].map(
      (line) => `(${line.map((cell) => (cell === null ? 'NULL' : `'${cell}'`)).join(', ')})`,
    )
    await db.run(
      `CREATE TEMP TABLE rows_${side} AS SELECT ${typed.join(', ')} FROM (VALUES ${values.join(', ')}) AS lines(${names.join(', ')}) OFFSET 1`,
    )
  }
  const parts = [
    ['removed', 'before', 'EXCEPT', 'after'],
    ['added', 'after', 'EXCEPT', 'before'],
    ['unchanged', 'after', 'INTERSECT', 'before'],
  ]
  for (const [part, one, operator, other] of parts) {
    await db.run(`CREATE TEMP TABLE rows_${part} AS FROM rows_${one} ${operator} ALL FROM rows_${other}`)
  }
  const count = async (part: string) => Number((await db.rows(`SELECT count(*) AS n FROM rows_${part}`))[0]?.n)
  const [removed, added] = [await count('removed'), await count('added')]
  return new Map(removed + added > 0 ? [['rows', { removed: removed > 0, added: added > 0 }]] : [])
}
