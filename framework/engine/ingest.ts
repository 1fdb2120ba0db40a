import type { ResolvedSource } from '../graph/resolved-asset.ts'
import type { ManifestEntry } from '../ingest/manifest.ts'
import type { RejectedLine } from '../ingest/rejects.ts'
import type { Storage, StoredFile } from '../storage/storage.ts'
import type { InputTable, WrittenFile } from './data-file.ts'

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
}

export interface IngestResult {
  readonly files: readonly WrittenFile[]
  /** The files as they were really read. */
  readonly read: readonly ManifestEntry[]
  readonly rejects: readonly RejectedLine[]
}
