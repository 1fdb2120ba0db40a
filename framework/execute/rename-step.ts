/** Gives a table the key that its asset has now, and records what its upstreams are called now. No row changes. */
import { copyTable } from '../delta/copy-table.ts'
import { readSnapshot } from '../delta/snapshot.ts'
import type { ResolvedTable } from '../graph/resolved-asset.ts'
import type { TableState } from '../observe/observation.ts'
import { sourceDirectory } from '../observe/provenance.ts'
import { type FormerTable, tableCopy } from '../observe/renamed.ts'
import { type Published, publish } from '../publish/publish.ts'
import { moveCheckNote } from '../run/failures.ts'
import { filesOfTable, removeFiles } from '../tables/remove-table.ts'
import type { StepContext } from './step-context.ts'

/**
 * Moves a table with all of its versions. The old one stands until the new one does, and is removed then. What is interrupted at any point is
 * gone on with by the next run. Whoever calls it has claimed both keys.
 */
export async function moveTable(
  { lake, notice, signal }: Pick<StepContext, 'lake' | 'notice' | 'signal'>,
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
  // It stands under its new key: what keeps the old files from being removed is no failure, and the next run tries again.
  await removeFiles(lake, from, await filesOfTable(lake, from)).catch((error: Error) =>
    notice(`${to} was moved from ${from}, of which not all could be removed: ${error.message}`),
  )
}

/** What a step comes to that has moved a table and does nothing else. */
export const movedOnly = (state: TableState): Published => ({
  ...{ outcome: 'unchanged', state, rowsWritten: 0, partitionsWritten: 0 },
})

/** Publishes a version with the same files that names what it was made from by the keys of now. */
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
