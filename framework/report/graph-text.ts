import type { AssetGraph } from '../graph/asset-graph.ts'
import { usesRawSql } from '../graph/resolved-asset.ts'
import { cut } from './layout/display-width.ts'
import type { Page } from './layout/page.ts'

export interface GraphDocument {
  readonly nodes: readonly {
    readonly key: string
    readonly kind: 'source' | 'table'
    readonly tags: readonly string[]
    /** Present where the query has SQL of the author's own, which is not examined. */
    readonly rawSql?: true
  }[]
  /** From an upstream to what reads it. */
  readonly edges: readonly { readonly from: string; readonly to: string }[]
}

/** What `lake graph --format json` prints. */
export function graphDocument(graph: AssetGraph): GraphDocument {
  return {
    nodes: graph.assets.map((asset) => ({
      ...{ key: asset.key, kind: asset.kind, tags: asset.declared.tags },
      ...(usesRawSql(asset) && { rawSql: true }),
    })),
    edges: graph.assets.flatMap(({ key }) => graph.downstream(key).map((to) => ({ from: key, to }))),
  }
}

/** Mermaid has words that cannot name a node, `end` for one; with a prefix every key can. */
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

/** For Graphviz. */
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
 * What `lake graph` prints: a tree from the sources on in which every asset stands once, below that of its upstreams that is
 * itself furthest from a source; an upstream that only a check reads comes last for that. The others are named beside it, so that
 * each edge is seen exactly once.
 */
export function graphText(graph: AssetGraph, { width, paint }: Page): string {
  if (graph.assets.length === 0) return 'No assets yet.'
  const tree = spanningTree(graph)
  return treeLines(tree)
    .map(({ branch, key }) => {
      const line = cut(branch + key + besides(graph, key, tree.parents.get(key)), width)
      const [named, rest] = [line.slice(0, branch.length + key.length), line.slice(branch.length + key.length)]
      return paint(named.slice(0, branch.length), 'dim') + named.slice(branch.length) + paint(rest, 'dim')
    })
    .join('\n')
}

/** The upstreams that the tree does not show above the asset. */
function besides(graph: AssetGraph, key: string, parent: string | undefined): string {
  const read = readBy(graph, key)
  const others = graph.upstream(key).filter((upstream) => upstream !== parent)
  const reads = others.filter((upstream) => read.has(upstream))
  const checks = others.filter((upstream) => !read.has(upstream))
  return [
    reads.length > 0 ? `  also reads ${reads.join(', ')}` : '',
    checks.length > 0 ? `  checked against ${checks.join(', ')}` : '',
  ].join('')
}

/** What the asset's query reads, without what only its checks read. */
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

/** Key -> the length of the longest way from a source, or from an asset that reads nothing. */
export function assetDepths(graph: AssetGraph): ReadonlyMap<string, number> {
  const depths = new Map<string, number>()
  for (const { key } of graph.assets) {
    const above = graph.upstream(key).map((upstream) => depths.get(upstream) ?? 0)
    depths.set(key, above.length === 0 ? 0 : 1 + above.reduce((deepest, depth) => Math.max(deepest, depth)))
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
  /** Drawn before the branches of its children. */
  readonly stem: string
}

const DEEPEST_DRAWN = 16

/** Depth first without recursion: a chain of ten thousand assets must not exhaust the stack, nor be drawn ten thousand deep. */
function treeLines({ roots, children }: SpanningTree): readonly TreeLine[] {
  const lines: TreeLine[] = []
  const stack: TreeNode[] = roots.map((key) => ({ key, depth: 0, last: true, stem: '' })).toReversed()
  for (let node = stack.pop(); node; node = stack.pop()) {
    const { key, depth, last, stem } = node
    lines.push({ key, branch: depth === 0 ? '' : stem + (last ? '└─ ' : '├─ ') })
    const deeper = depth === 0 ? '' : stem + (last ? '   ' : '│  ')
    const below = depth < DEEPEST_DRAWN ? deeper : stem
    const keys = children.get(key) ?? []
    const nodes = keys.map((child, index) => ({
      ...{ key: child, depth: depth + 1, stem: below },
      last: index === keys.length - 1,
    }))
    stack.push(...nodes.toReversed())
  }
  return lines
}
