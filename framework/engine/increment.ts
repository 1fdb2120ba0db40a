/**
 * Declares the request to bring a table up to date by the changes of its upstreams, and its result.
 */
import type { TableColumn } from '../delta/schema.ts'
import type { FollowedQuery, ResolvedTable } from '../graph/resolved-asset.ts'
import type { Fingerprint } from '../observe/fingerprint.ts'
import type { Result } from '../refusal.ts'
import type { BuildResult } from './build-request.ts'
import type { DataFile, InputTable, PartitionValues } from './data-file.ts'

/** The version of an upstream from which the table was made, and the version to bring it up to. */
export interface InputVersions {
  readonly columns: readonly TableColumn[]
  readonly before: readonly DataFile[]
  readonly after: readonly DataFile[]
  /**
   * The column whose values select the rows that can differ. All other rows are equal in both
   * versions.
   */
  readonly within: RowsWithin | undefined
  /** Undefined if no other table of the run follows the same change. */
  readonly shared?: SharedChange | undefined
}

/** A change of an upstream that several tables of a run follow. */
interface SharedChange {
  /** The same text for the same two versions of the same upstream. */
  readonly name: string
  /** The columns that any of the tables reads. */
  readonly columns: readonly string[]
  /** Number of tables that are expected to follow it. */
  readonly tables: number
}

export interface RowsWithin {
  readonly column: string
  readonly values: readonly string[]
  /** Numbers of rows with these values, in each version. */
  readonly rowsBefore: number
  readonly rowsAfter: number
}

/** Number of rows that were removed from an upstream and added to it. */
export interface ChangedRows {
  readonly removed: number
  readonly added: number
}

/** The request to find the rows that changes of the upstreams affect. */
export interface AffectedRequest {
  readonly asset: ResolvedTable
  readonly followed: FollowedQuery
  /** Alias -> the upstream. */
  readonly inputs: ReadonlyMap<string, InputVersions>
  /** The current version's files. */
  readonly current: readonly DataFile[]
  /** Key -> the version of an asset that a `references` check reads. */
  readonly referenced: ReadonlyMap<string, ReferencedTable>
  readonly signal: AbortSignal
  /**
   * Called with the changed rows of each changed upstream, by alias, before the work that depends
   * on their number. If it returns a reason to rebuild the table, the increment is given up.
   */
  readonly reconsidered?: (changed: ReadonlyMap<string, ChangedRows>) => string | undefined
}

/** The request to replace these rows. */
export interface IncrementRequest extends AffectedRequest {
  /** An existing empty local directory; the files are written there. */
  readonly directory: string
}

export interface ReferencedTable {
  readonly table: InputTable
  /** Whether the table can have lost a key since the current rows were checked. */
  readonly canHaveLostKeys: boolean
}

/** Rows of a current file that an increment deletes without rewriting the file. */
export interface MarkedRows {
  readonly location: string
  /** Positions in the file: from 0, ascending, each once. */
  readonly positions: Uint32Array
  /** The fingerprint of these rows. */
  readonly fingerprint: Fingerprint
}

/** The increment changes nothing if it neither writes nor replaces a file, nor marks rows. */
export interface IncrementResult extends BuildResult {
  readonly marked: readonly MarkedRows[]
  /** Locations of the current files that the written ones replace. */
  readonly replaced: readonly string[]
  readonly affected: AffectedStats
}

/** How much an increment changes. */
export interface AffectedStats {
  /** Number of keys whose rows change; of partitions, if full partitions are replaced. */
  readonly keys: number
  readonly rowsRemoved: number
  readonly rowsAdded: number
  /**
   * The partitions in which rows change; a single one without values if the table has no
   * partitions.
   */
  readonly partitions: readonly PartitionValues[]
}

/** Rows and bytes of data files. */
export interface Volume {
  readonly rows: number
  readonly bytes: number
}

/** What an increment would change, read and write. */
export interface IncrementPreview {
  readonly affected: AffectedStats
  /** The files that were read to compute it. */
  readonly read: Volume
  /** The files that would be written. Their bytes are an estimate. */
  readonly written: Volume
}

/** The increment was given up before it wrote anything, because a rebuild takes less time. */
interface GivenUp {
  readonly kind: 'given-up'
  readonly reason: string
}

/** The result; or why the changes cannot be followed; or that a rebuild is cheaper. */
export type Followed<Value> = Result<Value & { readonly kind: 'followed' }> | GivenUp
