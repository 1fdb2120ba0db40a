import type { Fields } from './fields.ts'
import type { TableColumn } from './schema.ts'
import { rowsOf } from './stats.ts'

/** What a log says besides what lake knows. It is kept as it is: a checkpoint that left it out would take it from the table. */
interface WithMore {
  readonly more?: Fields
}

/** A data file that is part of the table from its commit on. */
export interface AddFile extends WithMore {
  /** Relative to the table, as the file is named in storage: not URI-encoded. */
  readonly path: string
  /** A value, as text, for every partition column. Dates are `yyyy-mm-dd`, timestamps ISO in UTC. Delta cannot tell '' from null. */
  readonly partitionValues: Readonly<Record<string, string | null>>
  /** Bytes. */
  readonly size: number
  /** Milliseconds since the epoch. */
  readonly modificationTime: number
  /** As it stands in the log: `printStats` makes it, `parseStats` and `rowsOf` read it. */
  readonly stats?: string
  readonly tags: Readonly<Record<string, string>>
}

/** A data file that is no longer part of the table. It stays in storage, for readers of older versions, until it is vacuumed. */
export interface RemoveFile extends WithMore {
  readonly path: string
  /** Milliseconds since the epoch. */
  readonly deletionTimestamp: number
  readonly partitionValues: Readonly<Record<string, string | null>>
  /** Bytes. */
  readonly size: number
  /** Undefined where the log does not say. */
  readonly rows?: number
}

export interface Metadata extends WithMore {
  readonly id: string
  /** None where the schema has a column that lake has no type for: see `unreadable`. */
  readonly columns: readonly TableColumn[]
  readonly partitionColumns: readonly string[]
  /** Milliseconds since the epoch. */
  readonly createdTime: number
  readonly configuration: Readonly<Record<string, string>>
  /** The schema as another writer wrote it, where lake would write it otherwise. */
  readonly schemaString?: string
  /** Why lake cannot work with the schema. */
  readonly unreadable?: string
}

export interface Protocol extends WithMore {
  readonly minReaderVersion: number
  readonly minWriterVersion: number
  readonly readerFeatures?: readonly string[]
  readonly writerFeatures?: readonly string[]
}

/** How far a writer had come: what makes it idempotent. */
export interface Txn extends WithMore {
  readonly appId: string
  readonly version: number
}

/** What a table feature of another writer keeps in the log under the name `domain`. */
export interface DomainMetadata extends WithMore {
  readonly domain: string
  readonly removed: boolean
}

export interface CommitInfo {
  /** Milliseconds since the epoch. */
  readonly timestamp: number
  readonly operation: string
  readonly engineInfo?: string
  /** Ours to use: any JSON value. */
  readonly lake?: unknown
}

/** The actions of one commit, or of a checkpoint. No path is both added and removed, or either twice. */
export interface Actions {
  readonly protocol?: Protocol
  readonly metadata?: Metadata
  readonly transactions: readonly Txn[]
  readonly domains?: readonly DomainMetadata[]
  readonly adds: readonly AddFile[]
  readonly removes: readonly RemoveFile[]
}

/** What takes `file` out of the table. */
export function removeOf(file: AddFile, deletionTimestamp: number): RemoveFile {
  const { path, partitionValues, size } = file
  const rows = rowsOf(file.stats)
  // PROTOCOL.md: a file with a deletion vector is taken out by its path and that vector.
  const deletionVector = file.more?.deletionVector
  return {
    ...{ path, deletionTimestamp, partitionValues, size, ...(rows !== undefined && { rows }) },
    ...(deletionVector !== undefined && { more: { deletionVector } }),
  }
}
