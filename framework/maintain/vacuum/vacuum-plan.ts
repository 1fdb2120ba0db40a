/**
 * Decides which files and scratch directories of a lake a vacuum deletes, without touching storage.
 */
import { type TableLifetimes, vectorLifetimes } from '../../delta/lifetimes.ts'
import { inputOf, knownProvenance, sourceFilesOf } from '../../observe/provenance.ts'
import type { Claim } from '../../run/claims/claim.ts'
import type { OpenClaims } from '../../run/claims/open-claims.ts'
import { runStartedAt } from '../../run/run-id.ts'
import type { ScratchDirectory } from '../../run/scratch.ts'
import type { StoredItem } from '../../storage/storage.ts'
import { type KeptVersions, keptVersions, unneededFiles } from './retention.ts'

/** Everything that a vacuum's decisions depend on. */
export interface LakeContents {
  /** Milliseconds since the epoch. */
  readonly now: number
  /** How long ago a version must have been the newest to be kept, in milliseconds. */
  readonly olderThan: number
  /** The project's assets. Tables of other projects in the same lake are left alone. */
  readonly keys: ReadonlySet<string>
  /** Key -> the asset's former key. Other tables can have recorded their inputs under it. */
  readonly formerKeys: ReadonlyMap<string, string>
  /** How long ago a version must have been the newest to stay in the log, in milliseconds. */
  readonly keepHistory: number
  /** Key -> the number of versions that checks compare the next version with. */
  readonly compared: ReadonlyMap<string, number>
  /** How long the events of runs are kept, in milliseconds. undefined: for ever. */
  readonly keepRuns?: number | undefined
  /** Every file in the tables' directories and in `_lake`. */
  readonly items: readonly StoredItem[]
  readonly scratch: readonly ScratchDirectory[]
  readonly claims: OpenClaims
  /** By key. Assets that have not been built are missing. */
  readonly tables: ReadonlyMap<string, TableLifetimes>
}

/**
 * A file or scratch directory that no kept version needs. It is kept if a live run can still need
 * it.
 */
export interface VacuumDecision {
  readonly path: string
  /** Bytes. */
  readonly size: number
  readonly action: 'delete' | 'keep'
  readonly why: string
}

/** Maximum age, in milliseconds, of a file that a run can be about to publish. */
const YOUNG_MS = 60 * 60_000

/**
 * Returns the kept versions of each table. A live run can read any version that was the newest when
 * it started, or has become the newest since.
 */
export function versionsToKeep(contents: LakeContents): ReadonlyMap<string, readonly KeptVersions[]> {
  const { tables, formerKeys } = contents
  const since = retainedSince(contents)
  return new Map(
    [...tables].map(([key, { versions }]) => {
      const names = [key, formerKeys.get(key) ?? key]
      return [key, keptVersions(versions, { since, inputs: readersOf(names, tables) })]
    }),
  )
}

/** Versions that were the newest at this time or later are kept. */
const retainedSince = ({ now, olderThan, claims }: LakeContents): number =>
  Math.min(now - olderThan, ...claims.live.map(startedAt))

/**
 * Whether the log has lost versions that would be kept: the oldest readable version replaced
 * another one within the retention. A commit that was lost by accident can come back from a backup.
 */
export function hasLostVersions(contents: LakeContents, { oldest, versions }: TableLifetimes): boolean {
  return oldest > 0 && (versions[0]?.timestamp ?? contents.now) >= retainedSince(contents)
}

const startedAt = ({ runId }: Claim): number => runStartedAt(runId)?.getTime() ?? Number.NEGATIVE_INFINITY

/**
 * Maps versions of a table to the assets whose newest version was made from them. `names` are the
 * keys that the table has or had.
 */
function readersOf(names: readonly string[], tables: LakeContents['tables']): ReadonlyMap<number, readonly string[]> {
  const readers = new Map<number, string[]>()
  for (const [reader, { versions }] of tables) {
    const newest = knownProvenance(versions.at(-1)?.commitInfo.lake)
    const [input] = names.flatMap((name) => (newest && inputOf(newest.inputs, name)) ?? [])
    if (input) readers.set(input.version, [...(readers.get(input.version) ?? []), reader])
  }
  return readers
}

/**
 * Decides about every file that no kept version needs. Leaves files alone if their names are not
 * those that lake gives.
 */
