/** Publishes the merged rows of a read, with its cursor, its refused rows and its key drift. */
import { randomUUID } from 'node:crypto'
import type { AddFile } from '../../delta/actions.ts'
import type { MergeResult } from '../../engine/rows/merge-rows.ts'
import { LakeError } from '../../errors.ts'
import type { ResolvedSource } from '../../graph/resolved-asset.ts'
import { type KeyDrift, keyDrift } from '../../ingest/keys/key-drift.ts'
import { lineColumns } from '../../ingest/lines/line-columns.ts'
import type { ManifestEntry } from '../../ingest/manifest-entry.ts'
import { encodeRejects, failedReadPath, type RejectedLine } from '../../ingest/rejects.ts'
import { sourceDirectory } from '../../ingest/source-directory.ts'
import type { RowsState, SourceState } from '../../observe/provenance.ts'
import { driftWarnings } from '../../observe/sources/drift-warnings.ts'
import { type Published, publish } from '../../publish/publish.ts'
import { withoutSamePartitions } from '../../publish/same-partitions.ts'
import { printableLine } from '../../text/printable.ts'
import { refuseTooManyRejects } from '../ingest/too-many-rejects.ts'
import type { StepContext } from '../step-context.ts'
import type { RowsStep, RowsTable } from './rows-table.ts'

interface GroupContent {
  readonly table: RowsTable
  readonly merged: MergeResult
  readonly rows: RowsState
}

export async function publishGroup(context: StepContext, step: RowsStep, content: GroupContent): Promise<Published> {
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
  { base, source }: RowsTable,
  locations: readonly string[],
): readonly AddFile[] {
  const files = base ? [...base.files.values()] : []
  if (!source) return files
  const named = new Set(locations)
  return files.filter(({ path }) => named.has(lake.locate(`${key}/${path}`)))
}

interface GivenRows {
  readonly table: RowsTable
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
 * Leaves out the columns that no row has, because rows of earlier reads stay in the table and can
 * have values in these columns.
 */
function withoutAbsent(drift: KeyDrift): KeyDrift | undefined {
  const isNothing = drift.unknown.length === 0 && drift.unnamed === 0 && drift.more === 0 && drift.bare === 0
  return isNothing ? undefined : { ...drift, absent: [] }
}

/** How the keys of this read's rows differ from the columns. Reports what is new. */
function noticedDrift(
  { notice }: StepContext,
  { asset }: RowsStep,
  { table, read }: { readonly table: RowsTable; readonly read: readonly ManifestEntry[] },
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
