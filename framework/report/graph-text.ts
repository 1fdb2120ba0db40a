/** Prints the lineage as a tree, for Mermaid, for Graphviz and as JSON. */
import type { AssetGraph } from '../graph/asset-graph.ts'
import { usesRawSql } from '../graph/resolved-asset.ts'
import { cut } from './layout/display-width.ts'
import type { Page } from './layout/page.ts'

interface GraphDocument {
  readonly nodes: readonly {
    readonly key: string
    readonly kind: 'source' | 'table'
    readonly tags: readonly string[]
    /** Present if the query contains raw SQL, which lake does not examine. */
    readonly rawSql?: true
  }[]
  /** Edges go from an upstream to its reader. */
  readonly edges: readonly { readonly from: string; readonly to: string }[]
}

export function graphDocument(graph: AssetGraph): GraphDocument {
  return {
    nodes: graph.assets.map((asset) => ({
      key: asset.key,
      kind: asset.kind,
      tags: asset.declared.tags,
      ...(usesRawSql(asset) && { rawSql: true }),
    })),
    edges: graph.assets.flatMap(({ key }) => graph.downstream(key).map((to) => ({ from: key, to }))),
  }
}

/** Prefixes node names, because Mermaid reserves words such as `end`. */
export function graphMermaid(graph: AssetGraph): string {
  const { nodes, edges } = graphDocument(graph)
  const node = (key: string, kind: 'source' | 'table') =>
    kind === 'source' ? `asset_${key}[("${key}")]` : `asset_${key}["${key}"]`
  return [
    'flowchart LR',
    ...nodes.map(({ key, kind }) => `  ${node(key, kind)}`),
    ...edges.map(({ from, to }) => `  asset_${from} --> asset_${to}`),
  ].join('\n')
}

export function graphDot(graph: AssetGraph): string {
  const { nodes, edges } = graphDocument(graph)
  return [
    'digraph lake {',
    '  rankdir=LR',
    '  node [shape=box]',
    ...nodes.map(({ key, kind }) => `  "${key}"${kind === 'source' ? ' [shape=cylinder]' : ''}`),
    ...edges.map(({ from, to }) => `  "${from}" -> "${to}"`),
    '}',
  ].join('\n')
}

/**
 * Draws a tree that begins with the sources. Each asset appears once, below the upstream that is
 * furthest from a source. An upstream that only a check reads comes above an asset only if the
 * asset has no other upstream. All other upstreams are named beside the asset, so that each edge
 * appears exactly once.
 */
export function graphText(graph: AssetGraph, { width, paint }: Page): string {
  if (graph.assets.length === 0) return 'No assets yet.'
  const tree = spanningTree(graph)
  return treeLines(tree)
    .map(({ branch, key }) => {
      const line = cut(branch + key + otherUpstreams(graph, key, tree.parents.get(key)), width)
      const [named, rest] = [line.slice(0, branch.length + key.length), line.slice(branch.length + key.length)]
      return paint(named.slice(0, branch.length), 'dim') + named.slice(branch.length) + paint(rest, 'dim')
    })
    .join('\n')
}

/** Names the upstreams that the tree does not show above the asset. */
function otherUpstreams(graph: AssetGraph, key: string, parent: string | undefined): string {
  const read = readBy(graph, key)
  const others = graph.upstream(key).filter((upstream) => upstream !== parent)
  const reads = others.filter((upstream) => read.has(upstream))
  const checks = others.filter((upstream) => !read.has(upstream))
  return [
    reads.length > 0 ? `  also reads ${reads.join(', ')}` : '',
    checks.length > 0 ? `  checked against ${checks.join(', ')}` : '',
  ].join('')
}

/** The upstreams that the asset's query reads, without those that only its checks read. */
function readBy(graph: AssetGraph, key: string): ReadonlySet<string> {
  const asset = graph.get(key)
  return new Set(asset.kind === 'table' ? asset.upstream.map((use) => use.key) : [])
}

interface SpanningTree {
  readonly parents: ReadonlyMap<string, string>
  readonly children: ReadonlyMap<string, readonly string[]>
  readonly roots: readonly string[]
}

function spanningTree(graph: AssetGraph): SpanningTree {
  const depths = assetDepths(graph)
  const depth = (key: string) => depths.get(key) ?? 0
  const parents = new Map<string, string>()
  const children = new Map<string, string[]>()
  for (const { key } of graph.assets) {
    const read = readBy(graph, key)
    const [first, ...others] = graph.upstream(key).filter((upstream) => read.size === 0 || read.has(upstream))
    if (first === undefined) continue
    const parent = others.reduce((deepest, other) => (depth(other) > depth(deepest) ? other : deepest), first)
    parents.set(key, parent)
    const siblings = children.get(parent)
    if (siblings) siblings.push(key)
    else children.set(parent, [key])
  }
  const roots = graph.assets.flatMap(({ key }) => (parents.has(key) ? [] : [key]))
  return { parents, children, roots }
}

/** Key -> the longest distance from a source, or from an asset without upstreams. */
function assetDepths(graph: AssetGraph): ReadonlyMap<string, number> {
  const depths = new Map<string, number>()
  for (const { key } of graph.assets) {
    const upstreamDepths = graph.upstream(key).map((upstream) => depths.get(upstream) ?? 0)
    depths.set(
      key,
      upstreamDepths.length === 0 ? 0 : 1 + upstreamDepths.reduce((deepest, depth) => Math.max(deepest, depth)),
    )
  }
  return depths
}

interface TreeLine {
  readonly branch: string
  readonly key: string
}

interface TreeNode {
  readonly key: string
  readonly depth: number
  readonly last: boolean
  /** The text before the branches of its children. */
  readonly stem: string
}

/** Maximum depth of the drawing. Deeper assets are drawn at this depth. */
const MAX_DRAWN_DEPTH = 16

/**
 * Walks depth first without recursion, because a chain of ten thousand assets would exhaust the
 * stack.
 */
function treeLines({ roots, children }: SpanningTree): readonly TreeLine[] {
  const lines: TreeLine[] = []
  const stack: TreeNode[] = roots.map((key) => ({ key, depth: 0, last: true, stem: '' })).toReversed()
  for (let node = stack.pop(); node; node = stack.pop()) {
    const { key, depth, last, stem } = node
    lines.push({ key, branch: depth === 0 ? '' : stem + (last ? '└─ ' : '├─ ') })
    const deeper = depth === 0 ? '' : stem + (last ? '   ' : '│  ')
    const below = depth < MAX_DRAWN_DEPTH ? deeper : stem
    const keys = children.get(key) ?? []
    const nodes = keys.map((child, index) => ({
      key: child,
      depth: depth + 1,
      stem: below,
      last: index === keys.length - 1,
    }))
    stack.push(...nodes.toReversed())
  }
  return lines
}