export function decideFiles(
  contents: LakeContents,
  kept: ReadonlyMap<string, readonly KeptVersions[]>,
): readonly VacuumDecision[] {
  const named = filesInLogs(contents.tables, kept)
  const runsWithClusters = recordedClusterRuns(contents)
  return contents.items.flatMap((item): readonly VacuumDecision[] => {
    if (item.unfinished) return decideUnfinished(contents, item)
    const use = named.get(item.path)
    if (use !== undefined) return use === NEEDED ? [] : [decide(contents, item, use)]
    const run = runOfLeftover(item.path)
    if (run !== undefined) {
      if (isIntent(item) && runsWithClusters.has(run)) return [keptIntent(item)]
      const decision = decideLeftover(contents, item, run)
      // A lease in use is not reported as kept: this vacuum has one too.
      return isLease(item) && decision.action === 'keep' ? [] : [decision]
    }
    const logged = runOfLog(item.path)
    if (logged !== undefined) return decideRunLog(contents, item, logged)
    const source = ownerOfBegunRead(item.path)
    if (source !== undefined) return contents.keys.has(source) ? [decideBegunRead(contents, item, source)] : []
    const owner = ownerOfLoose(item.path)
    if (owner === undefined || !contents.keys.has(owner)) return []
    const table = contents.tables.get(owner)
    if (table && hasLostVersions(contents, table)) return [keptUnnamed(item, table)]
    const builder = contents.claims.live.find(({ key }) => key === owner)
    const loose = decide(contents, item, 'in no version: left by a run that did not publish it')
    return [builder ? { ...loose, action: 'keep', why: `${builder.runId} is building ${owner}` } : loose]
  })
}

const keptUnnamed = ({ path, size }: StoredItem, { oldest }: TableLifetimes): VacuumDecision => ({
  ...{ path, size, action: 'keep' },
  why: `can be of a version that the log has lost: it begins at version ${oldest}, within the retention`,
})

function decideUnfinished({ now }: LakeContents, { path, size, changedAt }: StoredItem): readonly VacuumDecision[] {
  if (path.startsWith('_lake/scratch/')) return []
  const why = 'half-written'
  return changedAt <= now - YOUNG_MS
    ? [{ path, size, action: 'delete', why: `${why}, left by a process that was killed` }]
    : [{ path, size, action: 'keep', why: `${why}, less than an hour ago` }]
}

function decide({ now, claims }: LakeContents, { path, size, changedAt }: StoredItem, why: string): VacuumDecision {
  const [run] = claims.live
  if (!run || changedAt <= now - YOUNG_MS) return { path, size, action: 'delete', why }
  return { path, size, action: 'keep', why: `less than an hour old while ${run.runId} is at work` }
}

/**
 * The run that made a temporary file: a scratch file of an engine, a spec or result of a step, the
 * intent of a submission, or the lease of the run.
 */
function runOfLeftover(path: string): string | undefined {
  const [, run = ''] = /^_lake\/(?:leases\/|scratch\/|spark\/(?:intents\/lake_)?)([^/.]+)[/.]./.exec(path) ?? []
  return runStartedAt(run) ? run : undefined
}

/** The run whose events are in the file. */
function runOfLog(path: string): string | undefined {
  const [, run = ''] = /^_lake\/runs\/([^/]+)\.ndjson$/.exec(path) ?? []
  return runStartedAt(run) ? run : undefined
}

/** Past runs are history. They are kept for ever unless the project declares `keepRuns`. */
function decideRunLog(
  { now, keepRuns, claims }: LakeContents,
  { path, size }: StoredItem,
  run: string,
): readonly VacuumDecision[] {
  const startedAt = runStartedAt(run)?.getTime() ?? now
  if (keepRuns === undefined || startedAt > now - keepRuns) return []
  if (claims.live.some(({ runId }) => runId === run)) return []
  return [{ path, size, action: 'delete', why: 'events of a run that is older than keepRuns' }]
}

/** The runs that can have left clusters running. */
function recordedClusterRuns({ items }: LakeContents): ReadonlySet<string> {
  return new Set(items.flatMap(({ path }) => /^_lake\/spark\/clusters\/([^/]+)\.json$/.exec(path)?.[1] ?? []))
}

const isIntent = ({ path }: StoredItem): boolean => path.startsWith('_lake/spark/intents/')
const isLease = ({ path }: StoredItem): boolean => path.startsWith('_lake/leases/')

