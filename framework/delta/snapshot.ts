import { LakeError } from '../errors.ts'
import type { Storage } from '../storage/storage.ts'
import type { Actions, AddFile, Metadata, Protocol, RemoveFile } from './actions.ts'
import { readCheckpoint, readLastCheckpoint } from './checkpoint.ts'
import { corruptTable, type TablePlace } from './corrupt-table.ts'
import { firstGap, type LogFiles, listLog, logDirectory, missingCommit, noSuchVersion, readCommitFiles } from './log.ts'

/** A table as it is at one version. */
export interface Snapshot {
  readonly version: number
  readonly protocol: Protocol
  readonly metadata: Metadata
  /** The live files by path. */
  readonly files: ReadonlyMap<string, AddFile>
  /** Files that were removed and not added again, by path. Checkpoints keep them for a week, so older ones may be missing. */
  readonly removed: ReadonlyMap<string, RemoveFile>
  /** The last `version` of each `appId`. */
  readonly transactions: ReadonlyMap<string, number>
}

/**
 * The table at `version`, or as it is now: the newest usable checkpoint and the commits after it. Undefined where there is no such table; a
 * version that it does not have is a `usage` error.
 */
export async function readSnapshot(storage: Storage, table: string, version?: number): Promise<Snapshot | undefined> {
  const place = { storage, table }
  const hinted = await readLastCheckpoint(place)
  if (hinted !== undefined && hinted <= (version ?? hinted)) {
    const snapshot = await snapshotFrom(place, await listLog(place, hinted), version)
    if (snapshot) return snapshot
  }
  const log = await listLog(place)
  if (log.commits.length === 0 && log.checkpoints.length === 0) return undefined
  return (await snapshotFrom(place, log, version)) ?? explain(place, log, version)
}

/** The snapshot that these files of the log give, or undefined where they do not reach from a beginning to the version. */
async function snapshotFrom(
  place: TablePlace,
  log: LogFiles,
  version: number | undefined,
): Promise<Snapshot | undefined> {
  const target = version ?? newestOf(log)
  if (target === undefined || !Number.isInteger(target) || target < 0 || target > (newestOf(log) ?? -1))
    return undefined
  for (const start of [...log.checkpoints.filter((checkpoint) => checkpoint <= target).reverse(), -1]) {
    if (firstGap(log.commits, start + 1, target) !== undefined) continue
    const checkpoint = start === -1 ? undefined : await usableCheckpoint(place, start)
    if (start !== -1 && !checkpoint) continue
    const commits = await readCommitFiles(place, versionsBetween(start, target))
    return replay(place, target, [...(checkpoint ? [checkpoint] : []), ...commits])
  }
  return undefined
}

function newestOf({ commits, checkpoints }: LogFiles): number | undefined {
  const newest = Math.max(commits.at(-1) ?? -1, checkpoints.at(-1) ?? -1)
  return newest < 0 ? undefined : newest
}

/** Versions after `start`, up to `end`. */
function versionsBetween(start: number, end: number): readonly number[] {
  return Array.from({ length: end - start }, (_, index) => start + 1 + index)
}

/** A checkpoint only repeats what the commits say: one that cannot be read is as good as none. */
async function usableCheckpoint(place: TablePlace, version: number): Promise<Actions | undefined> {
  try {
    return await readCheckpoint(place, version)
  } catch (error) {
    if (error instanceof LakeError && error.code === 'corrupt-table') return undefined
    throw error
  }
}

function replay(place: TablePlace, version: number, history: readonly Actions[]): Snapshot {
  const files = new Map<string, AddFile>()
  const removed = new Map<string, RemoveFile>()
  const transactions = new Map<string, number>()
  for (const actions of history) {
    for (const file of actions.removes) {
      files.delete(file.path)
      removed.set(file.path, file)
    }
    for (const file of actions.adds) {
      removed.delete(file.path)
      files.set(file.path, file)
    }
    for (const { appId, version } of actions.transactions) transactions.set(appId, version)
  }
  const protocol = history.findLast((actions) => actions.protocol)?.protocol
  const metadata = history.findLast((actions) => actions.metadata)?.metadata
  if (!protocol || !metadata) {
    const log = place.storage.locate(logDirectory(place.table))
    throw corruptTable(place, `there is no ${protocol ? 'metaData' : 'protocol'} in ${log}`)
  }
  return { version, protocol, metadata, files, removed, transactions }
}

/** Why there is no snapshot. */
async function explain(place: TablePlace, log: LogFiles, version: number | undefined): Promise<never> {
  const newest = newestOf(log) ?? 0
  const oldest = Math.min(log.checkpoints[0] ?? newest, log.commits[0] ?? newest)
  const target = version ?? newest
  if (!Number.isInteger(target) || target < oldest || target > newest)
    throw noSuchVersion(place.table, target, [oldest, newest])
  const checkpoint = log.checkpoints.findLast(
    (start) => start <= target && firstGap(log.commits, start + 1, target) === undefined,
  )
  if (checkpoint !== undefined) await readCheckpoint(place, checkpoint)
  const gap = firstGap(log.commits, 0, target)
  if (gap !== undefined) throw missingCommit(place, gap)
  throw corruptTable(place, `its log changed while it was being read`)
}
