import type { TableLifetimes } from '../delta/lifetimes.ts'
import { inputOf, parseProvenance, sourceFilesOf } from '../observe/provenance.ts'
import type { Claim, OpenClaims } from '../run/claims.ts'
import { runStartedAt } from '../run/run-id.ts'
import type { ScratchDirectory } from '../run/scratch.ts'
import type { StoredItem } from '../storage/storage.ts'
import { type KeptVersions, keptVersions, unneededFiles } from './retention.ts'

/** All that a vacuum decides from. */
export interface LakeContents {
  /** Milliseconds since the epoch. */
  readonly now: number
  /** Milliseconds. */
  readonly olderThan: number
  /** The project's assets. Another project's tables in the same lake are not judged. */
  readonly keys: ReadonlySet<string>
  /** Key -> the one that the asset had before, under which others may have recorded what they read of it. */
  readonly formerKeys: ReadonlyMap<string, string>
  /** Every file below the tables' directories and below `_lake`. */
  readonly items: readonly StoredItem[]
  readonly scratch: readonly ScratchDirectory[]
  readonly claims: OpenClaims
  /** By asset; without those that have not been built. */
  readonly tables: ReadonlyMap<string, TableLifetimes>
}

/** A file or scratch directory that nobody needs: whether it is deleted all the same depends on who may be at work. */
export interface VacuumDecision {
  readonly path: string
  /** Bytes. */
  readonly size: number
  readonly verdict: 'delete' | 'keep'
  readonly why: string
}

/** What a run may be about to publish is younger. */
const YOUNG_MS = 60 * 60_000

/** Of each table the versions that are kept. A run that is at work may read whatever was the newest when it began, or became it since. */
export function versionsToKeep(contents: LakeContents): ReadonlyMap<string, readonly KeptVersions[]> {
  const { now, olderThan, claims, tables, formerKeys } = contents
  const since = Math.min(now - olderThan, ...claims.working.map(startedAt))
  return new Map(
    [...tables].map(([key, { versions }]) => {
      const names = [key, formerKeys.get(key) ?? key]
      return [key, keptVersions(versions, { since, inputs: readersOf(names, tables) })]
    }),
  )
}

const startedAt = ({ runId }: Claim): number => runStartedAt(runId)?.getTime() ?? Number.NEGATIVE_INFINITY

/** Version of the table with one of these names -> the assets whose newest version was made from it. */
function readersOf(names: readonly string[], tables: LakeContents['tables']): ReadonlyMap<number, readonly string[]> {
  const readers = new Map<number, string[]>()
  for (const [reader, { versions }] of tables) {
    const newest = parseProvenance(versions.at(-1)?.commitInfo.lake)
    const [input] = names.flatMap((name) => (newest && inputOf(newest.inputs, name)) ?? [])
    if (input) readers.set(input.version, [...(readers.get(input.version) ?? []), reader])
  }
  return readers
}

/** Every file that is not needed. What is not a file of the project's assets by its name is left alone. */
export function decideFiles(
  contents: LakeContents,
  kept: ReadonlyMap<string, readonly KeptVersions[]>,
): readonly VacuumDecision[] {
  const named = filesInLogs(contents.tables, kept)
  const mayHaveClusters = notedRuns(contents)
  return contents.items.flatMap((item): readonly VacuumDecision[] => {
    if (item.unfinished) return judgeUnfinished(contents, item)
    const use = named.get(item.path)
    if (use !== undefined) return use === NEEDED ? [] : [judge(contents, item, use)]
    const run = runOfLeftover(item.path)
    if (run !== undefined) {
      return [isIntent(item) && mayHaveClusters.has(run) ? keptIntent(item) : judgeLeftover(contents, item, run)]
    }
    const source = ownerOfBegun(item.path)
    if (source !== undefined) return contents.keys.has(source) ? [judgeBegun(contents, item, source)] : []
    const owner = ownerOfLoose(item.path)
    if (owner === undefined || !contents.keys.has(owner)) return []
    const builder = contents.claims.working.find(({ key }) => key === owner)
    const loose = judge(contents, item, 'in no version: left by a run that did not publish it')
    return [builder ? { ...loose, verdict: 'keep', why: `${builder.runId} is building ${owner}` } : loose]
  })
}

function judgeUnfinished({ now }: LakeContents, { path, size, changedAt }: StoredItem): readonly VacuumDecision[] {
  if (path.startsWith('_lake/scratch/')) return []
  const why = 'half-written'
  return changedAt <= now - YOUNG_MS
    ? [{ path, size, verdict: 'delete', why: `${why}, left by a process that was killed` }]
    : [{ path, size, verdict: 'keep', why: `${why}, less than an hour ago` }]
}

function judge({ now, claims }: LakeContents, { path, size, changedAt }: StoredItem, why: string): VacuumDecision {
  const [run] = claims.working
  if (!run || changedAt <= now - YOUNG_MS) return { path, size, verdict: 'delete', why }
  return { path, size, verdict: 'keep', why: `less than an hour old while ${run.runId} is at work` }
}

