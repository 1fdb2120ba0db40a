/** The assets and edges that the lineage graph of the catalogue shows, and their positions. */
import { describe, expect, it } from 'vitest'
import type { IndexEntry } from '../../../framework/catalog/catalog-document.ts'
import { layeredLayout } from '../../../framework/catalog/page/graph/layered-layout.ts'
import { groupOf, visibleGraph } from '../../../framework/catalog/page/graph/visible-graph.ts'

const SIZE = { width: 100, height: 30 }

const layout = (ids: string, ...edges: readonly string[]) =>
  layeredLayout(
    new Map([...ids].map((id) => [id, SIZE])),
    edges.map(([from = '', to = '']) => [from, to] as const),
  )

describe('the layout', () => {
  it('puts each asset to the right of what it reads, and sources next to their first reader', () => {
    const { centres } = layout('abcd', 'ab', 'bc', 'dc')
    const x = (id: string) => centres.get(id)?.x ?? Number.NaN
    expect([x('a'), x('b'), x('c')]).toEqual([50, 220, 390])
    expect(x('d')).toBe(x('b'))
  })

  it('lets no two nodes overlap, and leads edges around the nodes between their ends', () => {
    const { centres, bends } = layout('abcdef', 'ab', 'ac', 'ad', 'ae', 'bf', 'af')
    const column = [...'bcde'].map((id) => centres.get(id)?.y ?? Number.NaN).toSorted((one, other) => one - other)
    const gaps = column.slice(1).map((y, index) => y - (column[index] ?? 0))
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(SIZE.height)
    expect(bends.map((points) => points.length)).toEqual([0, 0, 0, 0, 0, 2])
    const passing = bends[5]?.[0]?.y ?? Number.NaN
    expect(Math.min(...column.map((y) => Math.abs(y - passing)))).toBeGreaterThan(SIZE.height / 2)
  })

  it('draws groups that read each other', () => {
    const { centres } = layout('abc', 'ab', 'ba', 'bc')
    expect(new Set([...centres.values()].map(({ x }) => x)).size).toBe(3)
  })

  it('lays out a long chain without recursion', () => {
    const ids = Array.from({ length: 5_000 }, (_, index) => `n${index}`)
    const edges = ids.slice(1).map((id, index) => [ids[index] ?? '', id] as const)
    expect(layeredLayout(new Map(ids.map((id) => [id, SIZE])), edges).centres.size).toBe(5_000)
  })

  it('is empty without assets', () => {
    expect(layout('')).toEqual({ centres: new Map(), bends: [] })
  })
})

/** `raw: a, b` is a group of two assets. Each asset reads the one before it. */
function chain(...assets: readonly (readonly [key: string, group: string | null, state?: IndexEntry['state']])[]) {
  return assets.map(
    ([key, group, state = 'fresh'], index): IndexEntry => ({
      ...{ key, group, state, kind: index === 0 ? 'source' : 'table', upstream: index === 0 ? [] : [index - 1] },
      ...{ description: null, owner: null, tags: [], rows: null, columns: [] },
    }),
  )
}

const ASSETS = chain(['a', 'raw'], ['b', 'raw', 'stale'], ['c', 'marts', 'failed'], ['d', null], ['e', 'marts'])
const NOTHING = new Set<string>()

describe('the visible graph', () => {
  const shown = (...choice: Parameters<typeof visibleGraph>) => {
    const { nodes, edges } = visibleGraph(...choice)
    return { nodes: nodes.map(({ id }) => id), edges: edges.map((edge) => edge.join('>')) }
  }

  it('has every asset unless the user hides some', () => {
    expect(shown(ASSETS, { collapsed: NOTHING, focus: null })).toEqual({
      nodes: ['a', 'b', 'c', 'd', 'e'],
      edges: ['a>b', 'b>c', 'c>d', 'd>e'],
    })
  })

  it('has one node for a collapsed group, with the worst state of its assets and without edges to itself', () => {
    const { nodes, edges } = visibleGraph(ASSETS, { collapsed: new Set(['raw', 'marts']), focus: null })
    expect(nodes).toEqual([
      { id: 'group:raw', label: 'raw (2)', kind: 'group', state: 'stale' },
      { id: 'group:marts', label: 'marts (2)', kind: 'group', state: 'failed' },
      { id: 'd', label: 'd', kind: 'table', state: 'fresh' },
    ])
    expect(edges.map(([from]) => groupOf(from))).toEqual(['raw', 'marts', undefined])
  })

  it('has only the assets near a given asset, as far in each direction as the user asks', () => {
    expect(shown(ASSETS, { collapsed: NOTHING, focus: { key: 'c', up: 1, down: 0 } }).nodes).toEqual(['b', 'c'])
    expect(shown(ASSETS, { collapsed: NOTHING, focus: { key: 'c', up: 0, down: Infinity } }).nodes).toEqual([
      'c',
      'd',
      'e',
    ])
  })

  it('shows the given asset itself even if its group is collapsed', () => {
    const choice = { collapsed: new Set(['marts']), focus: { key: 'c', up: 0, down: Infinity } }
    expect(shown(ASSETS, choice)).toEqual({ nodes: ['c', 'd', 'group:marts'], edges: ['c>d', 'd>group:marts'] })
  })
})
