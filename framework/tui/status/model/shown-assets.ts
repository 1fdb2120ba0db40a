/** Decides which assets the screen shows, and in which order. */
import type { AssetGraph } from '../../../graph/asset-graph.ts'
import { printableLine } from '../../../text/printable.ts'
import { drawingOrder } from '../lineage/rails.ts'
import type { StatusReading } from './status-source.ts'

const orders = new WeakMap<AssetGraph, readonly string[]>()

/** The order of the rails, computed once for each graph. */
export function orderOf(graph: AssetGraph): readonly string[] {
  const known = orders.get(graph)
  if (known) return known
  const order = drawingOrder({ keys: graph.assets.map(({ key }) => key), upstream: (key) => graph.upstream(key) })
  orders.set(graph, order)
  return order
}

/**
 * Returns the keys of the assets whose key, kind, state or tags contain all words of the filter.
 */
export function shownKeys({ report, graph }: StatusReading, filter: string): readonly string[] {
  const words = filter.toLowerCase().split(' ').filter(Boolean)
  const statuses = new Map(report.assets.map((asset) => [asset.key, asset]))
  const known = orderOf(graph).filter((key) => statuses.has(key))
  // If the project has changed meanwhile, the report can have assets that the graph lacks.
  const order = known.length === report.assets.length ? known : report.assets.map(({ key }) => key)
  if (words.length === 0) return order
  return order.filter((key) => {
    const { kind, state } = statuses.get(key) ?? { kind: '', state: '' }
    const tags = graph.has(key) ? graph.get(key).declared.tags.map((tag) => `tag:${printableLine(tag)}`) : []
    const text = [key, kind, state, ...tags].join(' ').toLowerCase()
    return words.every((word) => text.includes(word))
  })
}
