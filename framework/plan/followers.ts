/** Finds upstreams that several tables of a plan follow. */
import type { AssetGraph } from '../graph/asset-graph.ts'
import type { UpstreamUse } from '../graph/resolved-asset.ts'
import type { PlanStep } from './plan.ts'

/** The tables of a plan that can follow the changes of one upstream. */
export interface Followers {
  readonly tables: number
  /** The columns that any of them reads, in the upstream's order. */
  readonly columns: readonly string[]
}

/** Upstream -> the tables that can follow it, if there are several. */
export function followersOf(graph: AssetGraph, steps: readonly PlanStep[]): ReadonlyMap<string, Followers> {
  const uses = new Map<string, Map<string, UpstreamUse[]>>()
  for (const { asset: key, mode } of steps) {
    const asset = graph.get(key)
    if (asset.kind !== 'table' || (mode !== 'keys' && mode !== 'partitions')) continue
    for (const use of asset.upstream) {
      const tables = uses.get(use.key) ?? new Map<string, UpstreamUse[]>()
      uses.set(use.key, tables.set(key, [...(tables.get(key) ?? []), use]))
    }
  }
  return new Map(
    [...uses].flatMap(([key, tables]) => {
      const read = new Set([...tables.values()].flat().flatMap(({ columns }) => columns))
      const columns = graph.get(key).columns.flatMap(({ name }) => (read.has(name) ? [name] : []))
      return tables.size > 1 ? [[key, { tables: tables.size, columns }] as const] : []
    }),
  )
}
