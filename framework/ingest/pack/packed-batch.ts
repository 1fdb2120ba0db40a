import type { StoredFile } from '../../storage/storage.ts'
import type { RejectedLine } from '../rejects.ts'

/**
 * A finished local file of newline-delimited JSON, one object a row: `_file` and `_line` (from 1, blank and refused lines counted), then
 * the declared columns, perhaps among others. The file is the receiver's, to delete too.
 */
export interface PackedBatch {
  readonly path: string
  readonly bytes: number
  readonly rows: number
  /** Bytes of the longest line, its newline left out. */
  readonly longestLine: number
  /** The first and the last file of which the batch holds rows; undefined where it holds none. */
  readonly firstFile: string | undefined
  readonly lastFile: string | undefined
  /** The files that ended in this batch. */
  readonly files: readonly PackedFile[]
  /** The lines refused while this batch was packed; texts are cut at 65,536 characters, and what is not UTF-8 in them is U+FFFD. */
  readonly rejects: readonly RejectedLine[]
}

/** One source file, read to its end. Size and etag are those of the content that was read; counts are of the whole file. */
export interface PackedFile extends StoredFile {
  /** Rows and rejected lines; blank ones aside. */
  readonly lines: number
  readonly rows: number
  readonly rejected: number
}
