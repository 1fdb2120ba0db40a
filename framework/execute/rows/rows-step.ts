/** The step that reads the rows that code gives into the table of their source. */
import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import type { CodeSource } from '../../declare/definition.ts'
import type { AddFile } from '../../delta/actions.ts'
import { readSnapshot, type Snapshot } from '../../delta/snapshot.ts'
import { filesToMerge } from '../../engine/compaction.ts'
import type { MergeResult } from '../../engine/rows/merge-rows.ts'
import { isCorruptTable, LakeError } from '../../errors.ts'
import type { ResolvedSource } from '../../graph/resolved-asset.ts'
import { type KeyDrift, keyDrift } from '../../ingest/keys/key-drift.ts'
import { lineColumns } from '../../ingest/lines/line-columns.ts'
import type { ManifestEntry } from '../../ingest/manifest-entry.ts'
import { encodeRejects, failedReadPath, type RejectedLine, readRejects } from '../../ingest/rejects.ts'
import { RowPacker } from '../../ingest/rows/row-packer.ts'
import { sourceDirectory } from '../../ingest/source-directory.ts'
import { observeTable } from '../../observe/observe.ts'
import type { RowsState, SourceState } from '../../observe/provenance.ts'
import { type RowsObservation, shownCursor } from '../../observe/rows/observe-rows.ts'
import { driftWarnings } from '../../observe/sources/drift-warnings.ts'
import { type Published, publish } from '../../publish/publish.ts'
import { withoutSamePartitions } from '../../publish/same-partitions.ts'
import type { RowsRead } from '../../run/events.ts'
import { makeDirectory } from '../../storage/local/make-directory.ts'
import { dataFiles, locateFiles } from '../../tables/data-files.ts'
import { lostFilesError } from '../../tables/lost-files.ts'
import { counted } from '../../text/counted.ts'
import { printableLine } from '../../text/printable.ts'
import { refuseTooManyRejects } from '../ingest/too-many-rejects.ts'
import type { StepContext } from '../step-context.ts'
import { type CheckedBatch, givenBatches, mistake } from './given-batches.ts'

export interface RowsStep {
  readonly asset: ResolvedSource & { readonly declared: CodeSource }
  readonly observed: RowsObservation
  /** Whether the source is read from its start. Then no row of its table is kept. */
  readonly fromStart: boolean
  /** Whether a read without rows can replace all rows. */
  readonly allowEmpty: boolean
}

/** The table as it is before a group of batches. */
interface Table {
  readonly base: Snapshot | undefined
  /** Undefined if the next rows replace all rows. */
  readonly source: SourceState | undefined
  readonly rejects: readonly RejectedLine[]
  readonly drift: KeyDrift | undefined
}

/** The batches up to a checkpoint, or to the end of the read. */
interface Group {
  readonly isLast: boolean
  readonly cursor: string | undefined
  /** The number of the last row or key. */
  readonly number: number
}

/**
 * Asks code for the rows after the last published cursor, and publishes them with the new cursor:
 * in one commit, or in one for each checkpoint. Throws `rows-failed` if the function fails, and
 * `source-broken` if more rows are refused than `maxRejected` allows. The next read begins at the
 * published cursor, so it gets again what was not published.
 */
export async function readRows(context: StepContext, step: RowsStep): Promise<Published & { readonly read: RowsRead }> {
  const { asset } = step
  const readAt = context.now().toISOString()
  let table = await currentTable(context, step)
  const batches = givenBatches(asset.declared, table.source?.rows?.cursor, context.signal)
  let [number, rowsWritten, materialized] = [0, 0, false]
  /** The version that the last checkpoint published. */
  let version: number | undefined
  try {
    for (let part = 0; ; part++) {
      const directory = join(context.directory, String(part))
      makeDirectory(directory)
      const { group, merged } = await mergeGroup(context, step, { table, batches, directory, after: number })
      const { isLast, cursor } = group
      const observed = step.observed.version
      const rows = {
        ...{ readAt, complete: isLast },
        ...(cursor !== undefined && { cursor }),
        ...(observed !== undefined && { version: observed }),
      }
      const published = await publishGroup(context, step, { table, merged, rows })
      number = group.number
      rowsWritten += published.rowsWritten
      materialized ||= published.outcome === 'materialized'
      if (isLast) {
        const outcome = materialized ? 'materialized' : 'unchanged'
        return { ...published, outcome, rowsWritten, read: { given: number, ...cursorOf(cursor) } }
      }
      version = published.state.version
      table = await currentTable(context, { ...step, fromStart: false })
    }
  } catch (error) {
    throw version === undefined ? error : withCheckpoint(error, { rowsWritten, version })
  } finally {
    await batches.return()
  }
}

