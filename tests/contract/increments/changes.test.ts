// Random changes: the delta of a query’s result leads to the rows of a rebuild.
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type DuckDb, DuckDbSession } from '../../../framework/engines/duckdb/duckdb-session.ts'
import { DuckDbSqlSession } from '../../../framework/engines/duckdb/duckdb-sql-session.ts'
import { type ScannedRows, SqlStaging } from '../../../framework/engines/sql/increment/sql-staging.ts'
import type { Literal } from '../../../framework/expression/expression.ts'
import { INT } from '../../../framework/expression/value-type.ts'
import { changedAtMost, rowsAtMost } from '../../../framework/increment/analysis/cardinality.ts'
import { deltasOf } from '../../../framework/increment/delta/derive-delta.ts'
import { pushDownFilters } from '../../../framework/increment/pushdown/push-down-filters.ts'
import { columnsOf, type Relation, type Scan } from '../../../framework/relation/relation.ts'
import { lookingUp, ofFound } from '../../support/random/looked-up.ts'
import { checkProperty } from '../../support/random/property.ts'
import { randomQuery, TABLES } from '../../support/random/random-query.ts'
import { readRandom } from '../../support/random/read-random-query.ts'

const RUNS = 50

type Cells = readonly (number | null)[]

/** A row that exists before the change, after it, or both. If both, its values can differ. */
interface Life {
  readonly before: Cells | null
  readonly after: Cells | null
}

const cells = fc.tuple(...[0, 1, 2].map(() => fc.option(fc.integer({ min: 0, max: 2 }), { freq: 5 })))
const life: fc.Arbitrary<Life> = fc.oneof(
  { weight: 4, arbitrary: cells.map((both) => ({ before: both, after: both })) },
  { weight: 2, arbitrary: fc.record({ before: fc.option(cells), after: fc.option(cells) }) },
)
const lives = fc.array(life, { maxLength: 8 })

/** How the engine does the work. The result does not depend on it. */
const ways = fc.record({ large: fc.boolean(), cuts: fc.boolean(), filtered: fc.boolean() })

const constant = (value: number): Literal => ({ kind: 'literal', value, type: INT, nullable: false, written: value })

const cutsOf =
  (cut: boolean): ScannedRows['cuts'] =>
  (_scan, _column, direction) =>
    cut ? (direction === 'desc' ? [1, 0] : [0, 1]).map((value) => ({ value, literal: constant(value) })) : []

/** A scan is allowed to leave out rows outside of its ranges. This scan leaves out all of them. */
function scanSql({ alias, part, columns, ranges }: Scan): string {
  const conditions = columns.flatMap(({ id, name }) => {
    const range = ranges.get(id)
    if (!range) return []
    const { min, max, nulls } = range
    const within = [
      ...(min === undefined ? [] : [`${name} >= ${min}`]),
      ...(max === undefined ? [] : [`${name} <= ${max}`]),
    ]
    const condition = within.length > 0 ? within.join(' and ') : `${name} is not null`
    return [`(${nulls ? `${name} is null or ` : ''}(${condition}))`]
  })
  return `(from ${alias}_${part}${conditions.length > 0 ? ` where ${conditions.join(' and ')}` : ''})`
}