function keptIntent({ path, size }: StoredItem): VacuumDecision {
  return {
    path,
    size,
    action: 'keep',
    why: 'its run may have left a cluster running, and this file is needed to find it',
  }
}

function decideLeftover(
  { now, claims }: LakeContents,
  { path, size, changedAt }: StoredItem,
  run: string,
): VacuumDecision {
  const file = { path, size }
  if (claims.live.some(({ runId }) => runId === run)) return { ...file, action: 'keep', why: 'its run is at work' }
  // Another run can be about to adopt it.
  if (changedAt > now - YOUNG_MS) return { ...file, action: 'keep', why: 'used within the last hour' }
  return { ...file, action: 'delete', why: 'its run ended without removing it' }
}

/** The source whose interrupted read has kept the file. */
function ownerOfBegunRead(path: string): string | undefined {
  return /^_lake\/sources\/(\w+)\/begun\//.exec(path)?.[1]
}

/** The next run continues from the file. After the retention, that is no longer expected. */
function decideBegunRead(
  { now, olderThan, claims }: LakeContents,
  { path, size, changedAt }: StoredItem,
  source: string,
): VacuumDecision {
  const file = { path, size }
  const reader = claims.live.find(({ key }) => key === source)
  if (reader) return { ...file, action: 'keep', why: `${reader.runId} is building ${source}` }
  const isRecent = changedAt > now - Math.max(olderThan, YOUNG_MS)
  if (isRecent) return { ...file, action: 'keep', why: 'the next run continues from it' }
  return { ...file, action: 'delete', why: 'kept by an interrupted read that no run has continued' }
}

/**
 * Finds the asset of a data file, a file of deletion vectors, a manifest or a rejects file by the
 * name of the file. Runs write such files before they publish.
 */
function ownerOfLoose(path: string): string | undefined {
  const [, table] = /^(\w+)\/(?:part-[^/]+\.parquet|deletion_vector_[\w-]+\.bin)$/.exec(path) ?? []
  const [, source] = /^_lake\/sources\/(\w+)\/(?:manifest|rejects)-[^/]+\.gz$/.exec(path) ?? []
  return table ?? source
}

const NEEDED = Symbol('needed by a version that is kept')

/**
 * Maps each file that a version names to NEEDED, or to a description of the versions that had it.
 */
function filesInLogs(
  tables: LakeContents['tables'],
  keptVersions: ReadonlyMap<string, readonly KeptVersions[]>,
): ReadonlyMap<string, string | typeof NEEDED> {
  const found = new Map<string, string | typeof NEEDED>()
  for (const [key, table] of tables) {
    const kept = keptVersions.get(key) ?? []
    const sources = sourceFiles(key, table)
    const own = [...table.files, ...vectorLifetimes(table)]
    const unneeded = unneededFiles([...own, ...sources], kept)
    for (const { path } of own) found.set(`${key}/${path}`, unneeded.get(path) ?? NEEDED)
    for (const { path } of sources) found.set(path, unneeded.get(path) ?? NEEDED)
  }
  return found
}

/** The manifests and rejects of a source, with the versions that name them. */
function sourceFiles(key: string, { versions }: TableLifetimes): TableLifetimes['files'] {
  return versions.flatMap(({ version, commitInfo }) => {
    const provenance = knownProvenance(commitInfo.lake)
    const paths = provenance ? sourceFilesOf(key, provenance) : []
    return paths.map((path) => ({ path, from: version, until: version + 1 }))
  })
}

/** Decides about every scratch directory of a lake on this machine. */
export function decideScratch({ now, scratch, claims }: LakeContents): readonly VacuumDecision[] {
  const working = new Set(claims.live.map(({ runId }) => runId))
  const dead = new Set(claims.dead.map(({ runId }) => runId))
  return scratch.map(({ runId, size, changedAt }) => {
    const file = { path: `_lake/scratch/${runId}`, size }
    if (working.has(runId)) return { ...file, action: 'keep', why: 'its run is at work' }
    if (dead.has(runId)) return { ...file, action: 'delete', why: 'its run is dead' }
    // Some commands use a scratch directory without a claim.
    if (changedAt > now - YOUNG_MS) return { ...file, action: 'keep', why: 'used within the last hour' }
    return { ...file, action: 'delete', why: 'its run ended without removing it' }
  })
}
