/** Declares data files in the forms in which an engine reads and writes them. */
import type { TableColumn } from '../delta/schema.ts'
import type { ColumnStats, FileStats } from '../delta/stats.ts'
import type { Fingerprint } from '../observe/fingerprint.ts'

/** The data files of one version of a table, as an engine reads them. */
export interface InputTable {
  readonly columns: readonly TableColumn[]
  /** In the form of `Storage.locate`. */
  readonly files: readonly string[]
  /**
   * Which rows of each file the version has, in the order of the files. Undefined for a file, or
   * for all: all of its rows.
   */
  readonly rows?: readonly (FileRows | undefined)[]
  /**
   * Present if other writers wrote parts of the version. Only a local engine's queries read such a
   * table, and no asset is built from it.
   */
  readonly foreign?: ForeignFiles
}

/** Some of the rows of a data file, by their positions in it: from 0, ascending, each once. */
export interface FileRows {
  readonly kind: 'except' | 'only'
  readonly positions: Uint32Array
  /** Number of rows of the whole file. */
  readonly rowsInFile: number
}

/**
 * Files of other writers. They can lack partition columns, whose values are in the log, and other
 * columns, which are then null.
 */
export interface ForeignFiles {
  readonly partitionColumns: readonly string[]
  /** In the order of the files. */
  readonly partitionValues: readonly PartitionValues[]
}

/** A data file of a table version, with what the log records of it. */
export interface DataFile {
  /** In the form of `Storage.locate`. */
  readonly location: string
  /** Number of rows that the version has. Undefined if the log does not say. */
  readonly rows: number | undefined
  /** Undefined if the version has all rows of the file. */
  readonly liveRows?: FileRows
  /** Bytes. */
  readonly size: number
  readonly partitionValues: PartitionValues
  /** Bounds of a column's values; undefined if unknown. */
  stats(column: string): ColumnStats | undefined
}

export type PartitionValues = Readonly<Record<string, string | null>>

/** A data file that an engine wrote and that is not published yet. */
export interface WrittenFile {
  /** A local path, or a location in the lake's storage in the form of `Storage.locate`. */
  readonly location: string
  readonly size: number
  readonly partitionValues: PartitionValues
  readonly stats: FileStats
  readonly fingerprint: Fingerprint
}
