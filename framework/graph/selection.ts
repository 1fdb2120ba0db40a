import { closest, distance } from 'fastest-levenshtein'
import { LakeError } from '../errors.ts'
import type { AssetGraph } from './asset-graph.ts'

/**
 * The keys that a selection means, upstreams first. Terms: `songs`, `+songs` (and all upstream), `songs+` (and all downstream),
 * `tag:dimension`, `source:*` or `source:log_data` (sources), each with `+` before or after; no term means everything.
 * Throws `unknown-asset` for a term that means nothing.
 */
export function select(graph: AssetGraph, terms: readonly string[]): readonly string[] {
  if (terms.length === 0) return graph.assets.map(({ key }) => key)
  const selected = new Set(terms.flatMap((term) => selectTerm(graph, term)))
  return graph.assets.flatMap(({ key }) => (selected.has(key) ? [key] : []))
}

function selectTerm(graph: AssetGraph, term: string): readonly string[] {
  const [, before, name = '', after] = /^(\+?)(.*?)(\+?)$/.exec(term) ?? []
  const named = selectName(graph, name)
  const upstream = before ? graph.withUpstream(named) : named
  return after ? [...upstream, ...graph.withDownstream(named)] : upstream
}

function selectName(graph: AssetGraph, name: string): readonly string[] {
  const [, method, wanted = ''] = /^(tag|source):(.*)$/.exec(name) ?? []
  if (method === undefined) return [knownKey(graph, name)]
  const matching = graph.assets.filter(({ kind, key, declared }) =>
    method === 'tag' ? declared.tags.includes(wanted) : kind === 'source' && (wanted === '*' || wanted === key),
  )
  if (matching.length > 0) return matching.map(({ key }) => key)
  const known = method === 'tag' ? graph.assets.flatMap(({ declared }) => declared.tags) : sourceKeys(graph)
  throw unknown(`nothing is selected by ${name}`, wanted, known)
}

const sourceKeys = (graph: AssetGraph) => graph.assets.flatMap(({ kind, key }) => (kind === 'source' ? [key] : []))

/** The key itself if the project has it; throws `unknown-asset` with the nearest key otherwise. */
export function knownKey(graph: AssetGraph, key: string): string {
  if (graph.has(key)) return key
  const keys = graph.assets.map((asset) => asset.key)
  throw unknown(`there is no asset ${JSON.stringify(key)}`, key, keys)
}

function unknown(message: string, wanted: string, known: readonly string[]): LakeError {
  const nearest = known.length > 0 ? closest(wanted, known) : undefined
  const near = nearest !== undefined && distance(wanted, nearest) <= Math.max(2, wanted.length / 3)
  const names = [...new Set(known)]
  const choice = names.length <= 12 ? `known: ${names.join(', ')}` : '`lake status` lists all'
  return new LakeError('unknown-asset', `${message}; ${near ? `did you mean ${nearest}? (${choice})` : choice}`)
}
