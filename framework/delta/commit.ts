/** Publishes a new version of a table as one commit. */
import { randomUUID } from 'node:crypto'
import type { Storage } from '../storage/storage.ts'
import type { Actions, AddFile, CommitInfo, Metadata, Protocol, RemoveFile, Txn } from './actions.ts'
import { writeCheckpoint } from './checkpoint/checkpoint.ts'
import type { TableLocation } from './corrupt-table.ts'
import { findCommitFile } from './log/log.ts'
import { commitPath } from './log/log-files.ts'
import { printCommit } from './log/write-actions.ts'
import { readLogged } from './snapshot.ts'
import { PROTOCOL } from './supported-features.ts'
import { fileId } from './vectors/deletion-vector.ts'

const CHECKPOINT_INTERVAL = 10
/** PROTOCOL.md's default of `delta.deletedFileRetentionDuration`. */
const TOMBSTONE_MILLIS = 7 * 24 * 60 * 60 * 1000

export interface CommitRequest {
  /** The version that the actions are based on; undefined for a new table. */
  readonly readVersion: number | undefined
  readonly actions: CommitActions
  readonly commitInfo: CommitInfo
}

/** The actions of a commit. A new table needs metadata. Other commits have it only to change it. */
export interface CommitActions {
  /** Only for a new table, and for a change of the protocol. */
  readonly protocol?: Protocol
  readonly metadata?: Metadata
  readonly transactions?: readonly Txn[]
  readonly adds?: readonly AddFile[]
  readonly removes?: readonly RemoveFile[]
}

/** After a `conflict` nothing was written: another writer made `version`. */
export type CommitOutcome =
  | { readonly outcome: 'committed'; readonly version: number }
  | { readonly outcome: 'conflict'; readonly version: number }

/**
 * Publishes the actions as the version after `readVersion`, all of them or none. The added files
 * must already be in storage. Writes a checkpoint after every 10th version.
 */
export async function commit(storage: Storage, table: string, request: CommitRequest): Promise<CommitOutcome> {
  const location = { storage, table }
  const actions = actionsOf(table, request)
  const version = request.readVersion === undefined ? 0 : request.readVersion + 1
  const commitId = randomUUID()
  const body = printCommit(actions, request.commitInfo, commitId)
  if (!(await publish(location, { version, commitId, body }))) return { outcome: 'conflict', version }
  if (version > 0 && version % CHECKPOINT_INTERVAL === 0)
    await checkpoint(location, version, request.commitInfo.timestamp)
  return { outcome: 'committed', version }
}

interface Publication {
  readonly version: number
  readonly commitId: string
  readonly body: string
}

/**
 * Returns false if another writer made the version. A response can be lost after the write
 * succeeded: then the storage throws, or tries again and finds that the file exists. So the commit
 * id in the file decides whose commit it is.
 */
async function publish(location: TableLocation, { version, commitId, body }: Publication): Promise<boolean> {
  const isOurs = async () => (await findCommitFile(location, version))?.commitId === commitId
  try {
    const outcome = await location.storage.putIfAbsent(commitPath(location.table, version), body)
    return outcome === 'created' || (await isOurs())
  } catch (error) {
    if (await isOurs().catch(() => false)) return true
    throw error
  }
}

function actionsOf(table: string, { readVersion, actions }: CommitRequest): Actions {
  const { protocol, metadata, transactions = [], adds = [], removes = [] } = actions
  if (readVersion === undefined && !metadata) throw new Error(`The first commit of ${table} has no metadata`)
  const ids = new Set<string>()
  for (const file of [...adds, ...removes]) {
    const id = fileId(file)
    if (ids.has(id)) throw new Error(`A commit of ${table} adds or removes ${file.path} twice`)
    ids.add(id)
  }
  return {
    transactions,
    adds,
    removes,
    ...(readVersion === undefined ? { protocol: protocol ?? PROTOCOL } : protocol && { protocol }),
    ...(metadata && { metadata }),
  }
}

/** Writes a checkpoint and ignores failures: a table is complete without its checkpoints. */
async function checkpoint(location: TableLocation, version: number, now: number): Promise<void> {
  try {
    const snapshot = await readLogged(location.storage, location.table, version)
    if (!snapshot) return
    const { protocol, metadata, files, removed, transactions, domains } = snapshot
    await writeCheckpoint(location, version, {
      protocol,
      metadata,
      transactions: [...transactions.values()],
      domains: [...domains.values()],
      adds: [...files.values()],
      removes: [...removed.values()].filter((file) => file.deletionTimestamp > now - TOMBSTONE_MILLIS),
    })
  } catch {
    // The next checkpoint is due in ten versions.
  }
}
