/** Builds the graph of assets, and reports every mistake in their declarations. */
import { DirectedGraph } from 'graphology'
import type { Asset } from '../declare/definition.ts'
import { formerKeyProblems } from './former-keys.ts'
import { NOTHING_CHECKED } from './known/checked-queries.ts'
import type { KnownTables } from './known/known-tables.ts'
import { compareProblems, type Problem } from './problem.ts'
import { resolveAsset } from './resolve/resolve-asset.ts'
import type { ResolvedAsset } from './resolved-asset.ts'
import { sourceRefinementProblems } from './source-refinements.ts'

interface Node {
  readonly asset: ResolvedAsset
  /** Index in an order that puts every asset after its upstreams. */
  readonly order: number
}

/**
 * Prefixes keys, because graphology keeps neighbours in plain objects, which have a property
 * `constructor`.
 */
const nodeOf = (key: string): string => `@${key}`
const keyOf = (node: string): string => node.slice(1)

/**
 * The assets of a project and their dependencies, without cycles. Edges go from an upstream to its
 * downstream.
 */
export class AssetGraph {
  readonly #graph: DirectedGraph<Node>
  /** Every asset after its upstreams, otherwise in the order of declaration. */
  readonly assets: readonly ResolvedAsset[]

  constructor(graph: DirectedGraph<Node>, assets: readonly ResolvedAsset[]) {
    this.#graph = graph
    this.assets = assets
  }

  has(key: string): boolean {
    return this.#graph.hasNode(nodeOf(key))
  }

  /** Throws a plain Error for an unknown key: call `has` first. */
  get(key: string): ResolvedAsset {
    return this.#graph.getNodeAttribute(nodeOf(key), 'asset')
  }

  /** Returns the direct upstreams, including those that only a check reads. */
  upstream(key: string): readonly string[] {
    return this.#inOrder(this.#inNeighbors(key))
  }

  downstream(key: string): readonly string[] {
    return this.#inOrder(this.#outNeighbors(key))
  }

  /** Returns the keys and everything upstream of them, upstreams first. */
  withUpstream(keys: Iterable<string>): readonly string[] {
    return this.#reach(keys, (key) => this.#inNeighbors(key))
  }

  /** Returns the keys and everything downstream of them, upstreams first. */
  withDownstream(keys: Iterable<string>): readonly string[] {
    return this.#reach(keys, (key) => this.#outNeighbors(key))
  }

  #inNeighbors(key: string): readonly string[] {
    return this.#graph.inNeighbors(nodeOf(key)).map(keyOf)
  }

  #outNeighbors(key: string): readonly string[] {
    return this.#graph.outNeighbors(nodeOf(key)).map(keyOf)
  }

  #reach(keys: Iterable<string>, next: (key: string) => readonly string[]): readonly string[] {
    const reached = new Set(keys)
    for (const key of reached) for (const neighbour of next(key)) reached.add(neighbour)
    return this.#inOrder([...reached])
  }

  #inOrder(keys: readonly string[]): readonly string[] {
    const order = (key: string) => this.#graph.getNodeAttribute(nodeOf(key), 'order')
    return keys.length < 2 ? keys : keys.toSorted((left, right) => order(left) - order(right))
  }
}

type GraphResult =
  | { readonly kind: 'graph'; readonly graph: AssetGraph }
  | { readonly kind: 'problems'; readonly problems: readonly Problem[] }

const NOTHING_KNOWN: KnownTables = new Map()

/**
 * Checks all assets and their edges. Returns the graph, or every problem of the project. Tables of
 * `known` are not checked again.
 */
export function buildGraph(
  declared: readonly Asset[],
  checked = NOTHING_CHECKED,
  known: KnownTables = NOTHING_KNOWN,
): GraphResult {
  const problems: Problem[] = []
  const byKey = uniqueByKey(declared, problems)
  const project = { assets: byKey, problems, checked, known }
  const resolved = [...byKey.values()].map((asset) => resolveAsset(asset, project))
  problems.push(...[...byKey.values()].flatMap(sourceRefinementProblems), ...formerKeyProblems(byKey))
  const edges = dependencies([...byKey.values()])
  const order = topologicalOrder([...byKey.keys()], edges)
  if (order.kind === 'cycle') problems.push(cycleProblem(order.keys, byKey))
  if (problems.length > 0 || order.kind === 'cycle') {
    return { kind: 'problems', problems: problems.toSorted(compareProblems) }
  }
  const assets = new Map(resolved.flatMap((asset) => (asset ? [[asset.key, asset] as const] : [])))
  return { kind: 'graph', graph: sealGraph(order.keys, assets, edges) }
}

