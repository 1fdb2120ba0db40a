/** Defines the actions of a Delta log. */
import type { Fields } from './fields.ts'
import type { TableColumn } from './schema.ts'
import { rowsOf } from './stats.ts'
import type { DeletionVector } from './vectors/deletion-vector.ts'

/**
 * Fields of the log that lake does not know. Lake keeps them: a checkpoint without them would
 * remove them from the table.
 */
interface WithMore {
  readonly more?: Fields
}

/** Adds a data file to the table. */
export interface AddFile extends WithMore {
  /** Relative to the table, as in storage: not URI-encoded. */
  readonly path: string
  /**
   * The value of every partition column, as text. Dates are `yyyy-mm-dd`, timestamps ISO in UTC.
   * Delta does not distinguish '' from null.
   */
  readonly partitionValues: Readonly<Record<string, string | null>>
  /** Bytes. */
  readonly size: number
  /** Milliseconds since the epoch. */
  readonly modificationTime: number
  /** JSON, as in the log: `printStats` writes it, `parseStats` and `rowsOf` read it. */
  readonly stats?: string
  readonly tags: Readonly<Record<string, string>>
  /** Which rows of the file the table no longer has. */
  readonly deletionVector?: DeletionVector
}

/**
 * Removes a data file from the table. The file stays in storage, for readers of older versions,
 * until a vacuum deletes it.
 */
export interface RemoveFile extends WithMore {
  readonly path: string
  /** Milliseconds since the epoch. */
  readonly deletionTimestamp: number
  readonly partitionValues: Readonly<Record<string, string | null>>
  /** Bytes. */
  readonly size: number
  /** Number of rows, including deleted ones. Undefined if the log does not say it. */
  readonly rows?: number
  readonly deletionVector?: DeletionVector
}

export interface Metadata extends WithMore {
  readonly id: string
  /** Empty if the schema has a column of a type that lake does not know: see `unreadable`. */
  readonly columns: readonly TableColumn[]
  readonly partitionColumns: readonly string[]
  /** Milliseconds since the epoch. */
  readonly createdTime: number
  readonly configuration: Readonly<Record<string, string>>
  /** The schema as another writer wrote it, if lake would write it differently. */
  readonly schemaString?: string
  /** Why lake cannot use the schema. */
  readonly unreadable?: string
}

export interface Protocol extends WithMore {
  readonly minReaderVersion: number
  readonly minWriterVersion: number
  readonly readerFeatures?: readonly string[]
  readonly writerFeatures?: readonly string[]
}

/** The progress of a writer, by which it can avoid writing twice. */
export interface Txn extends WithMore {
  readonly appId: string
  readonly version: number
}

/** Data that a table feature of another writer keeps in the log under the name `domain`. */
export interface DomainMetadata extends WithMore {
  readonly domain: string
  readonly removed: boolean
}

export interface CommitInfo {
  /** Milliseconds since the epoch. */
  readonly timestamp: number
  readonly operation: string
  readonly engineInfo?: string
  /** Lake's own field: any JSON value. */
  readonly lake?: unknown
}

/**
 * The actions of one commit or checkpoint. No file is added twice, removed twice, or both added and
 * removed. With another deletion vector, a file counts as a different file.
 */
export interface Actions {
  readonly protocol?: Protocol
  readonly metadata?: Metadata
  readonly transactions: readonly Txn[]
  readonly domains?: readonly DomainMetadata[]
  readonly adds: readonly AddFile[]
  readonly removes: readonly RemoveFile[]
}

/** The last protocol and the last metadata of a history, which hold for the table after it. */
export function lastHeader(history: readonly Actions[]): Pick<Actions, 'protocol' | 'metadata'> {
  const protocol = history.findLast((actions) => actions.protocol)?.protocol
  const metadata = history.findLast((actions) => actions.metadata)?.metadata
  return { ...(protocol && { protocol }), ...(metadata && { metadata }) }
}

/** The action that removes `file` from the table. */
export function removeOf(file: AddFile, deletionTimestamp: number): RemoveFile {
  const { path, partitionValues, size, deletionVector } = file
  const rows = rowsOf(file.stats)
  return {
    ...{ path, deletionTimestamp, partitionValues, size, ...(rows !== undefined && { rows }) },
    // PROTOCOL.md: a file with a deletion vector is identified by its path and that vector.
    ...(deletionVector && { deletionVector }),
  }
}

/** The number of rows that the table has of a file; undefined if the log does not say it. */
export function liveRowsOf({ deletionVector, ...file }: AddFile | RemoveFile): number | undefined {
  const rows = 'stats' in file ? rowsOf(file.stats) : 'rows' in file ? file.rows : undefined
  return rows === undefined ? undefined : Math.max(0, rows - (deletionVector?.cardinality ?? 0))
}
