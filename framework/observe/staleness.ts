/** Decides why an asset is stale. */
import type { AssetCode } from '../graph/code-version.ts'
import {
  isFromCode,
  type ResolvedAsset,
  type ResolvedTable,
  type UpstreamUse,
  usesVectors,
} from '../graph/resolved-asset.ts'
import { printableLine } from '../text/printable.ts'
import type { Cause, CodeCause, SourceCause, UpstreamCause, VectorsCause } from './cause.ts'
import { codeChanges } from './code-changes.ts'
import { compareContent, type Fingerprint } from './fingerprint.ts'
import type { Observation, SourceObservation, TableState } from './observation.ts'
import { type InputVersion, inputOf } from './provenance.ts'
import { rowsCauses } from './rows/observe-rows.ts'

/** The state of an upstream at the time when the asset is built. */
export type CurrentUpstream =
  | {
      readonly kind: 'current'
      readonly version: number
      readonly content: Fingerprint
      /** See `Provenance`. */
      readonly before?: InputVersion
    }
  /** The plan rebuilds it first. */
  | { readonly kind: 'pending' }
  | { readonly kind: 'missing' }
  /** Its state is unknown: see `isUnreadable`. */
  | { readonly kind: 'unreadable' }

export type CurrentUpstreams = (key: string) => CurrentUpstream

/**
 * Why the asset is stale; none if materializing it cannot change its rows or the protocol of their
 * files.
 */
export function stalenessCauses(
  asset: ResolvedAsset,
  observed: Observation,
  upstream: CurrentUpstreams,
): readonly Cause[] {
  const { state } = observed
  if (!state) return [{ kind: 'missing', message: 'not built yet' }]
  const code = codeCause(asset, state.provenance.code)
  return [...(code ? [code] : []), ...inputCauses(asset, observed, { state, upstream }), ...vectorsCauses(asset, state)]
}

function inputCauses(
  asset: ResolvedAsset,
  { source, rows }: Observation,
  { state, upstream }: { readonly state: TableState; readonly upstream: CurrentUpstreams },
): readonly Cause[] {
  if (asset.kind === 'table') return upstreamCauses(asset, state, upstream)
  if (isFromCode(asset)) return rows ? rowsCauses(asset.declared.rows, state.provenance.source?.rows, rows) : []
  return sourceCauses(source)
}

function vectorsCauses(asset: ResolvedAsset, { provenance }: TableState): readonly VectorsCause[] {
  if (!provenance.deletionVectors || usesVectors(asset)) return []
  return [{ kind: 'vectors-off', message: 'deletionVectors is off: files with deleted rows are written anew' }]
}

export function isPending(cause: Cause): boolean {
  return cause.kind === 'upstream-changed' && cause.pending
}

function codeCause({ kind, code }: ResolvedAsset, then: AssetCode): CodeCause | undefined {
  if (code.version === then.version) return undefined
  // For a source, the hash of the query is a hash of the rules for reading it.
  const changes = codeChanges(code, then).map((change) =>
    kind === 'source' && change === 'the query' ? 'how it is read' : change,
  )
  return { kind: 'code-changed', message: `changed: ${changes.join('; ')}`, changes }
}

function upstreamCauses(asset: ResolvedTable, state: TableState, upstream: CurrentUpstreams): readonly Cause[] {
  return asset.upstream.flatMap((use) => upstreamCause(use, state, upstream(use.key)) ?? [])
}

function upstreamCause(use: UpstreamUse, state: TableState, current: CurrentUpstream): UpstreamCause | undefined {
  const consumed = inputOf(state.provenance.inputs, use.key)
  const cause = { kind: 'upstream-changed', upstream: use.key, fromVersion: consumed?.version ?? null } as const
  switch (current.kind) {
    case 'missing':
      return { ...cause, message: `${use.key} is missing`, pending: false, toVersion: null, columns: null }
    case 'unreadable':
      return { ...cause, message: `${use.key} cannot be read`, pending: false, toVersion: null, columns: null }
    case 'pending':
      return { ...cause, message: `${use.key} is rebuilt first`, pending: true, toVersion: null, columns: null }
    case 'current': {
      const { version, content } = current
      if (!consumed) {
        return {
          ...cause,
          message: `${use.key} was not read before`,
          pending: false,
          toVersion: version,
          columns: null,
        }
      }
      // Compares only the columns that the recorded query read. If a new query reads other columns,
      // `codeCause` reports that.
      const change = compareContent(comparable(consumed, current), content, Object.keys(consumed.content.columns))
      if (change.kind === 'none') return undefined
      const columns = change.kind === 'columns' ? change.columns : null
      const versions = `version ${consumed.version} -> ${version}`
      const rows = `${consumed.content.rows} -> ${content.rows} rows`
      // The upstream was deleted and built again, or its newest commits are lost.
      if (version < consumed.version) {
        const message = `${use.key} no longer has version ${consumed.version}, from which this was built (now ${version}, ${rows})`
        return { ...cause, message, pending: false, toVersion: version, columns }
      }
      const message = columns
        ? `${use.key} changed in ${columns.join(', ')} (${versions})`
        : `${use.key} changed (${versions}, ${rows})`
      return { ...cause, message, pending: false, toVersion: version, columns }
    }
  }
}

/**
 * The fingerprint of what the asset read. If the upstream's provenance has one by the algorithm of
 * the current version, returns that one.
 */
function comparable(
  { version, content }: InputVersion,
  now: Extract<CurrentUpstream, { kind: 'current' }>,
): Fingerprint {
  const isKnown = content.algorithm !== now.content.algorithm && now.before?.version === version
  return isKnown && now.before ? now.before.content : content
}

const FILES_NAMED = 5

function sourceCauses(source: SourceObservation | undefined): readonly SourceCause[] {
  if (!source) return []
  const { added, changed, removed } = source.changes
  const counts = { added: added.length, changed: changed.length, removed: removed.length }
  if (source.lostManifest !== undefined) {
    const files = changed.slice(0, FILES_NAMED).map(({ path }) => path)
    const message = `all files are read anew: the list of those that it was read from is lost (${source.lostManifest})`
    return [{ kind: 'source-changed', message, ...counts, files }]
  }
  const happened = Object.entries(counts).filter(([, count]) => count > 0)
  const [first, ...others] = happened.map(([what, count]) => ({ what, count }))
  if (!first) return []
  const files = [...changed.map(({ path }) => path), ...added.map(({ path }) => path), ...removed].slice(0, FILES_NAMED)
  const head = `${first.count} ${first.count === 1 ? 'file' : 'files'} ${first.what}`
  const summary = [head, ...others.map(({ what, count }) => `${count} ${what}`)].join(', ')
  const more = counts.added + counts.changed + counts.removed > 1 ? ', ...' : ''
  const of = source.table ? `version ${source.table.version} of its Delta table: ` : ''
  const message = `${of}${summary}: ${printableLine(files[0] ?? '')}${more}`
  return [{ kind: 'source-changed', message, ...counts, files }]
}
