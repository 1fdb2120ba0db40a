import type { TableColumn } from '../delta/schema.ts'
import type { ColumnStats, FileStats } from '../delta/stats.ts'
import type { FollowedQuery, ResolvedAsset, ResolvedSource, ResolvedTable } from '../graph/resolved-asset.ts'
import type { ManifestEntry } from '../ingest/manifest.ts'
import type { RejectedLine } from '../ingest/rejects.ts'
import type { Fingerprint } from '../observe/fingerprint.ts'
import type { Storage, StoredFile } from '../storage/storage.ts'
import type { PlainValue } from './plain-value.ts'

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

export interface BuildRequest {
  readonly asset: ResolvedTable
  /** Alias -> the upstream version that the query reads. */
  readonly inputs: ReadonlyMap<string, InputTable>
  /** Key -> the version of an asset that a `references` check reads. */
  readonly referenced: ReadonlyMap<string, InputTable>
  /** An existing empty local directory; the files are written there. */
  readonly directory: string
  readonly signal: AbortSignal
}

export interface BuildResult {
  readonly files: readonly WrittenFile[]
  readonly checks: readonly CheckFailure[]
}

/** An upstream as it was when the table was made, and as it is now. */
export interface InputVersions {
  readonly columns: readonly TableColumn[]
  readonly before: readonly DataFile[]
  readonly after: readonly DataFile[]
  /** Rows with other values of this column are the same in both. */
  readonly within: { readonly column: string; readonly values: readonly string[] } | undefined
}

/** The rows of a standing table that its upstreams' changes affect are to be replaced. */
export interface IncrementRequest {
  readonly asset: ResolvedTable
  readonly followed: FollowedQuery
  /** Alias -> the upstream. */
  readonly inputs: ReadonlyMap<string, InputVersions>
  /** The standing version's files. */
  readonly standing: readonly DataFile[]
  /** Key -> the version of an asset that a `references` check reads. */
  readonly referenced: ReadonlyMap<string, ReferencedTable>
  /** An existing empty local directory; the files are written there. */
  readonly directory: string
  readonly signal: AbortSignal
}

export interface ReferencedTable {
  readonly table: InputTable
  /** Whether it may have lost keys since the standing rows were checked. */
  readonly moved: boolean
}

/** What the increment changes; nothing where neither a file is written nor one replaced. */
export interface IncrementResult extends BuildResult {
  /** Standing files, by their location, that the written ones stand for. */
  readonly replaced: readonly string[]
  readonly affected: AffectedFigures
}

/** How much an increment comes to. */
export interface AffectedFigures {
  /** Keys whose rows change; partitions, where those are replaced whole. */
  readonly keys: number
  readonly rowsRemoved: number
  readonly rowsAdded: number
  /** The partitions in which rows change; one without values where the table has no partitions. */
  readonly partitions: readonly PartitionValues[]
}

/** Rows and bytes of data files. */
export interface Volume {
  readonly rows: number
  readonly bytes: number
}

/** What an increment would come to. */
export interface IncrementPreview {
  readonly affected: AffectedFigures
  /** Of the files that it was worked out from. */
  readonly read: Volume
  /** Of the files that would be written; their bytes are an estimate. */
  readonly written: Volume
}

/** The standing table does not hold the rows that its upstreams made then, so that no change of them can be followed. */
export class NotAsRecorded extends Error {
  override readonly name = 'NotAsRecorded'
}

/** A check that rows of the new content do not pass. */
export interface CheckFailure {
  readonly check: string
  readonly severity: 'error' | 'warn'
  readonly rows: number
  /** Some of the offending rows, with values that JSON can hold. */
  readonly sample: readonly Readonly<Record<string, unknown>>[]
}

export interface CheckRequest {
  readonly asset: ResolvedTable
  /** The version whose rows are checked. */
  readonly standing: InputTable
  /** Key -> the version of an asset that a `references` check reads. */
  readonly referenced: ReadonlyMap<string, InputTable>
  /** An existing empty local directory. */
  readonly directory: string
  readonly signal: AbortSignal
}

export interface IngestRequest {
  readonly source: ResolvedSource
  readonly storage: Storage
  /** New and changed files, by path: all of their lines are read. */
  readonly files: readonly StoredFile[]
  /** All files of the source, as they were listed before. */
  readonly listed: readonly StoredFile[]
  /** Data files that hold rows of `replacedPaths`; their other rows are carried over. */
  readonly rewritten: InputTable
  /** Changed and removed files, whose rows must not be carried over. */
  readonly replacedPaths: readonly string[]
  readonly directory: string
  readonly signal: AbortSignal
  /** Called with the number of files read so far. */
  readonly progress: (files: number) => void
  /** Called at most once, before what breaks the reading off is thrown, with the files that were read to their end. It never fails. */
  readonly keep?: (part: IngestedPart) => Promise<void>
}

/** Files of a source that were read to their end. The data files hold all of their rows, and perhaps some of files that were not. */
export interface IngestedPart extends Pick<IngestResult, 'read' | 'rejects'> {
  readonly files: readonly Pick<WrittenFile, 'location' | 'size'>[]
}

export interface IngestResult {
  readonly files: readonly WrittenFile[]
  /** The files as they were really read. */
  readonly read: readonly ManifestEntry[]
  readonly rejects: readonly RejectedLine[]
}

