/** Resolves the selection terms of commands to asset keys. */
import { closest, distance } from 'fastest-levenshtein'
import { LakeError } from '../errors.ts'
import type { AssetGraph } from './asset-graph.ts'

/**
 * Returns the selected keys, upstreams first. Terms: `songs`, `+songs` (and everything upstream),
 * `songs+` (and everything downstream), `tag:dimension`, `source:*`, `source:log_data`. Each takes
 * `+` before or after. No terms select everything. Throws `unknown-asset` for a term that selects
 * nothing.
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
  throw unknown(`${name} selects nothing`, wanted, known)
}

const sourceKeys = (graph: AssetGraph) => graph.assets.flatMap(({ kind, key }) => (kind === 'source' ? [key] : []))

/** Returns the key if it exists. Throws `unknown-asset` with the nearest key otherwise. */
export function knownKey(graph: AssetGraph, key: string): string {
  if (graph.has(key)) return key
  const keys = graph.assets.map((asset) => asset.key)
  throw unknown(
    `no asset ${JSON.stringify(key)} exists`,
    key,
    keys,
    'A new asset counts once assets/index.ts exports it.',
  )
}

function unknown(message: string, wanted: string, known: readonly string[], ifNotNear?: string): LakeError {
  const nearest = known.length > 0 ? closest(wanted, known) : undefined
  const near = nearest !== undefined && distance(wanted, nearest) <= Math.max(2, wanted.length / 3)
  const names = [...new Set(known)]
  const few = names.length === 0 ? 'there are none' : `known: ${names.join(', ')}`
  const choice = names.length <= 12 ? few : '`lake status` lists all'
  return new LakeError('unknown-asset', {
    problem: `${message}; ${near ? `did you mean ${nearest}? (${choice})` : choice}`,
    ...(!near && ifNotNear !== undefined && { remedy: ifNotNear }),
  })
}
