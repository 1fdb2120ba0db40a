/** Describes a Parquet file that is ready to be read. */
import type { OpenFile } from '../../../../storage/storage.ts'
import type { FilePlan } from './file-plan.ts'

/** A file whose rows can be converted. */
export interface ReadyFile {
  readonly file: OpenFile
  /** The local file with its content. */
  readonly location: string
  readonly plan: FilePlan
  readonly rows: number
  /** The value of each path column, as JSON. */
  readonly pathValues: readonly string[]
}
