/** Decides which assets and groups the lineage graph shows. */
import type { CatalogState, IndexEntry } from '../../catalog-document.ts'

export interface GraphChoice {
  /** Groups that are shown as one box instead of their assets. */
  readonly collapsed: ReadonlySet<string>
  /** Show only assets upstream and downstream of this one. */
  readonly focus: Focus | null
}

interface Focus {
  readonly key: string
  /** Maximum distances from the asset. */
  readonly up: number
  readonly down: number
}

export interface VisibleNode {
  /** Unique among assets and groups. */
  readonly id: string
  readonly label: string
  readonly kind: 'source' | 'table' | 'group'
  /** The worst state of a group's assets. */
  readonly state: CatalogState
}

export interface VisibleGraph {
  readonly nodes: readonly VisibleNode[]
  /** Pairs of ids: upstream and downstream. */
  readonly edges: readonly (readonly [string, string])[]
}

/** The id of a group's node. No key of an asset has a colon. */
export const groupId = (group: string): string => `group:${group}`

/** The group that a node represents; undefined for an asset. */
export const groupOf = (id: string): string | undefined => (id.startsWith('group:') ? id.slice(6) : undefined)

/** Computes the graph. Pure. */
export function visibleGraph(assets: readonly IndexEntry[], { collapsed, focus }: GraphChoice): VisibleGraph {
  const shown = focus ? reached(assets, focus) : new Set(assets.keys())
  const idOf = ({ key, group }: IndexEntry) =>
    group !== null && collapsed.has(group) && key !== focus?.key ? groupId(group) : key
  const nodes = new Map<string, VisibleNode>()
  const members = new Map<string, number>()
  const edges = new Map<string, readonly [string, string]>()
  for (const [index, asset] of assets.entries()) {
    if (!shown.has(index)) continue
    const { key, kind, state, group, upstream } = asset
    const id = idOf(asset)
    const known = nodes.get(id)
    members.set(id, (members.get(id) ?? 0) + 1)
    if (id === key) nodes.set(id, { id, label: key, kind, state })
    else nodes.set(id, { id, label: `${group} (${members.get(id)})`, kind: 'group', state: worse(known?.state, state) })
    for (const other of upstream) {
      const from = assets[other]
      if (!from || !shown.has(other) || idOf(from) === id) continue
      edges.set(`${idOf(from)} ${id}`, [idOf(from), id])
    }
  }
  return { nodes: [...nodes.values()], edges: [...edges.values()] }
}

/** From best to worst. */
const STATES: readonly CatalogState[] = ['fresh', 'missing', 'stale', 'running', 'failed']

const worse = (one: CatalogState = 'fresh', other: CatalogState): CatalogState =>
  STATES.indexOf(one) > STATES.indexOf(other) ? one : other

/** The indexes of the assets within the distances of the focus. */
function reached(assets: readonly IndexEntry[], { key, up, down }: Focus): ReadonlySet<number> {
  const start = assets.findIndex((asset) => asset.key === key)
  const readers = assets.map((): number[] => [])
  for (const [index, { upstream }] of assets.entries()) for (const other of upstream) readers[other]?.push(index)
  return new Set([
    ...within(start, up, (index) => assets[index]?.upstream ?? []),
    ...within(start, down, (index) => readers[index] ?? []),
  ])
}

function within(start: number, distance: number, next: (index: number) => readonly number[]): ReadonlySet<number> {
  const found = new Set([start])
  let edge = [start]
  for (let step = 0; step < distance && edge.length > 0; step++) {
    edge = [...new Set(edge.flatMap(next))].filter((index) => !found.has(index))
    for (const index of edge) found.add(index)
  }
  return found
}
