/** Defines the reasons why an asset is stale. */

/** A reason, with its details. */
export type Cause =
  | MissingCause
  | CodeCause
  | UpstreamCause
  | SourceCause
  | RowsCause
  | VectorsCause
  | ChecksCause
  | RenamedCause
  | ForcedCause

/** The asset was never materialized. */
export interface MissingCause {
  readonly kind: 'missing'
  readonly message: string
}

/** The asset's query, schema or partitioning differs from the one that made its rows. */
export interface CodeCause {
  readonly kind: 'code-changed'
  readonly message: string
  /** `the query`, `column title: text -> text null`, ... */
  readonly changes: readonly string[]
}

/**
 * The rows that the asset reads from an upstream have changed. Or they can change, when an earlier
 * step of the plan runs.
 */
export interface UpstreamCause {
  readonly kind: 'upstream-changed'
  readonly message: string
  readonly upstream: string
  /** Whether the upstream is rebuilt first, so that it is not known yet whether its rows change. */
  readonly pending: boolean
  readonly fromVersion: number | null
  readonly toVersion: number | null
  /**
   * The changed columns, of those that the asset reads. Null if rows were added or removed, or if
   * the columns are not known.
   */
  readonly columns: readonly string[] | null
}

/** Files of the source were added, changed or removed. */
export interface SourceCause {
  readonly kind: 'source-changed'
  readonly message: string
  readonly added: number
  readonly changed: number
  readonly removed: number
  /** Paths of some of them, relative to the source's root. */
  readonly files: readonly string[]
}

/** The rows that code gives are due to be read, or can have changed since the last read. */
export interface RowsCause {
  readonly kind: 'rows-due'
  readonly message: string
}

/** The table may have deletion vectors, and its asset no longer asks for them. */
export interface VectorsCause {
  readonly kind: 'vectors-off'
  readonly message: string
}

/** The asset is not stale, but its rows have not passed a check that is new or stricter. */
export interface ChecksCause {
  readonly kind: 'checks-changed'
  readonly message: string
  /** Descriptions of the checks. */
  readonly checks: readonly string[]
}

/** The asset is not stale, but its key has changed, or the key of an asset that it reads. */
export interface RenamedCause {
  readonly kind: 'renamed'
  readonly message: string
  /** The former key. */
  readonly from: string
  /** The current key of the asset, or of its upstream. */
  readonly to: string
}

/** The user gave --full. */
export interface ForcedCause {
  readonly kind: 'forced'
  readonly message: string
}
