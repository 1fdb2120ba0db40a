import type { AssetCode } from '../graph/code-version.ts'
import type { Fingerprint } from './fingerprint.ts'

/**
 * What a table version was made from. It stands in the commit that publishes the version (`commitInfo.lake`), so it cannot drift
 * from the data. Every commit carries all of it: the newest commit alone tells what stands.
 */
export interface Provenance {
  readonly format: 1
  readonly runId: string
  readonly engine: string
  readonly code: AssetCode
  /** All rows of the table. */
  readonly content: Fingerprint
  /**
   * The version before, and what its content is by the algorithm of `content`, where that is another than its own: so what was read of it can be
   * compared, though another engine writes now.
   */
  readonly before?: InputVersion
  readonly partitions: number
  /** Upstream key -> the version that was read, and the content of the columns that the query reads. */
  readonly inputs: Readonly<Record<string, InputVersion>>
  /** Key of an asset that the rows were checked against -> its version, and the content of its column that they refer to. */
  readonly referenced?: Readonly<Record<string, InputVersion>>
  readonly source?: SourceState
  /** What the rows were checked for; absent for a source, and where an older lake wrote the version. */
  readonly checked?: CheckedRows
}

export interface CheckedRows {
  /** The checks that the rows have passed, a warning apart, in the words of `checkWords`. */
  readonly passed: readonly string[]
  /** Checks of severity `warn` that rows do not pass. */
  readonly warnings: readonly StandingWarning[]
}

export interface StandingWarning {
  readonly check: string
  /** So many when the check last looked at all rows, and those that increments have added since. */
  readonly rows: number
}

export interface InputVersion {
  readonly version: number
  readonly content: Fingerprint
}

/** What a source was read from. */
export interface SourceState {
  /** Where the list of its files is kept, relative to the lake; see ingest/manifest.ts. */
  readonly manifest: string
  /** Where its refused lines are kept, relative to the lake; none where none was refused. */
  readonly rejects?: string
  readonly files: number
  /** Rows and rejects; blank lines aside. */
  readonly lines: number
  readonly rejected: number
  /** The run that last read all of the files. Since then rows changed only where the list of files did. */
  readonly readBy?: string
}

/** The provenance in a commit's `lake` field, or undefined where another program wrote the commit. */
export function parseProvenance(lake: unknown): Provenance | undefined {
  if (typeof lake !== 'object' || lake === null) return undefined
  const { format, content, code } = lake as Partial<Provenance>
  return format === 1 && content && code ? (lake as Provenance) : undefined
}
