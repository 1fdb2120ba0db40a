/**
 * Decides what a source step has to do: which source files to read, and which data files to
 * rewrite.
 */
import type { AddFile } from '../../delta/actions.ts'
import type { Snapshot } from '../../delta/snapshot.ts'
import { parseStats } from '../../delta/stats.ts'
import { filesToMerge } from '../../engine/compaction.ts'
import type { ResolvedSource } from '../../graph/resolved-asset.ts'
import type { Cause } from '../../observe/cause.ts'
import type { Observation, SourceObservation } from '../../observe/observation.ts'
import type { SourceState } from '../../observe/provenance.ts'
import type { Storage, StoredFile } from '../../storage/storage.ts'
import { byPath } from '../../storage/stored-file.ts'
import { dataFiles } from '../../tables/data-files.ts'

/** The state of the source when its step starts. */
export interface SourceStep {
  readonly asset: ResolvedSource
  /** Where the files of the source are. */
  readonly storage: Storage
  readonly observed: SourceObservation
  /** The observed version of the table; undefined if lake has not built it. */
  readonly version: number | undefined
  /** What the rows of that version were read from; undefined to read every file anew. */
  readonly current: SourceState | undefined
}

/**
 * What the current rows of a source were read from; undefined if every file has to be read anew.
 */
export function currentSource({ state, source }: Observation, causes: readonly Cause[]): SourceState | undefined {
  const readsAll = causes.some(({ kind }) => kind === 'forced' || kind === 'code-changed')
  return readsAll || source?.lostManifest !== undefined ? undefined : state?.provenance.source
}

/** What a step reads and rewrites. */
export interface IngestScope {
  readonly files: readonly StoredFile[]
  /** Source files whose current rows are dropped. */
  readonly replacedPaths: readonly string[]
  /** Data files that the new ones replace. */
  readonly replaced: readonly AddFile[]
  /** Those of `replaced` whose rows are kept, except for the rows of `replacedPaths`. */
  readonly carriedOver: readonly AddFile[]
}

export function ingestScope(
  lake: Storage,
  { asset, observed, current }: Omit<SourceStep, 'storage' | 'version'>,
  base: Snapshot | undefined,
): IngestScope {
  const all = base ? [...base.files.values()] : []
  if (!current) {
    return {
      files: observed.files.list(),
      replacedPaths: observed.manifest.files.paths(),
      replaced: all,
      carriedOver: [],
    }
  }
  const { added, changed, removed } = observed.changes
  const files = [...added, ...changed].toSorted(byPath)
  const replacedPaths = [...changed.map(({ path }) => path), ...removed].toSorted()
  const holding = all.filter((file) => mayHold(asset, file, replacedPaths))
  const others = all.filter((file) => !holding.includes(file))
  const carriedOver = [...holding, ...(files.length > 0 ? smallFilesToMerge(lake, asset, others) : [])]
  return { files, replacedPaths, replaced: carriedOver, carriedOver }
}

/** Small files that are merged with the new rows because there are too many of them. */
function smallFilesToMerge(lake: Storage, asset: ResolvedSource, files: readonly AddFile[]): readonly AddFile[] {
  const located = dataFiles(lake, asset, files)
  const merged = new Set(filesToMerge(located, [{}]))
  return files.filter((_, index) => located[index] && merged.has(located[index]))
}

/**
 * Whether the data file can hold rows of one of the source files. Compares their paths with the
 * bounds of `_file` in the log, as UTF-8 bytes. A data file without bounds can hold any path.
 */
function mayHold({ columns }: ResolvedSource, file: AddFile, paths: readonly string[]): boolean {
  const { min, max } = parseStats(file.stats, columns)?.columns._file ?? {}
  const before = (left: string, right: string) => Buffer.compare(Buffer.from(left), Buffer.from(right)) < 0
  return paths.some(
    (path) => !(typeof min === 'string' && before(path, min)) && !(typeof max === 'string' && before(max, path)),
  )
}
