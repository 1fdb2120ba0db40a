/** The step that reads the new and changed files of a source into its table. */
import { randomUUID } from 'node:crypto'
import { readSnapshot } from '../../delta/snapshot.ts'
import type { IngestedPart, IngestResult } from '../../engine/ingest.ts'
import { isCorruptTable } from '../../errors.ts'
import { type KeyDrift, keyDrift } from '../../ingest/keys/key-drift.ts'
import { lineColumns } from '../../ingest/lines/line-columns.ts'
import { Manifest } from '../../ingest/manifest.ts'
import type { ManifestEntry } from '../../ingest/manifest-entry.ts'
import { encodeRejects, failedReadPath, type RejectedLine, readRejects, WHOLE_FILE } from '../../ingest/rejects.ts'
import { sourceDirectory } from '../../ingest/source-directory.ts'
import type { SourceState } from '../../observe/provenance.ts'
import { driftWarnings } from '../../observe/sources/drift-warnings.ts'
import { ignoredWarning, lossWarning } from '../../observe/sources/source-warnings.ts'
import { type Published, publish } from '../../publish/publish.ts'
import { withoutSamePartitions } from '../../publish/same-partitions.ts'
import { locateFiles } from '../../tables/data-files.ts'
import { lostFilesError } from '../../tables/lost-files.ts'
import { printableLine } from '../../text/printable.ts'
import type { StepContext } from '../step-context.ts'
import { type AdoptedRead, adoptRead, findBegunRead, forgetRead, keepRead } from './begun-read.ts'
import { type IngestScope, ingestScope, type SourceStep } from './ingest-scope.ts'
import { refuseTooManyRejects } from './too-many-rejects.ts'

/**
 * Reads the files that are new or changed since the last version, drops the rows of changed and
 * removed files, and publishes the rows with the manifest and the rejects. Throws `source-broken`
 * and publishes nothing if more lines are rejected than `maxRejected` allows.
 */
export async function ingestSource(context: StepContext, step: SourceStep): Promise<Published> {
  const { asset, observed } = step
  warnOfFiles(context, step)
  const base = await readSnapshot(context.lake, asset.key, step.version)
  const before = await currentRejects(context, step)
  const current = before && step.current
  const scope = ingestScope(context.lake, { asset, observed, current }, base)
  const begun = await findBegunRead(context.lake, asset.key)
  const adopted = await adoptRead(context, asset, { begun, files: scope.files })
  const result = await readFiles(context, step, { scope, adopted }).catch(async (error) => {
    const read = new Map([[asset.key, { version: base?.version ?? 0, files: scope.carriedOver }]])
    throw (await lostFilesError(context.lake, read, { error, engine: context.engine })) ?? error
  })
  context.signal.throwIfAborted()
  warnOfRefusedFiles(context, result.rejects)
  const replaced = new Set(scope.replacedPaths)
  const manifest = current ? observed.manifest.replacing(replaced, result.read) : Manifest.of(result.read)
  const drift = noticedDrift(context, step, { manifest, read: result.read })
  const stillRejected = (before ?? []).filter(({ file }) => !replaced.has(file))
  const rejects = [...stillRejected, ...result.rejects].toSorted(byFileAndLine)
  await refuseTooManyRejects(context, asset, { ...manifest.counts(), rejects })
  const content = await withoutSamePartitions(context, {
    asset,
    base,
    replaced: scope.replaced,
    written: result.files,
    provenance: {
      runId: context.runId,
      engine: context.engine.name,
      code: asset.code,
      inputs: {},
      source: await storeSourceState(context, step, { current, manifest, rejects, drift }),
    },
  })
  const published = await publish(context, content)
  // The source is published. It needs neither the rejects of a failed read nor the files of an
  // interrupted one, so a failure to remove them is ignored.
  await context.lake.delete(failedReadPath(asset.key)).catch(() => undefined)
  if (begun.kind !== 'absent') await forgetRead(context.lake, asset.key).catch(() => undefined)
  return published
}

interface ReadFiles<File> extends Pick<IngestResult, 'read' | 'rejects'> {
  readonly files: readonly File[]
}

interface SourceRead {
  readonly scope: IngestScope
  readonly adopted: AdoptedRead
}

/**
 * Reads the files that were not adopted. If the read is interrupted, it keeps for the next run what
 * it has read so far.
 */
async function readFiles(
  context: StepContext,
  step: SourceStep,
  { scope, adopted }: SourceRead,
): Promise<IngestResult> {
  const { lake, engine, directory, signal } = context
  const { asset, storage, observed } = step
  const isAdopted = new Set(adopted.read.map(({ path }) => path))
  const withAdopted = <File>({ files, read, rejects }: ReadFiles<File>) => ({
    files: [...adopted.files, ...files],
    read: [...adopted.read, ...read],
    rejects: [...adopted.rejects, ...rejects],
  })
  const keep = async (part: IngestedPart) => {
    const files = part.read.length === 0 ? isAdopted.size : await keepRead(lake, asset, withAdopted(part))
    if (files > 0) context.kept({ files, of: scope.files.length })
  }
  const result = await engine.ingest({
    ...{ source: asset, storage, table: observed.table, directory, signal },
    files: scope.files.filter(({ path }) => !isAdopted.has(path)),
    listed: observed.files,
    rewritten: { columns: asset.columns, files: locateFiles(lake, asset.key, scope.carriedOver) },
    replacedPaths: scope.replacedPaths,
    progress: (files) => context.progress({ done: isAdopted.size + files, total: scope.files.length, unit: 'files' }),
    // If nothing can be kept, the error to report is still the one that interrupted the read.
    keep: (part) => keep(part).catch(() => undefined),
  })
  return withAdopted(result)
}

