import { randomUUID } from 'node:crypto'
import { readSnapshot } from '../delta/snapshot.ts'
import { LakeError } from '../errors.ts'
import type { ResolvedSource } from '../graph/resolved-asset.ts'
import { Manifest, type ManifestEntry } from '../ingest/manifest.ts'
import { encodeRejects, type RejectedLine, readRejects } from '../ingest/rejects.ts'
import type { SourceState } from '../observe/provenance.ts'
import { locateFiles } from './data-files.ts'
import type { IngestResult } from './engine.ts'
import { ingestWork, type SourceStep } from './ingest-work.ts'
import { lostFilesError } from './lost-files.ts'
import { type Published, publish } from './publish.ts'
import { withoutSamePartitions } from './same-partitions.ts'
import type { StepContext } from './step-context.ts'

/**
 * Reads the files that are new or changed since the last version, drops the rows of those that changed or went, and publishes the
 * rows together with the list of files and the refused lines. Throws `source-broken`, with nothing published, where more lines are
 * refused than `maxRejected` allows.
 */
export async function ingestSource(context: StepContext, step: SourceStep): Promise<Published> {
  const { asset, storage, observed, standing } = step
  const base = await readSnapshot(context.lake, asset.key)
  const work = ingestWork(context.lake, step, base)
  const ingesting = context.engine.ingest({
    source: asset,
    storage,
    files: work.files,
    listed: observed.files,
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
    const read = new Map([[asset.key, { version: base?.version ?? 0, files: work.carriedOver }]])
    throw (await lostFilesError(context.lake, read, { error, engine: context.engine })) ?? error
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
