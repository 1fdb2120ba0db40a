/** Observes the current state of assets: their tables and source files. */
import { foreignTable } from '../delta/corrupt-table.ts'
import { lastOwnVersion, latestCommit } from '../delta/log/log.ts'
import { isCorruptTable, LakeError } from '../errors.ts'
import { isFromCode, type ResolvedAsset, type ResolvedSource } from '../graph/resolved-asset.ts'
import { Manifest } from '../ingest/manifest.ts'
import { compareFiles } from '../storage/packed-files.ts'
import { remembering } from '../storage/remembering.ts'
import type { Storage } from '../storage/storage.ts'
import { printableLine } from '../text/printable.ts'
import { withLostVersions } from './lost-versions.ts'
import type { Observation, Observations, TableState } from './observation.ts'
import { FORMAT, type Provenance, parseProvenance, type StoredProvenance, underKey } from './provenance.ts'
import { formerTable, underCurrentKeys } from './renamed-tables.ts'
import { observeRows } from './rows/observe-rows.ts'
import { emptiedTable, emptyProblem, missingSource } from './sources/absent-source.ts'
import { listSource } from './sources/list-source.ts'

/** The storages of a project: its lake and its sources. */
export interface ProjectStorages {
  readonly lake: Storage
  /** The root of a source's files. Throws `config` if none is configured. */
  source(key: string): Storage
}

/** The same storages for one run or one plan: the lake caches what never changes. */
export const rememberingLake = (storages: ProjectStorages): ProjectStorages => ({
  lake: remembering(storages.lake),
  source: (key) => storages.source(key),
})

/** Reads the newest commit of each asset's table and lists the files of each source. */
export async function observe(storages: ProjectStorages, assets: readonly ResolvedAsset[]): Promise<Observations> {
  const sources = { storages, patterns: patternsByRoot(storages, assets) }
  const observations = await Promise.all(assets.map((asset) => observeAsset(sources, asset)))
  return withLostVersions(storages.lake, new Map(observations.map((observation) => [observation.key, observation])))
}

interface Sources {
  readonly storages: ProjectStorages
  readonly patterns: PatternsByRoot
}

/** Root -> the patterns of all sources that read files there. */
export type PatternsByRoot = ReadonlyMap<string, readonly string[]>

export function patternsByRoot(storages: ProjectStorages, assets: readonly ResolvedAsset[]): PatternsByRoot {
  const patterns = new Map<string, string[]>()
  for (const asset of assets) {
    if (asset.kind !== 'source' || isFromCode(asset)) continue
    try {
      const { uri } = storages.source(asset.key)
      patterns.set(uri, [...(patterns.get(uri) ?? []), asset.declared.pattern])
    } catch (error) {
      // A source without a configured location is reported when it is observed.
      if (!(error instanceof LakeError)) throw error
    }
  }
  return patterns
}

async function observeAsset(sources: Sources, asset: ResolvedAsset): Promise<Observation> {
  const { key } = asset
  let current: CurrentVersion | undefined
  try {
    current = await observeCurrent(sources.storages.lake, asset)
    if (asset.kind === 'table') return { key, ...current, source: undefined, problem: undefined }
    if (isFromCode(asset)) {
      const rows = await observeRows(key, asset.declared.rows)
      return { key, ...current, source: undefined, rows, problem: undefined }
    }
    return { key, ...current, ...(await observeSource(sources, asset, current)) }
  } catch (error) {
    if (!(error instanceof LakeError)) throw error
    return { key, state: undefined, ...current, source: undefined, problem: error }
  }
}

export type CurrentVersion = Pick<Observation, 'state' | 'former' | 'renamed'>

