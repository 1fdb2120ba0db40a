/**
 * A table of the first rows of an order has the same rows after an increment, which computes them
 * from the old rows and the changes, as after a rebuild.
 */
import fc from 'fast-check'
import { bigint, byKey, defineAsset, defineSource, int, text } from 'lake'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { DuckDbSession } from '../../../framework/engines/duckdb/duckdb-session.ts'
import type { ResolvedTable } from '../../../framework/graph/resolved-asset.ts'
import { graphOf } from '../../support/lakes/graph-of.ts'
import { comparedTable, type Life, type UpstreamRow } from '../../support/random/compared-table.ts'
import { checkProperty } from '../../support/random/property.ts'

const RUNS = 60

const TYPES = { g: 'INT', h: 'VARCHAR', n: 'INT' }

const rows = defineSource({ key: 'rows', columns: { g: int().nullable(), h: text(), n: int().nullable() } })

interface Spec {
  /** The rows themselves, or one row for each `g` or for each `h`. */
  readonly of: 'rows' | 'g' | 'h'
  readonly direction: 'asc' | 'desc'
  readonly count: number
}

function tableOf({ of, direction, count }: Spec): ResolvedTable {
  const asset = defineAsset({
    key: 'first',
    columns: of === 'rows' ? rows.columns : { [of]: rows.columns[of], n: bigint().nullable() },
    incremental: byKey(of === 'rows' ? 'h' : of),
    upstream: { rows },
    // biome-ignore lint/suspicious/noExplicitAny: the columns of a random query have no static types.
    query: ({ db }: any) => {
      // biome-ignore lint/suspicious/noExplicitAny: as above
      const sums = ({ fn }: any) => [of, fn.sum('n').as('n')]
      const all = db.selectFrom('rows')
      const selected = of === 'rows' ? all.select(['g', 'h', 'n']) : all.groupBy(of).select(sums)
      return selected.orderBy('n', direction).limit(count)
    },
    // biome-ignore lint/suspicious/noExplicitAny: as above
  } as any)
  const table = graphOf([rows, asset]).get('first')
  if (table.kind !== 'table') throw new Error('it is a table')
  return table
}

const row: fc.Arbitrary<UpstreamRow> = fc.tuple(
  fc.constantFrom('1', '2', '3', '4', null),
  fc.constantFrom('a', 'b', 'c', 'd'),
  fc.constantFrom('-1', '0', '1', '2', '3', null),
)
const life: fc.Arbitrary<Life> = fc.oneof(
  { weight: 5, arbitrary: row.map((both) => ({ before: both, after: both })) },
  { weight: 2, arbitrary: fc.record({ before: fc.option(row), after: fc.option(row) }) },
)
const spec: fc.Arbitrary<Spec> = fc.record({
  of: fc.constantFrom('rows', 'g', 'h'),
  direction: fc.constantFrom('asc', 'desc'),
  count: fc.integer({ min: 1, max: 4 }),
})

describe('first rows that lake computes from the old rows and the changes', () => {
  let session: DuckDbSession
  beforeAll(async () => {
    session = await DuckDbSession.open({ memoryLimit: '500MB', threads: 1 }, '/tmp')
  })
  afterAll(() => session.close())

  const compare = (given: Spec, lives: readonly Life[]) =>
    session.withConnection(async (db) => {
      const found = await comparedTable(db, tableOf(given), { types: TYPES, lives })
      if (found.kind === 'fails') throw new Error('the query fails')
      return found
    })

  it('are the rows of a rebuild', { timeout: 3_600_000 }, async () => {
    let [kept, changed] = [0, 0]
    const property = fc.asyncProperty(spec, fc.array(life, { maxLength: 12 }), async (given, lives) => {
      const { followed, rebuilt, readsAll, added } = await compare(given, lives)
      expect(followed).toEqual(rebuilt)
      if (added > 0) changed += 1
      if (added > 0 && !readsAll) kept += 1
    })
    const runs = await checkProperty('first rows', property, RUNS)
    if (runs >= RUNS)
      expect({ changed: changed > runs / 4, kept: kept > runs / 10 }).toEqual({ changed: true, kept: true })
  })

  const one = (n: string, h = n): UpstreamRow => ['1', h, n]
  const stays = (...row: Parameters<typeof one>): Life => ({ before: one(...row), after: one(...row) })
  const goes = (...row: Parameters<typeof one>): Life => ({ before: one(...row), after: null })
  const comes = (...row: Parameters<typeof one>): Life => ({ before: null, after: one(...row) })

  it.each<{ readonly what: string; readonly lives: readonly Life[]; readonly readsAll: boolean }>([
    {
      what: 'a new first row replaces the last',
      lives: [comes('0'), stays('1'), stays('2'), stays('3')],
      readsAll: false,
    },
    { what: 'a new row behind them changes nothing', lives: [stays('1'), stays('2'), comes('3')], readsAll: false },
    {
      what: 'a first row goes, and another comes',
      lives: [goes('1'), stays('2'), stays('3'), comes('0')],
      readsAll: false,
    },
    { what: 'a row behind them goes', lives: [stays('1'), stays('2'), goes('3')], readsAll: false },
    {
      what: 'a first row goes, so that the next one is looked for',
      lives: [goes('1'), stays('2'), stays('3')],
      readsAll: true,
    },
    {
      what: 'the new row may come after the next one',
      lives: [goes('1'), stays('2'), stays('3'), comes('4')],
      readsAll: true,
    },
    { what: 'one of several equal rows goes', lives: [stays('1'), goes('2'), stays('2'), stays('2')], readsAll: true },
    { what: 'no row is left', lives: [goes('1'), goes('2')], readsAll: true },
    { what: 'the table holds all rows', lives: [goes('1'), comes('4')], readsAll: false },
  ])('$what', async ({ lives, readsAll }) => {
    const found = await compare({ of: 'rows', direction: 'asc', count: 2 }, lives)
    expect(found.followed).toEqual(found.rebuilt)
    expect(found.readsAll).toBe(readsAll)
  })
})
