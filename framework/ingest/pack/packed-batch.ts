/** Describes a batch of packed rows and the source files in it. */
import type { StoredFile } from '../../storage/storage.ts'
import type { RejectedLine } from '../rejects.ts'

/**
 * A finished local file of newline-delimited JSON, one object per row: `_file`, `_line` (from 1;
 * blank and rejected lines count), the declared columns, and possibly others. The receiver owns the
 * file and has to delete it.
 */
export interface PackedBatch {
  readonly path: string
  readonly bytes: number
  readonly rows: number
  /** Length of the longest line, in bytes without its newline. */
  readonly longestLine: number
  /** The first and the last source file with rows in the batch; undefined if it has no rows. */
  readonly firstFile: string | undefined
  readonly lastFile: string | undefined
  /** The source files that ended in this batch. */
  readonly files: readonly PackedFile[]
  /**
   * The lines rejected while this batch was packed. Texts are cut at 65,536 characters, and U+FFFD
   * replaces bytes that are not UTF-8.
   */
  readonly rejects: readonly RejectedLine[]
}

/**
 * One source file that was read to its end. Size and etag are those of the content that was read.
 * Counts are for the complete file.
 */
export interface PackedFile extends StoredFile {
  /** Number of rows and rejected lines, without blank lines. */
  readonly lines: number
  readonly rows: number
  readonly rejected: number
}
