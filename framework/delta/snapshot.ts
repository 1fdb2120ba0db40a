import { LakeError } from '../errors.ts'
import type { Storage } from '../storage/storage.ts'
import type { Actions, AddFile, DomainMetadata, Metadata, Protocol, RemoveFile, Txn } from './actions.ts'
import { readCheckpoint, readLastCheckpoint } from './checkpoint/checkpoint.ts'
import { corruptTable, foreignTable, type TablePlace } from './corrupt-table.ts'
import { lastOwnVersion, noSuchVersion, readCommitFiles } from './log/log.ts'
import {
  type Checkpoint,
  type LogFiles,
  listLog,
  logDirectory,
  logProblem,
  newestOf,
  startsOf,
} from './log/log-files.ts'
import { unreadableBecause } from './supported.ts'

/** A table as it is at one version. */
export interface Snapshot {
  readonly version: number
  readonly protocol: Protocol
  readonly metadata: Metadata
  /** The live files by path. */
  readonly files: ReadonlyMap<string, AddFile>
  /** Files that were removed and not added again, by path. Checkpoints keep them for a week, so older ones may be missing. */
  readonly removed: ReadonlyMap<string, RemoveFile>
  /** The last of each `appId`. */
  readonly transactions: ReadonlyMap<string, Txn>
  /** The last of each `domain`, those that were removed as well. */
  readonly domains: ReadonlyMap<string, DomainMetadata>
}

/**
 * The table at `version`, or as it is now: the newest usable checkpoint and the commits after it. Undefined where there is no such table; a
 * version that it does not have is a `usage` error, and one that lake cannot read right is a `corrupt-table`.
 */
export async function readSnapshot(storage: Storage, table: string, version?: number): Promise<Snapshot | undefined> {
  const snapshot = await readLogged(storage, table, version)
  const problem = snapshot && unreadableBecause(snapshot)
  if (problem !== undefined) throw foreignTable({ storage, table }, problem, await lastOwnVersion(storage, table))
  return snapshot
}

/** The same, whether or not lake could read the rows: what the log says of the version. */
export async function readLogged(storage: Storage, table: string, version?: number): Promise<Snapshot | undefined> {
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
  for (const start of startsOf(log, target)) {
    const checkpoint = start && (await usableCheckpoint(place, start))
    if (start && !checkpoint) continue
    const commits = await readCommitFiles(place, versionsBetween(start?.version ?? -1, target))
    return replay(place, target, [...(checkpoint ? [checkpoint] : []), ...commits])
  }
  return undefined
}

/** Versions after `start`, up to `end`. */
function versionsBetween(start: number, end: number): readonly number[] {
  return Array.from({ length: end - start }, (_, index) => start + 1 + index)
}

/** A checkpoint only repeats what the commits say: one that cannot be read is as good as none. */
async function usableCheckpoint(place: TablePlace, checkpoint: Checkpoint): Promise<Actions | undefined> {
  try {
    return await readCheckpoint(place, checkpoint)
  } catch (error) {
    if (error instanceof LakeError && error.code === 'corrupt-table') return undefined
    throw error
  }
}

function replay(place: TablePlace, version: number, history: readonly Actions[]): Snapshot {
  const files = new Map<string, AddFile>()
  const removed = new Map<string, RemoveFile>()
  const transactions = new Map<string, Txn>()
  const domains = new Map<string, DomainMetadata>()
  for (const actions of history) {
    for (const file of actions.removes) {
      files.delete(file.path)
      removed.set(file.path, file)
    }
    for (const file of actions.adds) {
      removed.delete(file.path)
      files.set(file.path, file)
    }
    for (const txn of actions.transactions) transactions.set(txn.appId, txn)
    for (const domain of actions.domains ?? []) domains.set(domain.domain, domain)
  }
  const protocol = history.findLast((actions) => actions.protocol)?.protocol
  const metadata = history.findLast((actions) => actions.metadata)?.metadata
  if (!protocol || !metadata) {
    const log = place.storage.locate(logDirectory(place.table))
    throw corruptTable(place, `there is no ${protocol ? 'metaData' : 'protocol'} in ${log}`)
  }
  return { version, protocol, metadata, files, removed, transactions, domains }
}

/** Why there is no snapshot. */
async function explain(place: TablePlace, log: LogFiles, version: number | undefined): Promise<never> {
  const newest = newestOf(log) ?? 0
  const oldest = Math.min(log.checkpoints[0]?.version ?? newest, log.commits[0] ?? newest)
  const target = version ?? newest
  if (!Number.isInteger(target) || target < oldest || target > newest)
    throw noSuchVersion(place.table, target, [oldest, newest])
  const problem = logProblem(place, log, target)
  if (problem) throw problem
  for (const start of startsOf(log, target)) if (start) await readCheckpoint(place, start)
  throw corruptTable(place, `its log changed while it was being read`)
}
