import { randomUUID } from 'node:crypto'
import type { AddFile } from '../delta/actions.ts'
import { readSnapshot, type Snapshot } from '../delta/snapshot.ts'
import { parseStats } from '../delta/stats.ts'
import { LakeError } from '../errors.ts'
import type { ResolvedSource } from '../graph/resolved-asset.ts'
import { Manifest, type ManifestEntry } from '../ingest/manifest.ts'
import { encodeRejects, type RejectedLine, readRejects } from '../ingest/rejects.ts'
import type { SourceObservation } from '../observe/observation.ts'
import type { SourceState } from '../observe/provenance.ts'
import type { Storage, StoredFile } from '../storage/storage.ts'
import { dataFiles, locateFiles } from './data-files.ts'
import type { IngestResult } from './engine.ts'
import { lostFilesError } from './lost-files.ts'
import { filesToMerge } from './merging.ts'
import { type Published, publish } from './publish.ts'
import { withoutSamePartitions } from './same-partitions.ts'
import type { StepContext } from './step-context.ts'

/** What is known about the source when its step begins. */
export interface SourceStep {
  readonly asset: ResolvedSource
  /** The files of the source. */
  readonly storage: Storage
  readonly observed: SourceObservation
  /** What the rows stand for now; undefined to read every file anew. */
  readonly standing: SourceState | undefined
}

/**
 * Reads the files that are new or changed since the last version, drops the rows of those that changed or went, and publishes the
 * rows together with the list of files and the refused lines. Throws `source-broken`, with nothing published, where more lines are
 * refused than `maxRejected` allows.
 */
export async function ingestSource(context: StepContext, step: SourceStep): Promise<Published> {
  const { asset, storage, observed, standing } = step
  const base = await readSnapshot(context.lake, asset.key)
  const work = workOf(context, step, base)
  const ingesting = context.engine.ingest({
    source: asset,
    storage,
    files: work.files,
    rewritten: {
      columns: asset.columns,
      files: locateFiles(context.lake, asset.key, work.carriedOver),
    },
    replacedPaths: work.replacedPaths,
    directory: context.directory,
    signal: context.signal,
    progress: context.progress,
  })
  const result = await ingesting.catch(async (error) => {
    throw (await lostFilesError(context.lake, new Map([[asset.key, work.carriedOver]]), error)) ?? error
  })
  context.signal.throwIfAborted()
  const replaced = new Set(work.replacedPaths)
  const kept = standing ? observed.manifest.entries().filter(({ path }) => !replaced.has(path)) : []
  const entries = [...kept, ...result.read]
  refuseBroken(asset, entries, result.rejects)
  const content = await withoutSamePartitions(context, {
    asset,
    base,
    replaced: work.replaced,
    written: result.files,
    provenance: {
      runId: context.runId,
      engine: context.engine.name,
      code: asset.code,
      inputs: {},
      source: await storeSourceState(context, step, { entries, result, replaced }),
    },
  })
  return publish(context, content)
}

interface IngestWork {
  readonly files: readonly StoredFile[]
  readonly replacedPaths: readonly string[]
  /** Data files that the new ones stand for. */
  readonly replaced: readonly AddFile[]
  /** Those of them whose other rows are kept. */
  readonly carriedOver: readonly AddFile[]
}

function workOf(
  { lake }: StepContext,
  { asset, observed, standing }: SourceStep,
  base: Snapshot | undefined,
): IngestWork {
  const all = base ? [...base.files.values()] : []
  if (!standing) {
    return { files: observed.files, replacedPaths: observed.manifest.paths, replaced: all, carriedOver: [] }
  }
  const { added, changed, removed } = observed.changes
  const files = [...added, ...changed].toSorted((left, right) => (left.path < right.path ? -1 : 1))
  const replacedPaths = [...changed.map(({ path }) => path), ...removed].toSorted()
  const holding = all.filter((file) => mayHold(asset, file, replacedPaths))
  const others = all.filter((file) => !holding.includes(file))
  const carriedOver = [...holding, ...(files.length > 0 ? tooManySmall(lake, asset, others) : [])]
  return { files, replacedPaths, replaced: carriedOver, carriedOver }
}

