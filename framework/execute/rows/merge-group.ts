/** Takes the rows that code gives up to a checkpoint, and merges them into the table's files. */
import { filesToMerge } from '../../engine/compaction.ts'
import type { MergeResult } from '../../engine/rows/merge-rows.ts'
import { RowPacker } from '../../ingest/rows/row-packer.ts'
import { dataFiles, locateFiles } from '../../tables/data-files.ts'
import { lostFilesError } from '../../tables/lost-files.ts'
import { counted } from '../../text/counted.ts'
import type { StepContext } from '../step-context.ts'
import { type CheckedBatch, mistake } from './given-batches.ts'
import type { RowsStep, RowsTable } from './rows-table.ts'

/** The batches up to a checkpoint, or to the end of the read. */
interface Group {
  readonly isLast: boolean
  readonly cursor: string | undefined
  /** The number of the last row or key. */
  readonly number: number
}

interface GroupInput {
  readonly table: RowsTable
  readonly batches: AsyncIterator<CheckedBatch, void>
  readonly directory: string
  readonly after: number
}

interface MergedGroup {
  readonly group: Group
  readonly merged: MergeResult
}

export async function mergeGroup(
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
