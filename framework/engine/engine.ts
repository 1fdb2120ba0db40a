/** Declares the port to an engine, which computes the rows of assets. */
import type { ResolvedAsset, ResolvedSource } from '../graph/resolved-asset.ts'
import type { Fingerprint } from '../observe/fingerprint.ts'
import type { StoredFile } from '../storage/storage.ts'
import type { BuildRequest, BuildResult, CheckRequest } from './build-request.ts'
import type { CheckFailure } from './check-failure.ts'
import type { CompareRequest, Comparison } from './compare.ts'
import type { InputTable } from './data-file.ts'
import type { AffectedRequest, Followed, IncrementPreview, IncrementRequest, IncrementResult } from './increment.ts'
import type { IngestRequest, IngestResult, Recovered, RecoverRequest } from './ingest.ts'
import type { MergeRequest, MergeResult } from './rows/merge-rows.ts'

/** An engine writes files, but it does not publish them. */
export interface Engine {
  readonly name: string

  /**
   * Runs an asset's query and every check on its rows. Throws `query-failed` with the SQL and the
   * asset's file.
   */
  build(request: BuildRequest): Promise<BuildResult>

  /**
   * Finds the rows of a current table that changes of its upstreams affect, and checks the new
   * rows. Rewrites the files that hold replaced rows, or marks these rows as deleted. Throws as
   * `build` does. Refuses if the table does not hold the rows that its recorded upstream versions
   * give.
   */
  increment(request: IncrementRequest): Promise<Followed<IncrementResult>>

  /**
   * Runs every check of a table over its current rows, and writes nothing. Throws as `build` does.
   */
  check(request: CheckRequest): Promise<readonly CheckFailure[]>

  /**
   * The engine that runs the steps of this source: a different one if this engine does not read its
   * files. Undefined for an engine that reads the files of every source.
   */
  engineFor?(source: ResolvedSource, files: readonly StoredFile[]): Promise<Engine>

  /** Reads lines of a source's files. Every line is a row of the result, a reject, or blank. */
  ingest(request: IngestRequest): Promise<IngestResult>

  /**
   * Rewrites the rows of unpublished data files. Undefined for an engine that does not continue an
   * interrupted read.
   */
  recover?(request: RecoverRequest): Promise<Recovered>

  /**
   * Merges rows that code gave with the rows of their table. Undefined for an engine that leaves
   * this to the engine of `engineFor`.
   */
  mergeRows?(request: MergeRequest): Promise<MergeResult>

  /**
   * Compares the rows of two tables, in any order and any files. Undefined for an engine that
   * compares only fingerprints.
   */
  compare?(request: CompareRequest): Promise<Comparison>

  /** Names the hash and the key of this engine's fingerprints. */
  fingerprintAlgorithm(primaryKey: readonly string[]): string

  /**
   * The fingerprint of each data file of the asset, in their order, over the rows that count. Files
   * are in the form of `Storage.locate`.
   */
  fingerprints(
    asset: ResolvedAsset,
    files: readonly string[],
    rows?: InputTable['rows'],
  ): Promise<readonly Fingerprint[]>

  /**
   * The first of the files that cannot be read to its end; undefined if there is none, or `error`
   * has another cause.
   */
  unreadableFile?(files: readonly string[], error: unknown): Promise<UnreadableFile | undefined>

  /** Stops running work and frees all resources. */
  close(): Promise<void>
}

/** A data file in the form of `Storage.locate`, and the engine's reason why it cannot be read. */
export interface UnreadableFile {
  readonly file: string
  readonly reason: string
}

/**
 * An engine on this machine, which starts at once. It also previews and compares, even if another
 * engine publishes.
 */
export interface LocalEngine extends Engine {
  /** Computes what `increment` would do. Writes nothing. Throws and refuses as `increment` does. */
  preview(request: AffectedRequest): Promise<Followed<IncrementPreview>>

  compare(request: CompareRequest): Promise<Comparison>
}