/** Files that are written together with what is new, since small ones have become too many. */
function tooManySmall(lake: Storage, asset: ResolvedSource, files: readonly AddFile[]): readonly AddFile[] {
  const located = dataFiles(lake, asset, files)
  const merged = new Set(filesToMerge(located, [{}]))
  return files.filter((_, index) => located[index] && merged.has(located[index]))
}

/** By the bounds of `_file` in the log, which are ordered as UTF-8 is; a file without them may hold anything. */
function mayHold({ columns }: ResolvedSource, file: AddFile, paths: readonly string[]): boolean {
  const { min, max } = parseStats(file.stats, columns)?.columns._file ?? {}
  const before = (left: string, right: string) => Buffer.compare(Buffer.from(left), Buffer.from(right)) < 0
  return paths.some(
    (path) => !(typeof min === 'string' && before(path, min)) && !(typeof max === 'string' && before(max, path)),
  )
}

function refuseBroken(
  { key, declared }: ResolvedSource,
  entries: readonly ManifestEntry[],
  rejects: readonly RejectedLine[],
): void {
  const rejected = sum(entries, ({ rejected }) => rejected)
  const lines = rejected + sum(entries, ({ rows }) => rows)
  if (rejected <= declared.maxRejected * lines) return
  const share = `${((100 * rejected) / lines).toFixed(1)} %`
  const sample = rejects.slice(0, 5)
  const shown = sample.map(({ file, line, reason }) => `\n  ${file}:${line} ${reason}`).join('')
  throw new LakeError(
    'source-broken',
    `${key}: ${rejected} of ${lines} lines (${share}) were refused, and maxRejected allows ${100 * declared.maxRejected} %. ` +
      `Nothing was published. Mend the files, or raise maxRejected in ${declared.file ?? 'its declaration'}.` +
      (shown && ` Some of the lines:${shown}`),
    { asset: key, details: { rejected, lines, maxRejected: declared.maxRejected, sample } },
  )
}

interface Ingested {
  readonly entries: readonly ManifestEntry[]
  readonly result: IngestResult
  readonly replaced: ReadonlySet<string>
}

/** Stores the list of files and the refused lines under fresh names: nobody sees them before the commit that names them. */
async function storeSourceState(context: StepContext, step: SourceStep, ingested: Ingested): Promise<SourceState> {
  const { lake } = context
  const { asset, standing } = step
  const { entries, result, replaced } = ingested
  const directory = `_lake/sources/${asset.key}`
  const manifest = `${directory}/manifest-${randomUUID()}.json.gz`
  await lake.put(manifest, Manifest.of(entries).encode())
  const before = standing?.rejects ? await readRejects(lake, standing.rejects, asset.key) : []
  const rejects = [...before.filter(({ file }) => !replaced.has(file)), ...result.rejects]
  const counts = {
    manifest,
    files: entries.length,
    lines: sum(entries, ({ rows, rejected }) => rows + rejected),
    rejected: sum(entries, ({ rejected }) => rejected),
    ...readBy(context, standing),
  }
  if (counts.rejected !== rejects.length) {
    throw new Error(`${asset.key}: ${counts.rejected} lines were refused, but ${rejects.length} of them were kept`)
  }
  if (rejects.length === 0) return counts
  const rejectsPath = `${directory}/rejects-${randomUUID()}.ndjson.gz`
  await lake.put(rejectsPath, encodeRejects(rejects.toSorted(byFileAndLine)))
  return { ...counts, rejects: rejectsPath }
}

/** What the list of files cannot tell is lost where the last reading of all is not known. */
function readBy({ runId }: StepContext, standing: SourceState | undefined): Pick<SourceState, 'readBy'> {
  if (!standing) return { readBy: runId }
  return standing.readBy === undefined ? {} : { readBy: standing.readBy }
}

function byFileAndLine(left: RejectedLine, right: RejectedLine): number {
  return left.file === right.file ? left.line - right.line : left.file < right.file ? -1 : 1
}

function sum<Item>(items: readonly Item[], amount: (item: Item) => number): number {
  return items.reduce((total, item) => total + amount(item), 0)
}
