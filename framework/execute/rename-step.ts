/**
 * The step after a rename: moves a table to its asset's new key, and records the new keys of its
 * upstreams.
 */
import { copyTable } from '../delta/copy-table.ts'
import { readSnapshot } from '../delta/snapshot.ts'
import type { ResolvedTable } from '../graph/resolved-asset.ts'
import { sourceDirectory } from '../ingest/source-directory.ts'
import type { FormerTable, TableState } from '../observe/observation.ts'
import { tableCopy } from '../observe/renamed-tables.ts'
import { type Published, publish } from '../publish/publish.ts'
import { refuseLostClaim } from '../run/claims/claim-conflict.ts'
import { moveCheckNote } from '../run/failures.ts'
import { filesOfTable, removeFiles } from '../tables/remove-table.ts'
import type { StepContext } from './step-context.ts'

/**
 * Moves a table with all of its versions. The old table is removed only after the new one is
 * complete. If a move is interrupted, the next run continues it. The caller has claimed both keys.
 */
export async function moveTable(
  { lake, claims, notice, signal }: Pick<StepContext, 'lake' | 'claims' | 'notice' | 'signal'>,
  { key: from, kind }: FormerTable,
  to: string,
): Promise<void> {
  if (kind === 'apart') return
  const change = { from, to }
  if (kind === 'to-move') {
    for (const { path } of await lake.list(sourceDirectory(from))) {
      await lake.copy(path, sourceDirectory(to) + path.slice(sourceDirectory(from).length))
    }
    await moveCheckNote(lake, change)
    await copyTable(tableCopy(lake, change), signal)
  }
  await refuseLostClaim(claims, from)
  // The table is complete under its new key. If the old files cannot be removed, the next run tries
  // again.
  await removeFiles(lake, from, await filesOfTable(lake, from)).catch((error: Error) =>
    notice(`${to} was moved from ${from}, but not all files of ${from} could be removed: ${error.message}`),
  )
}

/** The result of a step that has moved a table and changed nothing else. */
export const movedOnly = (state: TableState): Published => ({
  ...{ outcome: 'unchanged', state, rowsWritten: 0, partitionsWritten: 0, bytesWritten: 0 },
})

/** Publishes a version that has the same files and names its inputs by their current keys. */
export async function recordNames(context: StepContext, asset: ResolvedTable, state: TableState): Promise<Published> {
  const { engine, inputs, referenced, checked } = state.provenance
  return publish(context, {
    ...{ asset, base: await readSnapshot(context.lake, asset.key, state.version), replaced: [], written: [] },
    provenance: {
      ...{ runId: context.runId, engine, code: asset.code, inputs },
      ...(referenced && { referenced }),
      ...(checked && { checked }),
    },
  })
}
