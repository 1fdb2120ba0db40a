/** Declares the facts about one asset that show it in full. */
export interface AssetFacts {
  readonly key: string
  /** The version at the time of reading. null if there is none. */
  readonly version: number | null
  /** The last versions, newest first. */
  readonly versions: readonly VersionFacts[]
  /** Ordered by their values. Empty if the table has no partitions. */
  readonly partitions: readonly PartitionFacts[]
  /** The first refused lines of a source: of its newest version, or of a read that failed. */
  readonly rejects: readonly RejectFacts[]
  /** The query as lines of canonical SQL. Empty for a source. */
  readonly sql: readonly string[]
  /** Why some of this could not be read. */
  readonly problems: readonly string[]
}

export interface VersionFacts {
  readonly version: number
  readonly at: Date
  /** null if another program wrote the version. */
  readonly rows: number | null
  readonly rowsAdded: number | null
  readonly rowsRemoved: number | null
  /** How long its step took. null if its run is no longer known. */
  readonly durationMs: number | null
  /** The run, or the program that wrote the version. */
  readonly writer: string
}

export interface PartitionFacts {
  readonly values: readonly string[]
  /** null if the log does not say it. */
  readonly rows: number | null
}

export interface RejectFacts {
  /** File and line. */
  readonly place: string
  readonly reason: string
  /** null for a file that is refused as a whole. */
  readonly text: string | null
}
