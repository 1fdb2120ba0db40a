/** The step that reads the rows that code gives into the table of their source. */
import { join } from 'node:path'
import { LakeError } from '../../errors.ts'
import { shownCursor } from '../../observe/rows/observe-rows.ts'
import type { Published } from '../../publish/publish.ts'
import type { RowsRead } from '../../run/events.ts'
import { makeDirectory } from '../../storage/local/make-directory.ts'
import { counted } from '../../text/counted.ts'
import type { StepContext } from '../step-context.ts'
import { givenBatches } from './given-batches.ts'
import { mergeGroup } from './merge-group.ts'
import { publishGroup } from './publish-group.ts'
import { currentTable, type RowsStep } from './rows-table.ts'

/**
 * Asks code for the rows after the last published cursor, and publishes them with the new cursor:
 * in one commit, or in one for each checkpoint. Throws `rows-failed` if the function fails, and
 * `source-broken` if more rows are refused than `maxRejected` allows. The next read begins at the
 * published cursor, so it gets the unpublished rows again.
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
  const published = `${counted(rowsWritten, 'row')} before that ${rowsWritten === 1 ? 'was' : 'were'} published, up to version ${version}`
  return error.with({ problem: `${error.problem}. ${published}` })
}

const cursorOf = (cursor: string | undefined): Pick<RowsRead, 'cursor'> =>
  cursor === undefined ? {} : { cursor: shownCursor(cursor) }
