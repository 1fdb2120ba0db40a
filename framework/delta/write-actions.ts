import type { Actions, AddFile, CommitInfo, Metadata, RemoveFile } from './actions.ts'
import type { Fields } from './fields.ts'
import { encodePath } from './file-path.ts'
import { printSchema } from './schema.ts'

/** The content of `_delta_log/VERSION.json`: one action a line, the commit's own account of itself first. */
export function printCommit(actions: Actions, commitInfo: CommitInfo, commitId: string): string {
  // Spark expects the parameters; it shows them in DESCRIBE HISTORY.
  const info = { commitInfo: { operationParameters: {}, ...commitInfo, commitId } }
  return [info, ...writeActions(actions, true)].map((row) => `${JSON.stringify(row)}\n`).join('')
}

/** One action a row, under its name, as PROTOCOL.md says in "Actions". A checkpoint's rows are no change of data, a commit's are. */
export function writeActions(actions: Actions, dataChange: boolean): readonly Fields[] {
  return [
    ...(actions.protocol ? [{ protocol: actions.protocol }] : []),
    ...(actions.metadata ? [{ metaData: writeMetadata(actions.metadata) }] : []),
    ...actions.transactions.map((txn) => ({ txn })),
    ...actions.removes.map((file) => ({ remove: { ...writeRemove(file), dataChange } })),
    ...actions.adds.map((file) => ({ add: { ...writeAdd(file), dataChange } })),
  ]
}

function writeMetadata({ id, columns, partitionColumns, createdTime, configuration }: Metadata): Fields {
  const format = { provider: 'parquet', options: {} }
  return { id, format, schemaString: printSchema(columns), partitionColumns, configuration, createdTime }
}

function writeAdd({ path, tags, ...file }: AddFile): Fields {
  return { path: encodePath(path), ...file, ...(Object.keys(tags).length > 0 && { tags }) }
}

function writeRemove({ path, rows, ...file }: RemoveFile): Fields {
  const stats = rows === undefined ? {} : { stats: JSON.stringify({ numRecords: rows }) }
  return { path: encodePath(path), ...file, ...stats, extendedFileMetadata: true }
}
