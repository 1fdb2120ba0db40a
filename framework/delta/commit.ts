import { randomUUID } from 'node:crypto'
import type { Storage } from '../storage/storage.ts'
import type { Actions, AddFile, CommitInfo, Metadata, Protocol, RemoveFile, Txn } from './actions.ts'
import { writeCheckpoint } from './checkpoint/checkpoint.ts'
import type { TablePlace } from './corrupt-table.ts'
import { findCommitFile } from './log/log.ts'
import { commitPath } from './log/log-files.ts'
import { printCommit } from './log/write-actions.ts'
import { readLogged } from './snapshot.ts'
import { PROTOCOL } from './supported.ts'

const CHECKPOINT_INTERVAL = 10
/** PROTOCOL.md's default of `delta.deletedFileRetentionDuration`. */
const TOMBSTONE_MILLIS = 7 * 24 * 60 * 60 * 1000

export interface CommitRequest {
  /** The version that the actions were worked out from; undefined to make a new table. */
  readonly readVersion: number | undefined
  readonly actions: CommitActions
  readonly commitInfo: CommitInfo
}

/** What a commit does. A new table needs metadata; else it is given only where it changes. */
export interface CommitActions {
  /** Given where it changes: back to what an earlier version had. */
  readonly protocol?: Protocol
  readonly metadata?: Metadata
  readonly transactions?: readonly Txn[]
  readonly adds?: readonly AddFile[]
  readonly removes?: readonly RemoveFile[]
}

/** On `conflict` nothing was written: `version` is another writer's. */
export type CommitOutcome =
  | { readonly outcome: 'committed'; readonly version: number }
  | { readonly outcome: 'conflict'; readonly version: number }

/**
 * Publishes the actions as the version after `readVersion`, all of them or none. The files that are added must be in storage already.
 * Every 10th version is followed by a checkpoint.
 */
export async function commit(storage: Storage, table: string, request: CommitRequest): Promise<CommitOutcome> {
  const place = { storage, table }
  const actions = actionsOf(table, request)
  const version = request.readVersion === undefined ? 0 : request.readVersion + 1
  const commitId = randomUUID()
  const body = printCommit(actions, request.commitInfo, commitId)
  if (!(await publish(place, { version, commitId, body }))) return { outcome: 'conflict', version }
  if (version > 0 && version % CHECKPOINT_INTERVAL === 0) await checkpoint(place, version, request.commitInfo.timestamp)
  return { outcome: 'committed', version }
}

interface Publication {
  readonly version: number
  readonly commitId: string
  readonly body: string
}

/**
 * False where another writer has the version. A response can be lost after the write was done: the storage then fails, or tries again and
 * finds that the file exists. So the file itself tells whose it is.
 */
async function publish(place: TablePlace, { version, commitId, body }: Publication): Promise<boolean> {
  const isOurs = async () => (await findCommitFile(place, version))?.commitId === commitId
  try {
    const outcome = await place.storage.putIfAbsent(commitPath(place.table, version), body)
    return outcome === 'created' || (await isOurs())
  } catch (error) {
    if (await isOurs().catch(() => false)) return true
    throw error
  }
}

function actionsOf(table: string, { readVersion, actions }: CommitRequest): Actions {
  const { protocol, metadata, transactions = [], adds = [], removes = [] } = actions
  if (readVersion === undefined && !metadata) throw new Error(`The first commit of ${table} has no metadata`)
  const paths = new Set<string>()
  for (const { path, more } of [...adds, ...removes]) {
    // A file with another deletion vector is another file of the table.
    const id = JSON.stringify([path, more?.deletionVector])
    if (paths.has(id)) throw new Error(`A commit of ${table} adds or removes ${path} twice`)
    paths.add(id)
  }
  return {
    transactions,
    adds,
    removes,
    ...(readVersion === undefined ? { protocol: PROTOCOL } : protocol && { protocol }),
    ...(metadata && { metadata }),
  }
}

/** A table is complete without its checkpoints, so that failing to write one is not worth failing for. */
async function checkpoint(place: TablePlace, version: number, now: number): Promise<void> {
  try {
    const snapshot = await readLogged(place.storage, place.table, version)
    if (!snapshot) return
    const { protocol, metadata, files, removed, transactions, domains } = snapshot
    await writeCheckpoint(place, version, {
      protocol,
      metadata,
      transactions: [...transactions.values()],
      domains: [...domains.values()],
      adds: [...files.values()],
      removes: [...removed.values()].filter((file) => file.deletionTimestamp > now - TOMBSTONE_MILLIS),
    })
  } catch {
    // The next one is due in ten versions.
  }
}
