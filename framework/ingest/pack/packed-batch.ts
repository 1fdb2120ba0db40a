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
   * count), the declared columns, and possibly others. An empty text is null in a column with
   * `emptyIsNull`. The receiver owns the file and has to delete it.
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
 * A source file whose every line is a row without any change, and ends with LF or with the file.
 * Delimited text can have other lines before its first row. An engine reads the lines in place if
 * the source file has not changed by then.
 */
export interface PlainFile {
  /** The path of the source file, as rows have it in `_file`. */
  readonly path: string
  /** The local file with the lines. */
  readonly location: string
  /** The source file, if the lines are in it. If not, the receiver has to delete `location`. */
  readonly source: LocalFile | undefined
  readonly rows: number
  /** The value of each path column, as JSON. */
  readonly pathValues: readonly string[]
  /** Missing if the file has lines of JSON. */
  readonly delimited?: DelimitedRecords
}

/** The records of a plain file of delimited text, each of which is one line. */
export interface DelimitedRecords {
  /** The names of their fields, in order. */
  readonly names: readonly string[]
  /** The line of the first record. */
  readonly firstLine: number
}

/** The lines of a plain file, or some of them. */
export interface PlainLines {
  readonly rows: number
  readonly bytes: number
  /** Length of the longest line, in bytes without its newline. */
  readonly longest: number
  /** Missing if they are JSON. */
  readonly delimited?: DelimitedRecords
}

/**
 * One source file that was read to its end. Size and etag belong to the content that was read.
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