function sealGraph(
  order: readonly string[],
  assets: ReadonlyMap<string, ResolvedAsset>,
  edges: Dependencies,
): AssetGraph {
  const graph = new DirectedGraph<Node>()
  const ordered: ResolvedAsset[] = []
  for (const key of order) {
    const asset = assets.get(key)
    if (!asset) continue
    graph.addNode(nodeOf(key), { asset, order: ordered.length })
    ordered.push(asset)
    for (const upstream of edges.get(key) ?? []) graph.addEdge(nodeOf(upstream), nodeOf(key))
  }
  return new AssetGraph(graph, ordered)
}

/**
 * Reports keys that differ only in case: they share a directory on some file systems, and a name in
 * queries.
 */
function uniqueByKey(declared: readonly Asset[], problems: Problem[]): ReadonlyMap<string, Asset> {
  const firsts = new Map<string, Asset>()
  for (const asset of new Set(declared)) {
    const twin = firsts.get(String(asset.key).toLowerCase())
    if (!twin) {
      firsts.set(String(asset.key).toLowerCase(), asset)
      continue
    }
    problems.push({
      asset: asset.key,
      file: asset.file,
      message: `the key ${asset.key} is declared twice${twin.file ? `, also in ${twin.file}` : ''}`,
      remedy: 'give one of them another key (keys that differ only in case count as equal)',
    })
  }
  return new Map([...firsts.values()].map((asset) => [asset.key, asset]))
}

/** Key -> the keys of the assets to build before it. */
type Dependencies = ReadonlyMap<string, ReadonlySet<string>>

function dependencies(assets: readonly Asset[]): Dependencies {
  const keys = new Set(assets.map(({ key }) => key))
  return new Map(
    assets.map((asset) => {
      if (asset.kind === 'source') return [asset.key, new Set<string>()]
      const upstream = Object.values(asset.upstream).flatMap((used) => (used?.key ? [used.key] : []))
      const referenced = asset.checks.flatMap((check) => (check.kind === 'references' ? [check.asset] : []))
      const others = referenced.filter((key) => key !== asset.key)
      return [asset.key, new Set([...upstream, ...others].filter((key) => keys.has(key)))]
    }),
  )
}

type Order =
  | { readonly kind: 'order'; readonly keys: readonly string[] }
  | { readonly kind: 'cycle'; readonly keys: readonly string[] }

/**
 * Walks depth first without recursion, because a chain of ten thousand assets would exhaust the
 * stack.
 */
function topologicalOrder(keys: readonly string[], edges: Dependencies): Order {
  const done = new Set<string>()
  const entered = new Set<string>()
  const path: { readonly key: string; readonly upstreams: Iterator<string> }[] = []
  const enter = (key: string) => {
    entered.add(key)
    path.push({ key, upstreams: (edges.get(key) ?? new Set()).values() })
  }
  for (const root of keys) {
    if (!entered.has(root)) enter(root)
    for (let top = path.at(-1); top; top = path.at(-1)) {
      const { value: upstream, done: exhausted } = top.upstreams.next()
      if (exhausted) {
        path.pop()
        done.add(top.key)
      } else if (!entered.has(upstream)) {
        enter(upstream)
      } else if (!done.has(upstream)) {
        const keysOnPath = path.map(({ key }) => key)
        return { kind: 'cycle', keys: [...keysOnPath.slice(keysOnPath.indexOf(upstream)), upstream] }
      }
    }
  }
  return { kind: 'order', keys: [...done] }
}

function cycleProblem(cycle: readonly string[], byKey: ReadonlyMap<string, Asset>): Problem {
  const [first = ''] = cycle
  return {
    asset: first,
    file: byKey.get(first)?.file,
    message: `assets depend on each other in a circle: ${cycle.join(' <- ')}`,
    remedy: 'take one of them out of the upstreams or checks of another',
  }
}