describe('the derived change of a query’s result', () => {
  let session: DuckDbSession
  beforeAll(async () => {
    session = await DuckDbSession.open({ memoryLimit: '500MB', threads: 1 }, '/tmp')
  })
  afterAll(() => session.close())

  it('leads from the old rows to the rows of a rebuild', async () => {
    let [covered, changed, kept] = [0, 0, 0]
    const property = fc.asyncProperty(randomQuery, lives, lives, ways, async (spec, a, b, way) => {
      const { read, reference: query } = readRandom(spec)
      if (read.kind === 'refused') return
      covered += 1
      await session.withConnection(async (db) => {
        const rows = (sql: string) => rowsOf(db, sql)
        const moved = new Map<string, { removed: boolean; added: boolean }>()
        const bounds = new Map<string, { rows: number; moved: { removed: number; added: number } }>()
        for (const [name, content] of Object.entries({ a, b })) {
          const { removed, added } = await createParts(db, name, content)
          if (removed + added > 0) moved.set(name, { removed: removed > 0, added: added > 0 })
          bounds.set(name, { rows: content.length, moved: { removed, added } })
        }
        const sqlSession = new DuckDbSqlSession(db, {
          worth: { minRowsToSkip: way.large ? 0 : 100, minRowsToSplit: 0 },
        })
        const scanned = { markRead: () => {}, rows: () => 1, cuts: cutsOf(way.cuts), lookUp: lookingUp(db) }
        const staging = new SqlStaging(sqlSession, { ...scanned, sql: (scan) => scanSql(ofFound(scan)) })
        const relation = way.filtered ? pushDownFilters(read.relation) : read.relation
        const change = deltasOf(staging, moved)(relation)
        const rowsIn = async (relation: Relation) =>
          relation.kind === 'empty'
            ? []
            : rows(`select ${read.outputs.map(({ id }) => id)} from (${staging.sql(relation)})`)
        const [unchanged, removed, added] = [
          await rowsIn(await change.unchanged()),
          await rowsIn(await change.removed()),
          await rowsIn(await change.added()),
        ]
        const then = await rows(query.replaceAll('"a"', 'a_before').replaceAll('"b"', 'b_before'))
        const now = await rows(query.replaceAll('"a"', 'a_after').replaceAll('"b"', 'b_after'))
        expect([...unchanged, ...removed].sort(), query).toEqual(then)
        expect([...unchanged, ...added].sort(), query).toEqual(now)
        const upstreams = {
          rows: (alias: string) => bounds.get(alias)?.rows ?? 0,
          changed: (alias: string) => bounds.get(alias)?.moved ?? { removed: 0, added: 0 },
        }
        const atMost = changedAtMost(read.relation, upstreams)
        expect(without(then, now).length, query).toBeLessThanOrEqual(atMost.removed)
        expect(without(now, then).length, query).toBeLessThanOrEqual(atMost.added)
        expect(Math.max(then.length, now.length), query).toBeLessThanOrEqual(rowsAtMost(read.relation, upstreams))
        if (then.join('\n') !== now.join('\n')) changed += 1
        if (unchanged.length > 0 && removed.length + added.length > 0) kept += 1
        const { groups } = change
        if (!groups) return
        const touched = await groups.touched()
        const own = columnsOf(touched.relation)
        const on = groups.columns.map((column, index) => `${column} IS NOT DISTINCT FROM ${own[index]}`).join(' AND ')
        const outputs = read.outputs.map(({ id }) => id)
        if (!groups.columns.every((column) => outputs.includes(column)) || touched.relation.kind === 'empty') return
        const old = staging.sql(read.relation).replaceAll('_after', '_before')
        const inGroups = await rows(
          `select ${outputs} from (${old}) semi join (${staging.sql(touched.relation)}) on ${on}`,
        )
        expect(inGroups, query).toEqual(removed.toSorted())
      })
    })
    const runs = await checkProperty('changes', property, RUNS)
    if (runs < RUNS) return
    expect({ covered: covered > runs / 3, changed: changed > runs / 10, kept: kept > runs / 20 }).toEqual({
      ...{ covered: true, changed: true, kept: true },
    })
  })
})

async function rowsOf(db: DuckDb, sql: string): Promise<readonly string[]> {
  const rows = (await db.connection.runAndReadAll(sql)).getRows()
  return rows.map((row) => row.join()).sort()
}

/** The rows that one side has and the other does not. Duplicates count. */
function without(rows: readonly string[], others: readonly string[]): readonly string[] {
  const left = [...others]
  return rows.filter((row) => {
    const at = left.indexOf(row)
    if (at !== -1) left.splice(at, 1)
    return at === -1
  })
}

/** Creates the views NAME_before, NAME_after and so on. `id` numbers the rows. */
async function createParts(db: DuckDb, name: string, content: readonly Life[]) {
  const side = async (which: 'before' | 'after') => {
    const lines = content.flatMap((row, id) => (row[which] ? [[id, ...row[which]]] : []))
    const values = [[null, null, null, null], ...lines].map((line) => `(${line.map(String).join()})`)
    const typed = (TABLES.get(name) ?? []).map((column, index) => `col${index}::int as ${column}`)
    await db.run(`create temp table ${name}_${which} as select ${typed} from (values ${values.join()}) offset 1`)
  }
  await side('before')
  await side('after')
  const between = (one: string, operator: string, other: string) =>
    `from ${name}_${one} ${operator} all from ${name}_${other}`
  await db.run(`create temp table ${name}_removed as ${between('before', 'except', 'after')}`)
  await db.run(`create temp table ${name}_added as ${between('after', 'except', 'before')}`)
  await db.run(`create temp table ${name}_unchanged as ${between('after', 'intersect', 'before')}`)
  const [removed, added] = [await rowsOf(db, `from ${name}_removed`), await rowsOf(db, `from ${name}_added`)]
  return { removed: removed.length, added: added.length }
}