/** The newest version of an asset's table, which can still be under the asset's former key. */
export async function observeCurrent(lake: Storage, asset: ResolvedAsset): Promise<CurrentVersion> {
  const { formerly } = asset.declared
  const change = formerly === undefined ? undefined : { from: formerly, to: asset.key }
  const former = change && (await formerTable(lake, change))
  const found = await observeTable(lake, former?.kind === 'to-move' ? former.key : asset.key)
  const fields = { ...(former && { former }) }
  if (!found) return { state: undefined, ...fields }
  const provenance = change ? underKey(found.provenance, change) : found.provenance
  const current = asset.kind === 'table' ? underCurrentKeys(asset, provenance) : { provenance, renamed: [] }
  const { renamed } = current
  return { state: { ...found, provenance: current.provenance }, ...fields, ...(renamed.length > 0 && { renamed }) }
}

/**
 * The newest version of a table; undefined if there is no table. Throws `corrupt-table` if lake
 * cannot read it or did not write it.
 */
export async function observeTable(lake: Storage, key: string): Promise<TableState | undefined> {
  const commit = await latestCommit(lake, key)
  if (!commit) return undefined
  const stored = parseProvenance(commit.commitInfo?.lake)
  if (stored.kind === 'refused' || stored.kind === 'later') {
    throw unreadableCommit(lake, { key, version: commit.version }, stored)
  }
  if (stored.kind === 'foreign') {
    throw foreignTable(
      { storage: lake, table: key },
      `its version ${commit.version} was not written by lake, so lake does not touch the table`,
      await lastOwnVersion(lake, key),
    )
  }
  return { version: commit.version, committedAt: new Date(commit.timestamp), provenance: stored.provenance }
}

/** The error for a version whose provenance is damaged or has the format of a later lake. */
export function unreadableCommit(
  lake: Storage,
  { key, version }: { readonly key: string; readonly version: number },
  stored: Extract<StoredProvenance, { kind: 'later' | 'refused' }>,
): LakeError {
  const where = `version ${version} of ${lake.uri}/${key}`
  if (stored.kind === 'later') {
    return new LakeError('corrupt-table', {
      problem: `a later version of lake wrote ${where} (format ${stored.format}; this one reads ${FORMAT})`,
      remedy: 'Upgrade lake.',
      asset: key,
    })
  }
  return new LakeError('corrupt-table', {
    problem: `${where} has a provenance that is not in the format of lake (commitInfo.lake: ${printableLine(stored.reason)})`,
    remedy: `Restore the table from a backup, or move ${lake.uri}/${key} away and run \`lake materialize ${key}\`.`,
    asset: key,
  })
}

async function observeSource(
  { storages, patterns }: Sources,
  asset: ResolvedSource,
  { state, former }: CurrentVersion,
): Promise<Pick<Observation, 'source' | 'problem'>> {
  const { declared: source } = asset
  const storage = storages.source(source.key)
  const storedKey = former?.kind === 'to-move' ? former.key : source.key
  const stored = state && underKey(state.provenance, { from: source.key, to: storedKey })
  const { manifest, lost } = await readManifest(storages.lake, storedKey, stored)
  if (!(await storage.exists())) throw missingSource(storage, source)
  const listing = { known: () => manifest.files.paths(), patternsHere: patterns.get(storage.uri) }
  const { listed, files, ignored, table } = await listSource(storage, asset, listing)
  // Without the manifest, every file can have changed.
  const changes =
    lost === undefined ? compareFiles(manifest.files, files) : { added: [], changed: files.list(), removed: [] }
  const observed = { manifest, files, ignored, changes, lostManifest: lost, ...(table && { table }) }
  const read = state?.provenance.source
  const location = { source, storage, before: read?.files }
  return {
    source: observed,
    problem: table ? emptiedTable(location, table, read?.table) : emptyProblem(location, listed, observed),
  }
}

async function readManifest(
  lake: Storage,
  key: string,
  provenance: Provenance | undefined,
): Promise<{ readonly manifest: Manifest; readonly lost: string | undefined }> {
  const path = provenance?.source?.manifest
  try {
    return { manifest: path ? await Manifest.read(lake, path, key) : Manifest.empty, lost: undefined }
  } catch (error) {
    if (!isCorruptTable(error)) throw error
    return { manifest: Manifest.empty, lost: `${lake.uri}/${printableLine(path ?? '')}` }
  }
}
