/** Builds the graph of assets that have no mistakes. */
import type { Asset } from '../../../framework/declare/definition.ts'
import { type AssetGraph, buildGraph } from '../../../framework/graph/asset-graph.ts'

/** Throws if the assets have mistakes. */
export function graphOf(assets: readonly Asset[]): AssetGraph {
  const built = buildGraph(assets)
  if (built.kind === 'problems') throw new Error(JSON.stringify(built.problems))
  return built.graph
}