/** The run that put it there on the way to what it published: files of an engine that works in the lake, its steps, notes of what it submitted. */
function runOfLeftover(path: string): string | undefined {
  const [, run = ''] = /^_lake\/(?:scratch\/|spark\/(?:intents\/lake_)?)([^/]+)\/./.exec(path) ?? []
  return runStartedAt(run) ? run : undefined
}

/** The runs that may have left clusters up. */
function notedRuns({ items }: LakeContents): ReadonlySet<string> {
  return new Set(items.flatMap(({ path }) => /^_lake\/spark\/clusters\/([^/]+)\.json$/.exec(path)?.[1] ?? []))
}

const isIntent = ({ path }: StoredItem): boolean => path.startsWith('_lake/spark/intents/')

function keptIntent({ path, size }: StoredItem): VacuumDecision {
  return { path, size, verdict: 'keep', why: 'its run may have left a cluster up, which is found by it' }
}

function judgeLeftover(
  { now, claims }: LakeContents,
  { path, size, changedAt }: StoredItem,
  run: string,
): VacuumDecision {
  const of = { path, size }
  if (claims.working.some(({ runId }) => runId === run)) return { ...of, verdict: 'keep', why: 'its run is at work' }
  // Another run may be taking up what this one left.
  if (changedAt > now - YOUNG_MS) return { ...of, verdict: 'keep', why: 'used within the last hour' }
  return { ...of, verdict: 'delete', why: 'its run ended without clearing it away' }
}

/** The source of which a read that was broken off has kept the file. */
function ownerOfBegun(path: string): string | undefined {
  return /^_lake\/sources\/(\w+)\/begun\//.exec(path)?.[1]
}

/** The next run goes on from it. Where none has come for so long, none will. */
function judgeBegun(
  { now, olderThan, claims }: LakeContents,
  { path, size, changedAt }: StoredItem,
  source: string,
): VacuumDecision {
  const of = { path, size }
  const reader = claims.working.find(({ key }) => key === source)
  if (reader) return { ...of, verdict: 'keep', why: `${reader.runId} is building ${source}` }
  const isRecent = changedAt > now - Math.max(olderThan, YOUNG_MS)
  if (isRecent) return { ...of, verdict: 'keep', why: 'the next run goes on from it' }
  return { ...of, verdict: 'delete', why: 'kept of a read that was broken off, and that no run went on with' }
}

/** The asset whose file it is by its name: a data file, a manifest or rejects, as runs put them there before they publish. */
function ownerOfLoose(path: string): string | undefined {
  const [, table] = /^(\w+)\/part-[^/]+\.parquet$/.exec(path) ?? []
  const [, source] = /^_lake\/sources\/(\w+)\/(?:manifest|rejects)-[^/]+\.gz$/.exec(path) ?? []
  return table ?? source
}

const NEEDED = Symbol('needed by a version that is kept')

/** Each file that a version names -> whether it is needed, or which versions had it. */
function filesInLogs(
  tables: LakeContents['tables'],
  keptVersions: ReadonlyMap<string, readonly KeptVersions[]>,
): ReadonlyMap<string, string | typeof NEEDED> {
  const found = new Map<string, string | typeof NEEDED>()
  for (const [key, table] of tables) {
    const kept = keptVersions.get(key) ?? []
    const sources = sourceFiles(key, table)
    const unneeded = unneededFiles([...table.files, ...sources], kept)
    for (const { path } of table.files) found.set(`${key}/${path}`, unneeded.get(path) ?? NEEDED)
    for (const { path } of sources) found.set(path, unneeded.get(path) ?? NEEDED)
  }
  return found
}

/** The source's manifests and rejects, with the versions that name them. */
function sourceFiles(key: string, { versions }: TableLifetimes): TableLifetimes['files'] {
  return versions.flatMap(({ version, commitInfo }) => {
    const provenance = parseProvenance(commitInfo.lake)
    const paths = provenance ? sourceFilesOf(key, provenance) : []
    return paths.map((path) => ({ path, from: version, until: version + 1 }))
  })
}

/** Every scratch directory; its path is that of a lake on disk. */
export function decideScratch({ now, scratch, claims }: LakeContents): readonly VacuumDecision[] {
  const working = new Set(claims.working.map(({ runId }) => runId))
  const dead = new Set(claims.dead.map(({ runId }) => runId))
  return scratch.map(({ runId, size, changedAt }) => {
    const of = { path: `_lake/scratch/${runId}`, size }
    if (working.has(runId)) return { ...of, verdict: 'keep', why: 'its run is at work' }
    if (dead.has(runId)) return { ...of, verdict: 'delete', why: 'its run is dead' }
    // Not every reader holds a claim while it works.
    if (changedAt > now - YOUNG_MS) return { ...of, verdict: 'keep', why: 'used within the last hour' }
    return { ...of, verdict: 'delete', why: 'its run ended without clearing it away' }
  })
}
