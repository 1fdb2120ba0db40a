/** Prints the actions of commits and checkpoints. */
import type { Actions, AddFile, CommitInfo, DomainMetadata, Metadata, Protocol, RemoveFile, Txn } from '../actions.ts'
import type { Fields } from '../fields.ts'
import { encodePath } from '../file-path.ts'
import { printSchema } from '../schema.ts'
import { type DeletionVector, writeVector } from '../vectors/deletion-vector.ts'

/** The content of `_delta_log/VERSION.json`: one action per line, `commitInfo` first. */
export function printCommit(actions: Actions, commitInfo: CommitInfo, commitId: string): string {
  // Spark expects `operationParameters` and shows them in DESCRIBE HISTORY.
  const info = { commitInfo: { operationParameters: {}, ...commitInfo, commitId } }
  return [info, ...writeActions(actions, true)].map((row) => `${JSON.stringify(row)}\n`).join('')
}

/**
 * One action per row, under its name (PROTOCOL.md, "Actions"). `dataChange` is true for a commit
 * and false for a checkpoint.
 */
export function writeActions(actions: Actions, dataChange: boolean): readonly Fields[] {
  return [
    ...(actions.protocol ? [{ protocol: writeProtocol(actions.protocol) }] : []),
    ...(actions.metadata ? [{ metaData: writeMetadata(actions.metadata) }] : []),
    ...actions.transactions.map((txn) => ({ txn: writeTxn(txn) })),
    ...(actions.domains ?? []).map((domain) => ({ domainMetadata: writeDomain(domain) })),
    ...actions.removes.map((file) => ({ remove: { ...writeRemove(file), dataChange } })),
    ...actions.adds.map((file) => ({ add: { ...writeAdd(file), dataChange } })),
  ]
}

const writeProtocol = ({ more, ...protocol }: Protocol): Fields => ({ ...protocol, ...more })

const writeTxn = ({ more, ...txn }: Txn): Fields => ({ ...txn, ...more })

const writeDomain = ({ more, ...domain }: DomainMetadata): Fields => ({ ...domain, ...more })

function writeMetadata({ columns, schemaString = printSchema(columns), more, ...metadata }: Metadata): Fields {
  const { id, partitionColumns, createdTime, configuration } = metadata
  const format = { provider: 'parquet', options: {} }
  return { id, format, ...more, schemaString, partitionColumns, configuration, createdTime }
}

function writeAdd({ path, tags, deletionVector, more, ...file }: AddFile): Fields {
  const some = Object.keys(tags).length > 0 && { tags }
  return { path: encodePath(path), ...file, ...some, ...vectorField(deletionVector), ...more }
}

function writeRemove({ path, rows, deletionVector, more, ...file }: RemoveFile): Fields {
  const stats = rows === undefined ? {} : { stats: JSON.stringify({ numRecords: rows }) }
  return {
    path: encodePath(path),
    ...file,
    ...stats,
    extendedFileMetadata: true,
    ...vectorField(deletionVector),
    ...more,
  }
}

const vectorField = (vector: DeletionVector | undefined): Fields =>
  vector ? { deletionVector: writeVector(vector) } : {}