function warnOfFiles({ notice }: StepContext, { asset, storage, observed, current }: SourceStep): void {
  for (const message of lossWarning(observed)) notice(message)
  if (observed.files.count > 0 || current?.files === 0) return
  const { table } = observed
  const nothing = table
    ? `version ${table.version} of its Delta table has no file`
    : `there is no file in ${storage.uri}`
  const [ignored = nothing] = ignoredWarning(asset.declared.pattern, observed)
  notice(`${asset.key} has no rows: ${ignored}`)
}

/** Maximum number of refused files that a step names. */
const REFUSED_NAMED = 5

function warnOfRefusedFiles({ notice }: StepContext, rejects: readonly RejectedLine[]): void {
  const refused = rejects.filter(({ line }) => line === WHOLE_FILE)
  for (const { file, reason } of refused.slice(0, REFUSED_NAMED)) {
    notice(`${printableLine(file)} is refused as a whole: ${printableLine(reason)}`)
  }
  const others = refused.length - REFUSED_NAMED
  if (others > 0) notice(`${others} more ${others === 1 ? 'file is' : 'files are'} refused as a whole`)
}

/**
 * The current rejects; undefined if every file has to be read anew, such as when the rejects are
 * lost.
 */
async function currentRejects(
  { lake, notice }: StepContext,
  { asset, current }: SourceStep,
): Promise<readonly RejectedLine[] | undefined> {
  if (!current?.rejects) return current && []
  try {
    return await readRejects(lake, current.rejects, asset.key)
  } catch (error) {
    if (!isCorruptTable(error)) throw error
    notice(`all files are read anew: the list of rejected lines is lost (${lake.uri}/${current.rejects})`)
    return undefined
  }
}

interface FilesAndRejects {
  /** What the kept rows were read from. */
  readonly current: SourceState | undefined
  readonly manifest: Manifest
  /** Sorted by file and line. */
  readonly rejects: readonly RejectedLine[]
}

/** The drift of the new version. Reports only drift that the current version does not have. */
function noticedDrift(
  { notice }: StepContext,
  { asset, current }: SourceStep,
  { manifest, read }: { readonly manifest: Manifest; readonly read: readonly ManifestEntry[] },
): KeyDrift | undefined {
  const columns = lineColumns(asset.columns)
  const drift = keyDrift({ columns, entries: manifest.entries(), isRead: isIn(read, manifest), before: current?.drift })
  const known = new Set(driftWarnings(current?.drift))
  for (const message of driftWarnings(drift)) if (!known.has(message)) notice(message)
  return drift
}

/** Whether a file of the manifest is one of `read`. */
function isIn(read: readonly ManifestEntry[], manifest: Manifest): (path: string) => boolean {
  if (read.length === manifest.size) return () => true
  const paths = new Set(read.map(({ path }) => path))
  return (path) => paths.has(path)
}

/**
 * Stores the manifest and the rejects under new names, so that no reader sees them before the
 * commit names them.
 */
async function storeSourceState(
  context: StepContext,
  { asset, observed: { table } }: Pick<SourceStep, 'asset' | 'observed'>,
  { current, manifest, rejects, drift }: FilesAndRejects & { readonly drift: KeyDrift | undefined },
): Promise<SourceState> {
  const { lake } = context
  const directory = sourceDirectory(asset.key)
  const path = `${directory}/manifest-${randomUUID()}.json.gz`
  await lake.put(path, manifest.encode())
  const counts = {
    ...{ manifest: path, files: manifest.size, ...manifest.counts() },
    ...readBy(context, current),
    ...(drift && { drift }),
    ...(table && { table: { id: table.id, version: table.version } }),
  }
  if (counts.rejected !== rejects.length) {
    throw new Error(`${asset.key}: ${counts.rejected} lines were rejected, but ${rejects.length} of them were kept`)
  }
  if (rejects.length === 0) return counts
  const rejectsPath = `${directory}/rejects-${randomUUID()}.ndjson.gz`
  await lake.put(rejectsPath, encodeRejects(rejects))
  return { ...counts, rejects: rejectsPath }
}

/**
 * The run that last read all files: this one, or the recorded one. Absent if an older version of
 * lake did not record it.
 */
function readBy({ runId }: StepContext, current: SourceState | undefined): Pick<SourceState, 'readBy'> {
  if (!current) return { readBy: runId }
  return current.readBy === undefined ? {} : { readBy: current.readBy }
}

function byFileAndLine(left: RejectedLine, right: RejectedLine): number {
  return left.file === right.file ? left.line - right.line : left.file < right.file ? -1 : 1
}
