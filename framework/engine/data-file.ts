/** Data files as an engine reads and writes them. */
import type { TableColumn } from '../delta/schema.ts'
import type { ColumnStats, FileStats } from '../delta/stats.ts'
import type { Fingerprint } from '../observe/fingerprint.ts'

/** A table as an engine reads it: one version's data files. */
export interface InputTable {
  readonly columns: readonly TableColumn[]
  /** As `Storage.locate` gives them. */
  readonly files: readonly string[]
  /** There where other writers had a hand in the version. Only what a local engine is asked reads such a table: nothing is built from it. */
  readonly foreign?: ForeignFiles
}

/** Files of other writers may lack columns: those of the partitions, whose values the log gives, and others, which are null then. */
export interface ForeignFiles {
  readonly partitionColumns: readonly string[]
  /** In the order of the files. */
  readonly partitionValues: readonly PartitionValues[]
}

/** A data file of a table version, with what the log knows of it. */
export interface DataFile {
  /** As `Storage.locate` gives it. */
  readonly location: string
  /** Undefined where the log does not say. */
  readonly rows: number | undefined
  /** Bytes. */
  readonly size: number
  readonly partitionValues: PartitionValues
  /** What a column's values lie between; undefined where it is not known. */
  stats(column: string): ColumnStats | undefined
}

export type PartitionValues = Readonly<Record<string, string | null>>

/** A data file that an engine wrote and nobody sees yet. */
export interface WrittenFile {
  /** A local path, or where in the lake's storage it is, as `Storage.locate` gives it. */
  readonly location: string
  readonly size: number
  readonly partitionValues: PartitionValues
  readonly stats: FileStats
  readonly fingerprint: Fingerprint
}
