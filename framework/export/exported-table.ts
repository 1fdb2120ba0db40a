/** Describes a table for other programs that will read it. */
import type { ColumnType } from '../declare/columns.ts'
import type { InputTable } from '../engine/data-file.ts'

interface ExportedColumn {
  readonly name: string
  readonly type: ColumnType
  readonly description: string | undefined
}

export interface ExportedTable {
  readonly key: string
  readonly description: string | undefined
  /** An absolute directory or an `s3://` URI. */
  readonly location: string
  readonly columns: readonly ExportedColumn[]
  /**
   * The data files of one version. Undefined if the program reads the log, and so the newest
   * version.
   */
  readonly pinned: InputTable | undefined
}
