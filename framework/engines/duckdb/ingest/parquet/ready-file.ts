/** Describes a Parquet file that is ready to be read. */
import type { FileRows } from '../../../../engine/data-file.ts'
import type { OpenFile } from '../../../../storage/storage.ts'
import type { FilePlan } from './file-plan.ts'

/** A file whose rows can be converted. */
export interface ReadyFile {
  readonly file: OpenFile
  /** The local file with its content. */
  readonly location: string
  readonly plan: FilePlan
  /** Number of its rows, without deleted ones. */
  readonly rows: number
  /** The rows that count; undefined if all do. */
  readonly liveRows: FileRows | undefined
  /** The value of each path column, as JSON. */
  readonly pathValues: readonly string[]
  /** The text of each partition value in the log of the Delta table. */
  readonly partitionTexts: readonly (string | null)[]
}
