/** Removes a table that no asset declares from the lake, with all of its versions. */
import { LakeError } from '../errors.ts'
import type { AssetGraph } from '../graph/asset-graph.ts'
import { isTable } from '../observe/undeclared-tables.ts'
import { FILES_CLAIM, heldBy } from '../run/claim-conflict.ts'
import { claimAssets } from '../run/claims.ts'
import { forgetNotes } from '../run/failures.ts'
import { newRunId } from '../run/run-id.ts'
import type { Storage, StoredItem } from '../storage/storage.ts'

const DELETED_AT_ONCE = 16
const KEY = /^[a-z][a-z0-9_]{0,99}$/i

export interface Dropped {
  readonly key: string
  readonly files: number
  /** Of all that was deleted. */
  readonly bytes: number
}

/** What would go. Throws `usage` for a table that an asset declares, and for one that is not there. */
export async function tableToDrop(lake: Storage, graph: AssetGraph, key: string): Promise<readonly StoredItem[]> {
  if (graph.has(key)) {
    throw new LakeError(
      'usage',
      `${key} is an asset of this project: take it out of the config first, or it would be built again.`,
      {
        asset: key,
      },
    )
  }
  if (!KEY.test(key) || !(await isTable(lake, key))) {
    throw new LakeError(
      'usage',
      `There is no table ${JSON.stringify(key)} in ${lake.uri}: lake status lists those that no asset declares.`,
    )
  }
  const items = await Promise.all([key, `_lake/sources/${key}`].map((directory) => lake.inventory(directory)))
  return items.flat()
}

/**
 * Deletes the data files before the log: what is interrupted is still a table, and can be dropped again. Throws `held` where a run builds the
 * table, or files are being deleted.
 */
export async function dropTable(lake: Storage, graph: AssetGraph, { key, now }: DropRequest): Promise<Dropped> {
  const claim = await claimAssets(lake, [key, FILES_CLAIM], newRunId(now()))
  if (claim.kind === 'held') throw heldBy(claim.by)
  try {
    const items = await tableToDrop(lake, graph, key)
    const isLog = ({ path }: StoredItem) => path.startsWith(`${key}/_delta_log/`)
    await deleteAll(
      lake,
      items.filter((item) => !isLog(item)),
    )
    await deleteAll(lake, items.filter(isLog))
    await forgetNotes(lake, key)
    return { key, files: items.length, bytes: items.reduce((sum, { size }) => sum + size, 0) }
  } finally {
    await claim.held.release()
  }
}

export interface DropRequest {
  readonly key: string
  readonly now: () => Date
}

async function deleteAll(lake: Storage, items: readonly StoredItem[]): Promise<void> {
  for (let start = 0; start < items.length; start += DELETED_AT_ONCE) {
    await Promise.all(items.slice(start, start + DELETED_AT_ONCE).map(({ path }) => lake.delete(path)))
  }
}
