/** Random queries of the whole language over rows of every type: what increments work out is what a rebuild gives. */
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { duckdbDialect } from '../../framework/engines/duckdb/duckdb-dialect.ts'
import { type DuckDb, DuckDbSession } from '../../framework/engines/duckdb/duckdb-session.ts'
import { DuckDbWork } from '../../framework/engines/duckdb/duckdb-work.ts'
import { SqlStaging } from '../../framework/engines/increment/sql-staging.ts'
import { changeOf } from '../../framework/increment/changes.ts'
import { canonicalSql } from '../../framework/query/query.ts'
import { readQuery } from '../../framework/query/reader/read-query.ts'
import type { Relation, Scan } from '../../framework/relation/relation.ts'
import { relationSql } from '../../framework/relation/relation-sql.ts'
import { numbers } from '../support/choices.ts'
import { holds } from '../support/property.ts'
import { typedQuery } from '../support/random-typed-queries.ts'
import { cutsIn, type Life, rangedSql, rowsSql, TYPED_TABLES, TYPED_UPSTREAMS, typedLives } from '../support/typed-tables.ts'
import { duckdbResult } from '../support/typed-rows.ts'

const RUNS = 300

/** How the work is done makes no difference to what comes out. */
const ways = fc.record({ large: fc.boolean(), cuts: fc.boolean() })

describe('what changes in the result of a query over rows of every type', () => {
  let session: DuckDbSession
  beforeAll(async () => {
    session = await DuckDbSession.open({ memoryLimit: '500MB', threads: 1 }, '/tmp')
  })
  afterAll(() => session.close())

  it('is what tells what it is now from what it was', async () => {
    const seen = { covered: 0, changed: 0, kept: 0, failed: 0 }
    const property = fc.asyncProperty(numbers, typedLives(8), ways, async (choices, lives, { large, cuts }) => {
      const tree = typedQuery(choices)
      const read = readQuery(tree, TYPED_UPSTREAMS)
      if (read.kind === 'problem') return
      const query = canonicalSql(tree)
      await session.withConnection(async (db) => {
        const moved = new Map<string, { removed: boolean; added: boolean }>()
        for (const name of TYPED_TABLES) {
          const { removed, added } = await createParts(db, name, lives[name])
          if (removed + added > 0) moved.set(name, { removed: removed > 0, added: added > 0 })
        }
        const outputs = read.outputs.map(({ id, name }) => `${id} AS ${name}`).join(', ')
        const rows = async (sql: string) => {
          const result = await duckdbResult(db, `SELECT ${outputs} FROM (${sql})`)
          return result.rows.map((row) => JSON.stringify(row)).sort()
        }
        const whole = (part: 'before' | 'after') => rows(relationSql(read.relation, dialectOf(part)))
        const [then, now] = [await orFailure(whole('before')), await orFailure(whole('after'))]
        // Where a rebuild fails there is nothing to compare with.
        if (!then || !now) {
          seen.failed += 1
          return
        }
        seen.covered += 1
        const work = new DuckDbWork(db, '/tmp', { leavingOut: large ? 0 : 100, pieces: 0 })
        const scanned = { sql: rangedSql, rows: () => 1, cuts: cuts ? cutsIn(lives.pools) : () => [] }
        const staging = new SqlStaging(work, scanned)
        const change = changeOf(staging, moved, read.relation)
        const rowsIn = (relation: Relation) => (relation.kind === 'empty' ? [] : rows(staging.sql(relation)))
        const [unchanged, removed, added] = [
          await rowsIn(await change.unchanged()),
          await rowsIn(await change.removed()),
          await rowsIn(await change.added()),
        ]
        expect([...unchanged, ...removed].sort(), query).toEqual(then)
        expect([...unchanged, ...added].sort(), query).toEqual(now)
        if (then.join('\n') !== now.join('\n')) seen.changed += 1
        if (unchanged.length > 0 && removed.length + added.length > 0) seen.kept += 1
      })
    })
    const runs = await holds('changes of typed queries', property, RUNS)
    process.stdout.write(`${JSON.stringify(seen)}\n`)
    if (runs < RUNS) return
    expect(seen.covered).toBeGreaterThan(runs / 2)
    expect(seen.changed).toBeGreaterThan(runs / 10)
    expect(seen.kept).toBeGreaterThan(runs / 20)
  })
})

const dialectOf = (part: 'before' | 'after') => ({
  expressions: duckdbDialect,
  scan: ({ alias }: Scan) => `${alias}_${part}`,
  staged: (name: string) => name,
})

const orFailure = <Value>(work: Promise<Value>): Promise<Value | undefined> => work.catch(() => undefined)

/** The tables NAME_before, NAME_after and so on; `id` numbers the rows. */
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