/** Adds to the failure what an earlier checkpoint of the read has published. */
function withCheckpoint(
  error: unknown,
  { rowsWritten, version }: { readonly rowsWritten: number; readonly version: number },
): unknown {
  if (!(error instanceof LakeError)) return error
  const { code, problem, remedy, asset, details, cause, transient } = error
  const published = `${counted(rowsWritten, 'row')} before that ${rowsWritten === 1 ? 'was' : 'were'} published, up to version ${version}`
  return new LakeError(code, {
    problem: `${problem}. ${published}`,
    ...{ ...(remedy !== undefined && { remedy }), ...(asset !== undefined && { asset }), details, cause, transient },
  })
}

const cursorOf = (cursor: string | undefined): Pick<RowsRead, 'cursor'> =>
  cursor === undefined ? {} : { cursor: shownCursor(cursor) }

/** Reads the table from the lake, because an earlier attempt can have published checkpoints. */
async function currentTable(context: StepContext, { asset, fromStart }: RowsStep): Promise<Table> {
  const { lake, notice } = context
  const base = await readSnapshot(lake, asset.key)
  const source = (await observeTable(lake, asset.key))?.provenance.source
  const found = { base, source, rejects: [], drift: source?.drift }
  if (fromStart || asset.declared.rows.mode === 'replace') return { ...found, source: undefined }
  if (!source?.rejects) return found
  try {
    return { ...found, rejects: await readRejects(lake, source.rejects, asset.key) }
  } catch (error) {
    if (!isCorruptTable(error)) throw error
    notice(`the list of its refused rows is lost (${lake.uri}/${source.rejects})`)
    return found
  }
}

interface GroupInput {
  readonly table: Table
  readonly batches: AsyncIterator<CheckedBatch, void>
  readonly directory: string
  readonly after: number
}

interface MergedGroup {
  readonly group: Group
  readonly merged: MergeResult
}

async function mergeGroup(
  context: StepContext,
  step: RowsStep,
  { table, batches, directory, after }: GroupInput,
): Promise<MergedGroup> {
  const { lake, engine, signal, runId } = context
  const { asset } = step
  const { unknownKeys, rows } = asset.declared
  if (!engine.mergeRows) throw new Error(`${engine.name} merges no rows`)
  const packing = { ...asset, unknownKeys, name: runId, after, directory }
  const packer = new RowPacker(packing)
  try {
    const group = await packGroup(context, step, { table, batches, packer })
    const files = table.source && table.base ? [...table.base.files.values()] : []
    const located = dataFiles(lake, asset, files)
    const gives = group.number > after
    const merging = engine.mergeRows({
      ...{ source: asset, given: packer.finish(), upserts: rows.mode === 'upsert', directory, signal },
      current: { columns: asset.columns, files: locateFiles(lake, asset.key, files) },
      merged: gives ? filesToMerge(located, [{}]).map(({ location }) => location) : [],
    })
    const merged = await merging.catch(async (error) => {
      const read = new Map([[asset.key, { version: table.base?.version ?? 0, files }]])
      throw (await lostFilesError(lake, read, { error, engine })) ?? error
    })
    signal.throwIfAborted()
    return { group, merged }
  } finally {
    packer.close()
  }
}

const PROGRESS_EVERY_MS = 500

/**
 * Packs the batches up to a checkpoint. Packs all batches if readers would otherwise see a part of
 * a new table.
 */
async function packGroup(
  { progress, now }: StepContext,
  { asset }: RowsStep,
  { table, batches, packer }: Pick<GroupInput, 'table' | 'batches'> & { readonly packer: RowPacker },
): Promise<Group> {
  const { rows } = asset.declared
  const replacesTable = table.base !== undefined && table.source === undefined
  const most = replacesTable ? Number.POSITIVE_INFINITY : (rows.checkpointRows ?? Number.POSITIVE_INFINITY)
  const before = packer.number
  let cursor = table.source?.rows?.cursor
  let published = before
  let reportedAt = now().getTime()
  for (;;) {
    const { value: batch } = await batches.next()
    if (!batch) break
    await packer.add(batch)
    if (now().getTime() - reportedAt >= PROGRESS_EVERY_MS) {
      reportedAt = now().getTime()
      progress({ done: packer.number, total: 0, unit: 'rows' })
    }
    if (batch.cursor === undefined) continue
    cursor = batch.cursor
    published = packer.number
    if (packer.number - before >= most) return { isLast: false, cursor, number: packer.number }
  }
  if (rows.mode === 'append' && rows.cursor && published < packer.number) {
    throw mistake(
      asset.declared,
      `it gave ${counted(packer.number - published, 'row')} after its last cursor, which the next read would append again`,
      'yield a cursor with the last rows',
    )
  }
  return { isLast: true, cursor, number: packer.number }
}

interface GroupContent {
  readonly table: Table
  readonly merged: MergeResult
  readonly rows: RowsState
}

