import type { ResolvedAsset } from '../graph/resolved-asset.ts'
import type { Fingerprint } from '../observe/fingerprint.ts'
import type { BuildRequest, BuildResult, CheckRequest } from './build.ts'
import type { CheckFailure } from './check-failure.ts'
import type { CompareRequest, Comparison } from './compare.ts'
import type { IncrementPreview, IncrementRequest, IncrementResult } from './increment.ts'
import type { IngestRequest, IngestResult, Recovered, RecoverRequest } from './ingest.ts'

/** What computes new content. An engine writes files that nobody sees yet, and publishes nothing. */
export interface Engine {
  readonly name: string

  /** Runs an asset's query and every check on its rows. Throws `query-failed` with the SQL and the asset's file. */
  build(request: BuildRequest): Promise<BuildResult>

  /**
   * Works out what the upstreams' changes change in the rows of a current table, checks the new rows, and writes the files that they are
   * in anew. Throws NotAsRecorded where it cannot, besides what `build` throws.
   */
  increment(request: IncrementRequest): Promise<IncrementResult>

  /** Runs every check of a table over rows that stand, and writes nothing. Throws as `build` does. */
  check(request: CheckRequest): Promise<readonly CheckFailure[]>

  /** Reads lines of a source's files. Every line is a row of the result, a reject, or blank. */
  ingest(request: IngestRequest): Promise<IngestResult>

  /** Writes the rows of unpublished data files anew. Undefined for an engine that does not go on with a read which was broken off. */
  recover?(request: RecoverRequest): Promise<Recovered>

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
