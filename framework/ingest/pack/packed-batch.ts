/** Describes a batch of packed rows and the source files in it. */
import type { LocalFile, StoredFile } from '../../storage/storage.ts'
import type { FileKeys } from '../keys/file-keys.ts'
import type { RejectedLine } from '../rejects.ts'

/**
 * The rows of some source files: a finished local file of packed lines, and plain files.
 */
export interface PackedBatch {
  /**
   * Newline-delimited JSON, one object per row: `_file`, `_line` (from 1; blank and rejected lines
   * count), the declared columns, and possibly others. The receiver owns the file and has to delete
   * it.
   */
  readonly path: string
  /** The number of rows in that file. All other rows are in plain files. */
  readonly packedRows: number
  readonly plain: readonly PlainFile[]
  /** Size of the packed lines and of the plain files. */
  readonly bytes: number
  readonly rows: number
  /** Length of the longest line of all these files, in bytes without its newline. */
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
 * A local source file whose every line is a row without any change, and ends with LF or with the
 * file. An engine reads it in place if it has not changed by then.
 */
export interface PlainFile {
  /** As in `_file`. */
  readonly path: string
  readonly local: LocalFile
  readonly rows: number
  /** The value of each path column, as JSON. */
  readonly pathValues: readonly string[]
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
  /** Missing if keys are not counted. */
  readonly keys?: FileKeys
}
