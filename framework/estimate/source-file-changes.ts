/** Finds the source files that explain why a table differs between two versions. */
import { isCorruptTable } from '../errors.ts'
import type { AssetGraph } from '../graph/asset-graph.ts'
import { Manifest } from '../ingest/manifest.ts'
import type { ManifestEntry } from '../ingest/manifest-entry.ts'
import { inputOf, type Provenance, readProvenance, type SourceState } from '../observe/provenance.ts'
import type { FileChange } from '../plan/estimate.ts'
import type { Storage } from '../storage/storage.ts'

/** Two versions of an asset. */
interface VersionSpan {
  readonly key: string
  readonly from: number
  readonly to: number
}

/**
 * Returns the source files whose changes led from one version of an asset to the other, directly or
 * through its upstreams. Leaves out what cannot be traced: a version that another program wrote, or
 * an upstream that was not an input of both versions.
 */
export async function changedSourceFiles(
  context: { readonly lake: Storage; readonly graph: AssetGraph },
  span: VersionSpan,
): Promise<readonly FileChange[]> {
  const changes = new Map<string, FileChange>()
  await collect(context, span, changes)
  return [...changes.values()].toSorted((left, right) => (pathOf(left) < pathOf(right) ? -1 : 1))
}

const pathOf = ({ source, path }: FileChange): string => `${source}/${path}`

async function collect(
  context: { readonly lake: Storage; readonly graph: AssetGraph },
  { key, from, to }: VersionSpan,
  changes: Map<string, FileChange>,
): Promise<void> {
  if (from === to || !context.graph.has(key)) return
  const [before, after] = await Promise.all([
    readableProvenance(context.lake, key, from),
    readableProvenance(context.lake, key, to),
  ])
  if (!before || !after) return
  if (before.source && after.source) {
    const [old, now] = await Promise.all([
      manifestOf(context.lake, before.source, key),
      manifestOf(context.lake, after.source, key),
    ])
    if (!old || !now) return
    for (const change of manifestChanges(key, old, now)) changes.set(pathOf(change), change)
  }
  for (const [upstream, input] of Object.entries(after.inputs)) {
    const consumed = inputOf(before.inputs, upstream)
    if (consumed) await collect(context, { key: upstream, from: consumed.version, to: input.version }, changes)
  }
}

/** Undefined if it is unreadable. The changes are only shown, so a gap in them is no error. */
function readableProvenance(lake: Storage, key: string, version: number): Promise<Provenance | undefined> {
  return readProvenance(lake, key, version).catch(() => undefined)
}

/** Undefined if the manifest is lost or damaged, or if code gave the rows. */
async function manifestOf(lake: Storage, { manifest }: SourceState, key: string): Promise<Manifest | undefined> {
  if (manifest === undefined) return undefined
  return Manifest.read(lake, manifest, key).catch((error) => {
    if (isCorruptTable(error)) return undefined
    throw error
  })
}

function manifestChanges(source: string, before: Manifest, after: Manifest): readonly FileChange[] {
  return before.differing(after).map((path) => fileChange({ source, path }, before.entry(path), after.entry(path)))
}

function fileChange(
  file: Pick<FileChange, 'source' | 'path'>,
  before: ManifestEntry | undefined,
  after: ManifestEntry | undefined,
): FileChange {
  const change = before ? (after ? 'changed' : 'removed') : 'added'
  return { ...file, change, rowsBefore: before?.rows ?? 0, rowsAfter: after?.rows ?? 0 }
}