async function publishGroup(context: StepContext, step: RowsStep, content: GroupContent): Promise<Published> {
  const { lake } = context
  const { asset } = step
  const { table, merged, rows } = content
  const { base } = table
  const read = [...merged.read.rows, ...merged.read.deleted]
  const rejects = [...table.rejects, ...merged.rejects]
  const counts = {
    lines: (table.source?.lines ?? 0) + sum(merged.read.rows, lineCount) + sum(merged.read.deleted, rejectCount),
    rejected: rejects.length,
  }
  const counted = sum(read, rejectCount) + merged.repeated
  if (counted !== merged.rejects.length)
    throw new Error(`${asset.key}: ${counted} rows were refused, but ${merged.rejects.length} of them were kept`)
  await refuseTooManyRejects(context, asset, { ...counts, rejects })
  const replaced = replacedFiles(context, asset, table, merged.replaced)
  refuseEmptied(step, { table, written: sum(merged.files, ({ stats }) => stats.rows), refused: merged.rejects })
  const drift = noticedDrift(context, step, { table, read: merged.read.rows })
  const source = {
    files: 0,
    ...counts,
    ...(await storedRejects(context, asset, rejects)),
    ...(drift && { drift }),
    rows,
  }
  const published = await publish(
    context,
    await withoutSamePartitions(context, {
      ...{ asset, base, replaced, written: merged.files },
      provenance: { runId: context.runId, engine: context.engine.name, code: asset.code, inputs: {}, source },
    }),
  )
  // The source is published and does not need it any more, so a failure to remove it is ignored.
  await lake.delete(failedReadPath(asset.key)).catch(() => undefined)
  return published
}

function replacedFiles(
  { lake }: StepContext,
  { key }: ResolvedSource,
  { base, source }: Table,
  locations: readonly string[],
): readonly AddFile[] {
  const files = base ? [...base.files.values()] : []
  if (!source) return files
  const named = new Set(locations)
  return files.filter(({ path }) => named.has(lake.locate(`${key}/${path}`)))
}

interface GivenRows {
  readonly table: Table
  readonly written: number
  readonly refused: readonly RejectedLine[]
}

/** A service that answers with nothing by mistake must not empty a table. */
function refuseEmptied({ asset, allowEmpty }: RowsStep, { table, written, refused }: GivenRows): void {
  const { key, file } = asset.declared
  const hadRows = table.base !== undefined && table.base.files.size > 0
  if (table.source || !hadRows || written > 0 || allowEmpty || asset.declared.allowEmpty) return
  const [first] = refused
  if (first) {
    throw new LakeError('source-empty', {
      problem: `the rows function of ${key} gave only rows that were refused, and none to replace those of its table. Nothing was published`,
      remedy: `Correct the rows function. The first row that was refused: ${printableLine(first.reason)}`,
      asset: key,
    })
  }
  throw new LakeError('source-empty', {
    problem: `the rows function of ${key} gave no rows to replace those of its table. Nothing was published`,
    remedy: `If ${key} is meant to have no rows, use --allow-empty, or allowEmpty: true in ${file ?? 'its declaration'}.`,
    asset: key,
  })
}

/**
 * Without the columns that no row has: rows of earlier reads stay in the table, and can have values
 * in them.
 */
function withoutAbsent(drift: KeyDrift): KeyDrift | undefined {
  const isNothing = drift.unknown.length === 0 && drift.unnamed === 0 && drift.more === 0 && drift.bare === 0
  return isNothing ? undefined : { ...drift, absent: [] }
}

/** How the keys of this read's rows differ from the columns. Reports what is new. */
function noticedDrift(
  { notice }: StepContext,
  { asset }: RowsStep,
  { table, read }: { readonly table: Table; readonly read: readonly ManifestEntry[] },
): KeyDrift | undefined {
  const before = table.drift
  if (sum(read, ({ rows }) => rows) === 0) return before
  const found = keyDrift({ columns: lineColumns(asset.columns), entries: read, isRead: () => true, before: undefined })
  const drift = asset.declared.rows?.mode === 'replace' ? found : found && withoutAbsent(found)
  const known = new Set(driftWarnings(before))
  for (const message of driftWarnings(drift)) if (!known.has(message)) notice(message)
  return drift
}

async function storedRejects(
  { lake }: StepContext,
  { key }: ResolvedSource,
  rejects: readonly RejectedLine[],
): Promise<Pick<SourceState, 'rejects'>> {
  if (rejects.length === 0) return {}
  const path = `${sourceDirectory(key)}/rejects-${randomUUID()}.ndjson.gz`
  await lake.put(path, encodeRejects(rejects))
  return { rejects: path }
}

const rejectCount = ({ rejected }: ManifestEntry): number => rejected
const lineCount = ({ rows, rejected }: ManifestEntry): number => rows + rejected

function sum<Item>(items: readonly Item[], amount: (item: Item) => number): number {
  return items.reduce((total, item) => total + amount(item), 0)
}
