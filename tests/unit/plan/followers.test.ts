// What several tables share if they follow the same upstream.
import { byKey, defineAsset, defineSource, int, text } from 'lake'
import { expect, it } from 'vitest'
import { buildGraph } from '../../../framework/graph/asset-graph.ts'
import { followersOf } from '../../../framework/plan/followers.ts'
import type { PlanStep } from '../../../framework/plan/plan.ts'

const events = defineSource({ key: 'events', columns: { name: text(), size: int(), place: text() } })
const names = defineAsset({
  key: 'names',
  columns: { name: text() },
  incremental: byKey('name'),
  upstream: { events },
  query: ({ db }) => db.selectFrom('events').select('name'),
})
const sizesAs = (key: string) =>
  defineAsset({
    key,
    columns: { size: int() },
    incremental: byKey('size'),
    upstream: { events },
    query: ({ db }) => db.selectFrom('events').select('size'),
  })
const built = buildGraph([events, names, sizesAs('sizes'), sizesAs('again')])
if (built.kind === 'problems') throw new Error(JSON.stringify(built.problems))
const { graph } = built

const step = (asset: string, mode: PlanStep['mode']): PlanStep => ({
  asset,
  mode,
  causes: [],
  conditional: false,
})

it('the tables that follow an upstream share the columns that any of them reads', () => {
  const followers = followersOf(graph, [step('events', 'ingest'), step('names', 'keys'), step('sizes', 'partitions')])
  expect([...followers]).toEqual([['events', { tables: 2, columns: ['name', 'size'] }]])
})

it('a table shares nothing if no other table follows the upstream, or if it is rebuilt', () => {
  expect(followersOf(graph, [step('names', 'keys'), step('sizes', 'full'), step('again', 'check')]).size).toBe(0)
})
