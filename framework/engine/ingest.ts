/** Declares the request to ingest the lines of a source's files, and its result. */
import type { OutsideTable } from '../delta/outside/outside-table.ts'
import type { ResolvedSource } from '../graph/resolved-asset.ts'
import type { ManifestEntry } from '../ingest/manifest-entry.ts'
import type { RejectedLine } from '../ingest/rejects.ts'
import type { PackedFiles } from '../storage/packed-files.ts'
import type { Storage, StoredFile } from '../storage/storage.ts'
import type { InputTable, WrittenFile } from './data-file.ts'

export interface IngestRequest {
  readonly source: ResolvedSource
  readonly storage: Storage
  /** The Delta table whose live files are the source's. Undefined for sources of other formats. */
  readonly table: OutsideTable | undefined
  /** New and changed files, ordered by path. All of their lines are read. */
  readonly files: readonly StoredFile[]
  /** All files of the source, as listed before the ingest. */
  readonly listed: PackedFiles
  /** Data files that hold rows of `replacedPaths`. Their other rows are carried over. */
  readonly rewritten: InputTable
  /** Paths of changed and removed files, whose rows must not be carried over. */
  readonly replacedPaths: readonly string[]
  readonly directory: string
  readonly signal: AbortSignal
  /** Called with the number of files read so far. */
  readonly progress: (files: number) => void
  /**
   * Called at most once, before the error that interrupts the reading is thrown, with the files
   * that were read to their end. It never fails.
   */
  readonly keep?: (part: IngestedPart) => Promise<void>
}

/**
 * Files of a source that were read to their end. The data files hold all of their rows, and
 * possibly some rows of other files.
 */
export interface IngestedPart extends Pick<IngestResult, 'read' | 'rejects'> {
  readonly files: readonly Pick<WrittenFile, 'location' | 'size'>[]
}

export interface IngestResult {
  readonly files: readonly WrittenFile[]
  /** The files as they were when they were read. */
  readonly read: readonly ManifestEntry[]
  readonly rejects: readonly RejectedLine[]
}

/** Rows that were read before, and are in data files which were never published. */
export interface RecoverRequest {
  readonly source: ResolvedSource
  /** The locations of the data files, in the form of `Storage.locate`. */
  readonly files: readonly string[]
  /** The source's files whose rows are taken. All other rows are dropped. */
  readonly paths: readonly string[]
  readonly directory: string
  readonly signal: AbortSignal
}

export interface Recovered {
  readonly files: readonly WrittenFile[]
  /** The source's file -> its rows. */
  readonly rows: ReadonlyMap<string, number>
}
