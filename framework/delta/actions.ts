import type { TableColumn } from './schema.ts'
import { rowsOf } from './stats.ts'

/** A data file that is part of the table from its commit on. */
export interface AddFile {
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
export interface RemoveFile {
  readonly path: string
  /** Milliseconds since the epoch. */
  readonly deletionTimestamp: number
  readonly partitionValues: Readonly<Record<string, string | null>>
  /** Bytes. */
  readonly size: number
  /** Undefined where the log does not say. */
  readonly rows?: number
}

export interface Metadata {
  readonly id: string
  readonly columns: readonly TableColumn[]
  readonly partitionColumns: readonly string[]
  /** Milliseconds since the epoch. */
  readonly createdTime: number
  readonly configuration: Readonly<Record<string, string>>
}

export interface Protocol {
  readonly minReaderVersion: number
  readonly minWriterVersion: number
}

/** How far a writer had come: what makes it idempotent. */
export interface Txn {
  readonly appId: string
  readonly version: number
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
  readonly adds: readonly AddFile[]
  readonly removes: readonly RemoveFile[]
}

/** What takes `file` out of the table. */
export function removeOf(file: AddFile, deletionTimestamp: number): RemoveFile {
  const { path, partitionValues, size } = file
  const rows = rowsOf(file.stats)
  return { path, deletionTimestamp, partitionValues, size, ...(rows !== undefined && { rows }) }
}