/** Rows that were read before, and are in data files which were never published. */
export interface TakeUpRequest {
  readonly source: ResolvedSource
  /** As `Storage.locate` gives them. */
  readonly files: readonly string[]
  /** The source's files whose rows are taken; all others are left behind. */
  readonly paths: readonly string[]
  readonly directory: string
  readonly signal: AbortSignal
}

export interface TakenUp {
  readonly files: readonly WrittenFile[]
  /** The source's file -> its rows. */
  readonly rows: ReadonlyMap<string, number>
}

export interface CompareRequest {
  /** What of the rows is compared. */
  readonly columns: readonly TableColumn[]
  /** Makes one changed row of a removed and an added one that agree in these columns; none where rows have no key. */
  readonly key: readonly string[]
  readonly before: InputTable
  readonly after: InputTable
  /** How many rows of each kind of difference the sample may hold. */
  readonly limit: number
  /** Files in which the removed and the added rows of the sample are looked for, as `Storage.locate` gives them. */
  readonly searched?: readonly string[]
  readonly signal: AbortSignal
}

export type ComparedRow = Readonly<Record<string, PlainValue>>

/** A row that the two do not have alike. */
export type RowDifference =
  | { readonly change: 'removed' | 'added'; readonly row: ComparedRow; readonly found: readonly FoundRow[] }
  | { readonly change: 'changed'; readonly before: ComparedRow; readonly after: ComparedRow }

/** A searched file that has the row, so many times. */
export interface FoundRow {
  readonly file: string
  readonly copies: number
}

/** How two tables differ, each row as often as it stands there: null is equal to null, and NaN to NaN. */
export interface Comparison {
  readonly removed: number
  readonly added: number
  readonly changed: number
  /** Ordered by key, removed rows first. */
  readonly sample: readonly RowDifference[]
}

/** What computes new content. An engine writes files that nobody sees yet, and publishes nothing. */
export interface Engine {
  readonly name: string

  /** Runs an asset's query and every check on its rows. Throws `query-failed` with the SQL and the asset's file. */
  build(request: BuildRequest): Promise<BuildResult>

  /**
   * Works out what the upstreams' changes change in the rows of a standing table, checks the new rows, and writes the files that they are
   * in anew. Throws NotAsRecorded where it cannot, besides what `build` throws.
   */
  increment(request: IncrementRequest): Promise<IncrementResult>

  /** Runs every check of a table over rows that stand, and writes nothing. Throws as `build` does. */
  check(request: CheckRequest): Promise<readonly CheckFailure[]>

  /** Reads lines of a source's files. Every line is a row of the result, a reject, or blank. */
  ingest(request: IngestRequest): Promise<IngestResult>

  /** Writes the rows of unpublished data files anew. Undefined for an engine that does not go on with a read which was broken off. */
  takeUp?(request: TakeUpRequest): Promise<TakenUp>

  /** Names the hash and the key that this engine's fingerprints are made with. */
  fingerprintAlgorithm(primaryKey: readonly string[]): string

  /** Of each of the asset's data files, given as `Storage.locate` gives them, in their order. */
  fingerprints(asset: ResolvedAsset, files: readonly string[]): Promise<readonly Fingerprint[]>

  /** The first of these data files that cannot be read to its end, where `error` may come of one; undefined where it does not. */
  unreadableFile?(files: readonly string[], error: unknown): Promise<UnreadableFile | undefined>

  /** Stops what is running and frees what is held. */
  close(): Promise<void>
}

/** A data file, as `Storage.locate` gives it, and what the engine says of it. */
export interface UnreadableFile {
  readonly file: string
  readonly reason: string
}

/** An engine of this machine, which is there at once: it also answers what is only asked, whatever engine publishes. */
export interface LocalEngine extends Engine {
  /** What `increment` would do. Writes nothing; throws as `increment` does. */
  preview(request: IncrementRequest): Promise<IncrementPreview>

  /** Row for row, whatever their order and their files. */
  compare(request: CompareRequest): Promise<Comparison>
}

/** What an engine has to tell about the applications that it runs elsewhere. */
export type EngineNotice =
  | { readonly type: 'job-placed'; readonly name: string; readonly where: string; readonly takenUp: boolean }
  | { readonly type: 'cost-estimated'; readonly cost: string }
  | { readonly type: 'cluster-ended'; readonly cluster: string; readonly deadRun: string }
  | { readonly type: 'run-warned'; readonly message: string }

/** A run that needs an engine. */
export interface EngineRun {
  readonly runId: string
  /** A local directory of this run alone. */
  readonly scratch: string
  /** Runs that were killed while they built what this one builds. */
  readonly deadRuns: readonly string[]
  readonly notify: (notice: EngineNotice) => void
}

/** What an engine's runs keep up elsewhere, and leave up where they are killed. */
export interface KeptElsewhere {
  /** The runs that are to end what may be up. Asked at every refresh: where nothing is, it takes one listing of the lake. */
  holders(): Promise<readonly string[]>
  /** When this run, or what works for it, last changed something of what they work with: milliseconds since the epoch. */
  lastHeardOf(holder: string): Promise<number>
  /** Ends all that these runs hold, and tells of it, also of what cannot be ended. */
  end(holders: readonly string[], run: Pick<EngineRun, 'notify'> & { readonly signal: AbortSignal }): Promise<void>
}
