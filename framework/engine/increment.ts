/** The request to bring a table up to date by what changed in its upstreams, and its result. */
import type { TableColumn } from '../delta/schema.ts'
import type { FollowedQuery, ResolvedTable } from '../graph/resolved-asset.ts'
import type { BuildResult } from './build.ts'
import type { DataFile, InputTable, PartitionValues } from './data-file.ts'

/** An upstream as it was when the table was made, and as it is now. */
export interface InputVersions {
  readonly columns: readonly TableColumn[]
  readonly before: readonly DataFile[]
  readonly after: readonly DataFile[]
  /** Rows with other values of this column are the same in both. */
  readonly within: { readonly column: string; readonly values: readonly string[] } | undefined
}

/** The rows of a current table that its upstreams' changes affect are to be replaced. */
export interface IncrementRequest {
  readonly asset: ResolvedTable
  readonly followed: FollowedQuery
  /** Alias -> the upstream. */
  readonly inputs: ReadonlyMap<string, InputVersions>
  /** The current version's files. */
  readonly current: readonly DataFile[]
  /** Key -> the version of an asset that a `references` check reads. */
  readonly referenced: ReadonlyMap<string, ReferencedTable>
  /** An existing empty local directory; the files are written there. */
  readonly directory: string
  readonly signal: AbortSignal
}

export interface ReferencedTable {
  readonly table: InputTable
  /** Whether it may have lost keys since the current rows were checked. */
  readonly moved: boolean
}

/** What the increment changes; nothing where neither a file is written nor one replaced. */
export interface IncrementResult extends BuildResult {
  /** Standing files, by their location, that the written ones stand for. */
  readonly replaced: readonly string[]
  readonly affected: AffectedStats
}

/** How much an increment comes to. */
export interface AffectedStats {
  /** Keys whose rows change; partitions, where those are replaced whole. */
  readonly keys: number
  readonly rowsRemoved: number
  readonly rowsAdded: number
  /** The partitions in which rows change; one without values where the table has no partitions. */
  readonly partitions: readonly PartitionValues[]
}

/** Rows and bytes of data files. */
export interface Volume {
  readonly rows: number
  readonly bytes: number
}

/** What an increment would come to. */
export interface IncrementPreview {
  readonly affected: AffectedStats
  /** Of the files that it was worked out from. */
  readonly read: Volume
  /** Of the files that would be written; their bytes are an estimate. */
  readonly written: Volume
}

/** The current table does not hold the rows that its upstreams made then, so that no change of them can be followed. */
export class NotAsRecorded extends Error {
  override readonly name = 'NotAsRecorded'
}
