import { randomUUID } from 'node:crypto'
import { readSnapshot } from '../../delta/snapshot.ts'
import type { IngestedPart, IngestResult } from '../../engine/ingest.ts'
import { isCorruptTable, LakeError } from '../../errors.ts'
import type { ResolvedSource } from '../../graph/resolved-asset.ts'
import { Manifest, type ManifestEntry } from '../../ingest/manifest.ts'
import { encodeRejects, failedReadPath, firstRejects, type RejectedLine, readRejects } from '../../ingest/rejects.ts'
import type { SourceState } from '../../observe/provenance.ts'
import { ignoredWarning, lossWarning } from '../../observe/sources/source-warnings.ts'
import { type Published, publish } from '../../publish/publish.ts'
import { withoutSamePartitions } from '../../publish/same-partitions.ts'
import { locateFiles } from '../../tables/data-files.ts'
import { lostFilesError } from '../../tables/lost-files.ts'
import { printableLine } from '../../text/printable.ts'
import type { StepContext } from '../step-context.ts'
import { findBegunRead, forgetRead, keepRead, type TakenUpRead, takeUpRead } from './begun-read.ts'
import { type IngestScope, ingestScope, type SourceStep } from './ingest-scope.ts'

/**
 * Reads the files that are new or changed since the last version, drops the rows of those that changed or went, and publishes the
 * rows together with the list of files and the refused lines. Throws `source-broken`, with nothing published, where more lines are
 * refused than `maxRejected` allows.
 */
export async function ingestSource(context: StepContext, step: SourceStep): Promise<Published> {
  const { asset, observed } = step
  tellOfFiles(context, step)
  const base = await readSnapshot(context.lake, asset.key)
  const before = await standingRejects(context, step)
  const current = before && step.current
  const work = ingestScope(context.lake, { asset, observed, current }, base)
  const begun = await findBegunRead(context.lake, asset.key)
  const taken = await takeUpRead(context, asset, { begun, files: work.files })
  const result = await readFiles(context, step, { work, taken }).catch(async (error) => {
    const read = new Map([[asset.key, { version: base?.version ?? 0, files: work.carriedOver }]])
    throw (await lostFilesError(context.lake, read, { error, engine: context.engine })) ?? error
  })
  context.signal.throwIfAborted()
  const replaced = new Set(work.replacedPaths)
  const kept = current ? observed.manifest.entries().filter(({ path }) => !replaced.has(path)) : []
  const entries = [...kept, ...result.read]
  const stillRejected = (before ?? []).filter(({ file }) => !replaced.has(file))
  const rejects = [...stillRejected, ...result.rejects].toSorted(byFileAndLine)
  await refuseBroken(context, asset, { entries, rejects })
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
      source: await storeSourceState(context, { asset, current }, { entries, rejects }),
    },
  })
  const published = await publish(context, content)
  // Neither is needed any more, and the source is published: what keeps them from being removed is no failure.
  await context.lake.delete(failedReadPath(asset.key)).catch(() => undefined)
  if (begun.kind !== 'absent') await forgetRead(context.lake, asset.key).catch(() => undefined)
  return published
}

interface ReadFiles<File> extends Pick<IngestResult, 'read' | 'rejects'> {
  readonly files: readonly File[]
}

interface Reading {
  readonly work: IngestScope
  readonly taken: TakenUpRead
}

/** Reads what was not read before. Where the reading is broken off, what was read by then is kept for the next run. */
async function readFiles(context: StepContext, step: SourceStep, { work, taken }: Reading): Promise<IngestResult> {
  const { lake, engine, directory, signal } = context
  const { asset, storage, observed } = step
  const isTaken = new Set(taken.read.map(({ path }) => path))
  const withTaken = <File>({ files, read, rejects }: ReadFiles<File>) => ({
    files: [...taken.files, ...files],
    read: [...taken.read, ...read],
    rejects: [...taken.rejects, ...rejects],
  })
  const keep = async (part: IngestedPart) => {
    const files = part.read.length === 0 ? isTaken.size : await keepRead(lake, asset, withTaken(part))
    if (files > 0) context.kept({ files, of: work.files.length })
  }
  const result = await engine.ingest({
    ...{ source: asset, storage, directory, signal },
    files: work.files.filter(({ path }) => !isTaken.has(path)),
    listed: observed.files,
    rewritten: { columns: asset.columns, files: locateFiles(lake, asset.key, work.carriedOver) },
    replacedPaths: work.replacedPaths,
    progress: (files) => context.progress(isTaken.size + files),
    // What keeps it from being kept is not why the reading failed.
    keep: (part) => keep(part).catch(() => undefined),
  })
  return withTaken(result)
}

