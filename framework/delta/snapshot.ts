/** Reconstructs a version of a table from its log. */
import { readOnce } from '../storage/remembering.ts'
import type { Storage } from '../storage/storage.ts'
import {
  type Actions,
  type AddFile,
  type DomainMetadata,
  lastHeader,
  type Metadata,
  type Protocol,
  type RemoveFile,
  type Txn,
} from './actions.ts'
import { readCheckpoint, readLastCheckpoint } from './checkpoint/checkpoint.ts'
import { corruptTable, foreignTable, isDamaged, type TableLocation } from './corrupt-table.ts'
import { lastOwnVersion, noSuchVersion, readCommitFiles } from './log/log.ts'
import {
  type Checkpoint,
  type LogFiles,
  listLog,
  logDirectory,
  logProblem,
  newestOf,
  startsOf,
  wasRemoved,
} from './log/log-files.ts'
import { unreadableBecause } from './supported-features.ts'
import { fileId } from './vectors/deletion-vector.ts'

/** A table at one version. */
export interface Snapshot {
  readonly version: number
  readonly protocol: Protocol
  readonly metadata: Metadata
  /** The live files by path. */
  readonly files: ReadonlyMap<string, AddFile>
  /**
   * Files that were removed and not added again, by `fileId`. Checkpoints keep them for a week, so
   * older ones can be missing.
   */
  readonly removed: ReadonlyMap<string, RemoveFile>
  /** The last transaction of each `appId`. */
  readonly transactions: ReadonlyMap<string, Txn>
  /** The last metadata of each `domain`, even if it was removed. */
  readonly domains: ReadonlyMap<string, DomainMetadata>
}

/**
 * The table at `version`, by default the newest; undefined if there is no table. Reads the newest
 * usable checkpoint and the commits after it. Throws `usage` if the table does not have the
 * version, and `corrupt-table` if lake cannot read it correctly.
 */
export async function readSnapshot(storage: Storage, table: string, version?: number): Promise<Snapshot | undefined> {
  const snapshot = await readLogged(storage, table, version)
  const problem = snapshot && unreadableBecause(snapshot)
  if (problem !== undefined) throw foreignTable({ storage, table }, problem, await lastOwnVersion(storage, table))
  return snapshot
}

/**
 * Does the same as `readSnapshot`, but reads only the log. lake may be unable to read the rows of
 * the version.
 */
export async function readLogged(storage: Storage, table: string, version?: number): Promise<Snapshot | undefined> {
  const location = { storage, table }
  if (version !== undefined) return readOnce(storage, remembered(table, version), () => readAt(location, version))
  const log = await listEnd(location)
  const newest = newestOf(log)
  return newest === undefined
    ? undefined
    : readOnce(storage, remembered(table, newest), () => readAt(location, newest, log))
}

/**
 * The newest version of a table that another program writes; undefined if its log has no file.
 * Reads only the log: see `readOutsideTable`.
 */
export async function readOutsideLog(location: TableLocation): Promise<Snapshot | undefined> {
  const log = await listEnd(location)
  const newest = newestOf(log)
  return newest === undefined ? undefined : readAt(location, newest, log)
}

/**
 * Approximate size of a data file's entry in the log, which is mostly its statistics and its
 * fingerprint.
 */
const BYTES_OF_FILE = 1_500

const remembered = (table: string, version: number) => ({
  name: `${table}@${version}`,
  bytes: ({ files, removed }: Snapshot) => (files.size + removed.size) * BYTES_OF_FILE,
})

async function readAt(location: TableLocation, version: number, end?: LogFiles): Promise<Snapshot | undefined> {
  const snapshot = await snapshotFrom(location, end ?? (await listEnd(location, version)), version)
  if (snapshot) return snapshot
  const log = await listLog(location)
  if (newestOf(log) === undefined) return undefined
  return (await snapshotFrom(location, log, version)) ?? explain(location, log, version)
}

/** The files of the log, from its last checkpoint on if possible. */
async function listEnd(location: TableLocation, version?: number): Promise<LogFiles> {
  const hinted = await readLastCheckpoint(location)
  const end = hinted !== undefined && hinted <= (version ?? hinted) ? await listLog(location, hinted) : undefined
  return end && newestOf(end) !== undefined ? end : listLog(location)
}

/**
 * The snapshot from these files of the log; undefined if they do not lead from a start to the
 * version.
 */
export async function snapshotFrom(
  location: TableLocation,
  log: LogFiles,
  target: number,
): Promise<Snapshot | undefined> {
  if (!Number.isInteger(target) || target < 0 || target > (newestOf(log) ?? -1)) return undefined
  for (const start of startsOf(log, target)) {
    const checkpoint = start && (await usableCheckpoint(location, start))
    if (start && !checkpoint) continue
    const commits = await readCommitFiles(location, versionsBetween(start?.version ?? -1, target))
    return replay(location, target, [...(checkpoint ? [checkpoint] : []), ...commits])
  }
  return undefined
}

/** Versions after `start`, up to `end`. */
function versionsBetween(start: number, end: number): readonly number[] {
  return Array.from({ length: end - start }, (_, index) => start + 1 + index)
}

/**
 * The checkpoint's actions; undefined if it cannot be read. A checkpoint only repeats what the
 * commits say, so reading can start elsewhere.
 */
async function usableCheckpoint(location: TableLocation, checkpoint: Checkpoint): Promise<Actions | undefined> {
  try {
    return await readCheckpoint(location, checkpoint)
  } catch (error) {
    if (isDamaged(error)) return undefined
    throw error
  }
}

/** The version after these actions, which begin with the first commit or with a checkpoint. */
export function replay(location: TableLocation, version: number, history: readonly Actions[]): Snapshot {
  const files = new Map<string, AddFile>()
  const removed = new Map<string, RemoveFile>()
  const transactions = new Map<string, Txn>()
  const domains = new Map<string, DomainMetadata>()
  for (const actions of history) {
    for (const file of actions.removes) {
      files.delete(file.path)
      removed.set(fileId(file), file)
    }
    for (const file of actions.adds) {
      removed.delete(fileId(file))
      files.set(file.path, file)
    }
    for (const txn of actions.transactions) transactions.set(txn.appId, txn)
    for (const domain of actions.domains ?? []) domains.set(domain.domain, domain)
  }
  const { protocol, metadata } = lastHeader(history)
  if (!protocol || !metadata) {
    const log = location.storage.locate(logDirectory(location.table))
    throw corruptTable(location, `there is no ${protocol ? 'metaData' : 'protocol'} in ${log}`)
  }
  return { version, protocol, metadata, files, removed, transactions, domains }
}

/** Throws the reason why there is no snapshot. */
async function explain(location: TableLocation, log: LogFiles, target: number): Promise<never> {
  const newest = newestOf(log) ?? 0
  if (!Number.isInteger(target) || target < 0 || target > newest || wasRemoved(log, target))
    throw noSuchVersion(location.table, target, log)
  const problem = logProblem(location, log, target)
  if (problem) throw problem
  for (const start of startsOf(log, target)) if (start) await readCheckpoint(location, start)
  throw corruptTable(location, `its log changed while it was being read`)
}
