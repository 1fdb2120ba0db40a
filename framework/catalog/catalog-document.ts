/** Declares the data of a catalogue's page: one index, and a document for each asset. */

/**
 * Number of assets whose documents share a file. The page loads the file when a reader opens one of
 * them. One file for each asset would take seconds to write for thousands of them.
 */
export const ASSETS_A_FILE = 50

/** The data that the page loads first: enough to list, search and draw all assets. */
export interface CatalogIndex {
  /** The name of the directory of the project. */
  readonly project: string
  /** Where the lake is: relative to the project, or a URI. */
  readonly lake: string
  /** ISO 8601, UTC. */
  readonly writtenAt: string
  /** Upstreams first. */
  readonly assets: readonly IndexEntry[]
}

export interface IndexEntry {
  readonly key: string
  readonly kind: 'source' | 'table'
  readonly state: CatalogState
  readonly description: string | null
  readonly owner: string | null
  readonly group: string | null
  readonly tags: readonly string[]
  readonly rows: number | null
  readonly columns: readonly string[]
  /** Indexes in `assets`. */
  readonly upstream: readonly number[]
}

export type CatalogState = 'fresh' | 'stale' | 'missing' | 'failed' | 'running'

/** Everything about one asset. */
export interface AssetDocument {
  readonly key: string
  readonly kind: 'source' | 'table'
  readonly description: string | null
  readonly owner: string | null
  readonly group: string | null
  readonly tags: readonly string[]
  /** The file that declares it, relative to the project. */
  readonly file: string | null
  /** Other facts of the declaration, such as `incremental by customer`. */
  readonly facts: readonly string[]
  readonly state: AssetStateDocument
  readonly columns: readonly ColumnDocument[]
  /** The upstream columns that decide which rows the asset has. */
  readonly rowsDependOn: readonly ColumnUse[]
  readonly upstream: readonly string[]
  readonly downstream: readonly string[]
  readonly checks: readonly CheckDocument[]
  /** Oldest first. */
  readonly versions: readonly VersionDocument[]
  readonly partitions: PartitionsDocument | null
  /** null for a table, and for a source that has not been read. */
  readonly rejects: RejectsDocument | null
  readonly drift: DriftDocument | null
  readonly sql: readonly { readonly engine: string; readonly text: string }[]
}

export interface AssetStateDocument {
  readonly state: CatalogState
  readonly version: number | null
  readonly rows: number | null
  /** Bytes of the data files of the newest version. */
  readonly bytes: number | null
  readonly materializedAt: string | null
  /** The state of its last read, if code gives its rows. Empty for other assets. */
  readonly read: readonly string[]
  /** Why it is stale. */
  readonly causes: readonly string[]
  readonly failure: { readonly at: string; readonly message: string } | null
  readonly warnings: readonly string[]
}

export interface ColumnDocument {
  readonly name: string
  readonly type: string
  /** `key`, `nullable`, `partition`, or where a source gets its values. */
  readonly marks: readonly string[]
  readonly description: string | null
  /** The upstream columns that its values depend on. */
  readonly from: readonly ColumnUse[]
  /** The downstream columns whose values depend on it. */
  readonly to: readonly ColumnUse[]
}

/**
 * A column of another asset, and the ways in which the dependent column depends on it: see
 * `Derivation` and `RowInfluence`.
 */
export interface ColumnUse {
  readonly asset: string
  readonly column: string
  readonly how: readonly string[]
}

export type CheckState = 'passed' | 'warned' | 'failed' | 'not run'

export interface CheckDocument {
  readonly check: string
  /** The state of the check for the current rows. */
  readonly state: CheckState
  /** Oldest first. Versions and runs that did not run the check are left out. */
  readonly results: readonly CheckResultDocument[]
}

export interface CheckResultDocument {
  readonly at: string
  /** null for a run that published nothing. */
  readonly version: number | null
  readonly state: CheckState
  /**
   * Number of rows that failed it. For the check of a source's refused lines, number of these
   * lines.
   */
  readonly rows: number
}

export interface VersionDocument {
  readonly version: number
  readonly at: string
  readonly operation: string
  readonly runId: string | null
  readonly engine: string | null
  readonly rows: number | null
  /** null if the log is not sufficient to compute the size of the table. */
  readonly bytes: number | null
  readonly rowsAdded: number | null
  readonly rowsRemoved: number | null
  /** null if the log of its run is missing. */
  readonly durationMs: number | null
}

export interface PartitionsDocument {
  readonly columns: readonly string[]
  readonly total: number
  /** The last ones in the order of their values, at most `MAX_PARTITIONS`. */
  readonly shown: readonly PartitionDocument[]
}

interface PartitionDocument {
  readonly values: readonly (string | null)[]
  readonly files: number
  /** null if the log does not say it. */
  readonly rows: number | null
  readonly bytes: number
}

export interface RejectsDocument {
  readonly total: number
  /** When a read failed because of these lines, and published nothing. */
  readonly failedAt: string | null
  readonly samples: readonly { readonly place: string; readonly reason: string; readonly text: string }[]
}

export interface DriftDocument {
  readonly rows: number
  /** Keys that no column takes. */
  readonly unknown: readonly {
    readonly key: string
    readonly rows: number
    /** null if samples are left out. */
    readonly example: string | null
    readonly file: string
    readonly like: string | null
  }[]
  /** How many more unknown keys there are. */
  readonly more: number
  /** Columns whose key no row has. */
  readonly absent: readonly string[]
}