function tellOfFiles({ notice }: StepContext, { asset, storage, observed, current }: SourceStep): void {
  for (const message of lossWarning(observed)) notice(message)
  if (observed.files.length > 0 || current?.files === 0) return
  const [ignored = `there is no file in ${storage.uri}`] = ignoredWarning(asset.declared.pattern, observed)
  notice(`${asset.key} has no rows: ${ignored}`)
}

/** What was refused of the files so far; undefined where all files are to be read, or have to be since that is lost. */
async function standingRejects(
  { lake, notice }: StepContext,
  { asset, current }: SourceStep,
): Promise<readonly RejectedLine[] | undefined> {
  if (!current?.rejects) return current && []
  try {
    return await readRejects(lake, current.rejects, asset.key)
  } catch (error) {
    if (!isCorruptTable(error)) throw error
    notice(`all files are read anew: its refused lines are lost (${lake.uri}/${current.rejects})`)
    return undefined
  }
}

/** Throws `source-broken` where too many lines were refused. Some of them are kept, so that `lake rejects` shows them. */
async function refuseBroken(
  { lake }: StepContext,
  { key, declared }: ResolvedSource,
  { entries, rejects }: Ingested,
): Promise<void> {
  const rejected = sum(entries, ({ rejected }) => rejected)
  const lines = rejected + sum(entries, ({ rows }) => rows)
  if (rejected <= declared.maxRejected * lines) return
  const share = `${((100 * rejected) / lines).toFixed(1)} %`
  // The lines only serve to be looked at: where they cannot be kept, it is still the source that is broken.
  await lake.put(failedReadPath(key), encodeRejects(firstRejects(rejects))).catch(() => undefined)
  const sample = rejects.slice(0, 5)
  const [first = '', ...others] = sample.map(({ file, line, reason }) => printableLine(`${file}:${line} ${reason}`))
  throw new LakeError(
    'source-broken',
    `${key}: ${rejected} of ${lines} lines (${share}) were refused, and maxRejected allows ${100 * declared.maxRejected} %. ` +
      `Nothing was published. Correct the files, or raise maxRejected in ${declared.file ?? 'its declaration'}. ` +
      `lake rejects ${key} lists the lines, the first of which is ${first}` +
      others.map((line) => `\n  ${line}`).join(''),
    { asset: key, details: { rejected, lines, maxRejected: declared.maxRejected, sample } },
  )
}

interface Ingested {
  readonly entries: readonly ManifestEntry[]
  /** By file and line. */
  readonly rejects: readonly RejectedLine[]
}

/** Stores the list of files and the refused lines under fresh names: nobody sees them before the commit that names them. */
async function storeSourceState(
  context: StepContext,
  { asset, current }: Pick<SourceStep, 'asset' | 'current'>,
  { entries, rejects }: Ingested,
): Promise<SourceState> {
  const { lake } = context
  const directory = `_lake/sources/${asset.key}`
  const manifest = `${directory}/manifest-${randomUUID()}.json.gz`
  await lake.put(manifest, Manifest.of(entries).encode())
  const counts = {
    manifest,
    files: entries.length,
    lines: sum(entries, ({ rows, rejected }) => rows + rejected),
    rejected: sum(entries, ({ rejected }) => rejected),
    ...readBy(context, current),
  }
  if (counts.rejected !== rejects.length) {
    throw new Error(`${asset.key}: ${counts.rejected} lines were refused, but ${rejects.length} of them were kept`)
  }
  if (rejects.length === 0) return counts
  const rejectsPath = `${directory}/rejects-${randomUUID()}.ndjson.gz`
  await lake.put(rejectsPath, encodeRejects(rejects))
  return { ...counts, rejects: rejectsPath }
}

/** What the list of files cannot tell is lost where the last reading of all is not known. */
function readBy({ runId }: StepContext, current: SourceState | undefined): Pick<SourceState, 'readBy'> {
  if (!current) return { readBy: runId }
  return current.readBy === undefined ? {} : { readBy: current.readBy }
}

function byFileAndLine(left: RejectedLine, right: RejectedLine): number {
  return left.file === right.file ? left.line - right.line : left.file < right.file ? -1 : 1
}

function sum<Item>(items: readonly Item[], amount: (item: Item) => number): number {
  return items.reduce((total, item) => total + amount(item), 0)
}
