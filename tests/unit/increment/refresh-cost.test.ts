// The estimated costs of an increment and of a rebuild.
import { byKey, date, defineAsset, text } from 'lake'
import { describe, expect, it } from 'vitest'
import { type ChangedUpstream, refreshCosts } from '../../../framework/increment/analysis/refresh-cost.ts'
import { graphOf } from '../../support/lakes/graph-of.ts'
import { QUERIES } from '../../support/tpch/project.ts'
import { QUERIES as ASSETS, TABLES } from '../../types/tpch/index.ts'

/** Rows of TPC-H's tables at scale 1. */
const ROWS = {
  ...{ region: 5, nation: 25, supplier: 10_000, customer: 150_000, part: 200_000, partsupp: 800_000 },
  ...{ orders: 1_500_000, lineitem: 6_000_000 },
}

const latest = defineAsset({
  key: 'latest',
  columns: { l_shipmode: text(), latest: date() },
  primaryKey: ['l_shipmode'],
  incremental: byKey('l_shipmode'),
  upstream: { lineitem: TABLES.lineitem },
  query: ({ db }) =>
    db
      .selectFrom('lineitem')
      .groupBy('l_shipmode')
      .select(({ fn }) => ['l_shipmode', fn.max('l_shipdate').as('latest')]),
})

const graph = graphOf([...Object.values(TABLES), ...Object.values(ASSETS), latest])

function costsOf(
  query: string,
  changes: Partial<Record<keyof typeof ROWS, Partial<ChangedUpstream>>>,
  { rows = 10, partitions = 0 } = {},
) {
  const asset = graph.get(query)
  if (asset.kind !== 'table') throw new Error('it is a table')
  const upstreams = new Map(
    Object.entries(ROWS).map(([name, count]) => {
      const change = changes[name as keyof typeof ROWS] ?? {}
      return [name, { rows: count, removed: 0, added: 0, compared: 0, ...change }] as const
    }),
  )
  const columns = asset.columns.map(({ name, type, nullable }, index) => ({ name, type, nullable, id: `own${index}` }))
  return refreshCosts(upstreams, { ...asset.query, columns, rows, partitions })
}

const followsFor = (
  query: string,
  ...given: Parameters<typeof costsOf> extends [string, ...infer Rest] ? Rest : never
) => {
  const { follow, rebuild } = costsOf(query, ...given)
  return follow < rebuild
}

describe('the estimated cost of a refresh', () => {
  it('is, for a rebuild, the rows of each upstream, as often as the query reads them', () => {
    expect(costsOf('q12', {}).rebuild).toBe(ROWS.lineitem + ROWS.orders)
    expect(costsOf('q21', {}).rebuild).toBe(3 * ROWS.lineitem + ROWS.orders + ROWS.supplier + ROWS.nation)
  })

  it('is small for an increment of sums that lake can keep by difference', () => {
    const lines = { lineitem: { added: 6000 } }
    for (const query of ['q01', 'q06', 'q12', 'q19']) expect([query, followsFor(query, lines)]).toEqual([query, true])
  })

  it('is more for an increment than for a rebuild if a ratio of sums needs all rows', () => {
    expect(followsFor('q14', { lineitem: { added: 6000 } })).toBe(false)
  })

  it('counts the rows of rewritten files, which have to be compared first', () => {
    expect(followsFor('q01', { lineitem: { removed: 6000 } })).toBe(true)
    expect(followsFor('q01', { lineitem: { removed: 6000, compared: 12_000_000 } })).toBe(false)
  })

  it('is more for an increment than for a rebuild if most rows change, for every query that reads them', () => {
    const backfill = { lineitem: { removed: 5_000_000, added: 5_000_000 } }
    const reading = QUERIES.filter((query) => graph.upstream(query).includes('lineitem'))
    expect(reading.length).toBeGreaterThan(10)
    for (const query of reading) expect([query, followsFor(query, backfill)]).toEqual([query, false])
  })

  it('counts the written partitions: all of them for a rebuild, and the touched ones for an increment', () => {
    const lines = { lineitem: { added: 1_000 } }
    const [one, many] = [costsOf('q12', lines), costsOf('q12', lines, { partitions: 90_000 })]
    expect(many.rebuild - one.rebuild).toBe(4_000 * 90_000)
    expect(many.follow - one.follow).toBeLessThan(4_000 * 1_000)
    const all = { lineitem: { removed: 6_000_000, added: 6_000_000 } }
    expect(costsOf('q12', all, { partitions: 90_000 }).follow).toBeGreaterThan(4_000 * 20_000)
  })

  it('counts more for a removal if a group does not show whether it still has rows', () => {
    const [gains, loses] = [{ lineitem: { added: 60_000 } }, { lineitem: { removed: 60_000 } }]
    expect(costsOf('latest', loses).follow).toBeGreaterThan(costsOf('latest', gains).follow)
    // The table has the number of rows in a group, or a sum that shows whether the group is empty.
    for (const query of ['q01', 'q05']) expect(costsOf(query, loses).follow).toBe(costsOf(query, gains).follow)
  })
})
