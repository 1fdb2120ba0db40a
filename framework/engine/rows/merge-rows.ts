/**
 * Declares the request to merge rows that code gave into the table of their source, and its result.
 */
import type { ResolvedSource } from '../../graph/resolved-asset.ts'
import type { ManifestEntry } from '../../ingest/manifest-entry.ts'
import type { RejectedLine } from '../../ingest/rejects.ts'
import type { GivenRows } from '../../ingest/rows/row-packer.ts'
import type { InputTable, WrittenFile } from '../data-file.ts'

export interface MergeRequest {
  readonly source: ResolvedSource
  readonly given: GivenRows
  /** The current rows, which stay unless a given row or key replaces them. */
  readonly current: InputTable
  /** Whether a row replaces an earlier one with its key. If not, it is refused. */
  readonly upserts: boolean
  /** Files of `current` that are merged into one. */
  readonly merged: readonly string[]
  /** An existing empty local directory. */
  readonly directory: string
  readonly signal: AbortSignal
}

export interface MergeResult {
  readonly files: readonly WrittenFile[]
  /** The files of `current` whose remaining rows are in `files`. */
  readonly replaced: readonly string[]
  /** The counts of the rows and of the deleted keys, before keys were compared. */
  readonly read: { readonly rows: readonly ManifestEntry[]; readonly deleted: readonly ManifestEntry[] }
  /** All refused rows and keys, ordered by `line`. */
  readonly rejects: readonly RejectedLine[]
  /** Number of rows that were refused because of their key. */
  readonly repeated: number
}
