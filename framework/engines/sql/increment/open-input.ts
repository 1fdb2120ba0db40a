/** Describes an upstream of an increment whose changed rows have been found. */
import type { DataFile } from '../../../engine/data-file.ts'
import type { ChangedRows, InputVersions } from '../../../engine/increment.ts'

/** Changed rows with all columns that any follower of the change reads. */
export interface WholeParts {
  /** Prefix of the names of its tables. */
  readonly name: string
  readonly counts: ChangedRows
}

/** An upstream whose deltas have been found. */
export interface OpenInput extends InputVersions {
  /** Prefix of the names of its tables. */
  readonly name: string
  /** The tables that all followers of the change share; undefined if there are none. */
  readonly whole: WholeParts | undefined
  /** Files of both versions. */
  readonly common: readonly DataFile[]
  /** Files of only one version. */
  readonly differing: readonly DataFile[]
  /** Numbers of rows; undefined if none was removed or added. */
  readonly counts: ChangedRows | undefined
}
