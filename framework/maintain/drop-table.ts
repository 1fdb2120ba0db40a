/** Removes a table that no asset declares from the lake, with all of its versions. */
import { LakeError } from '../errors.ts'
import type { AssetGraph } from '../graph/asset-graph.ts'
import { isTable } from '../observe/undeclared-tables.ts'
import { FILES_CLAIM, heldBy } from '../run/claim-conflict.ts'
import { claimAssets } from '../run/claims.ts'
import { newRunId } from '../run/run-id.ts'
import type { Storage, StoredItem } from '../storage/storage.ts'
import { filesOfTable, removeFiles } from '../tables/remove-table.ts'

const KEY = /^[a-z][a-z0-9_]{0,99}$/i

export interface Dropped {
  readonly key: string
  readonly files: number
  /** Total size of the deleted files. */
  readonly bytes: number
}

/**
 * The files that a drop deletes. Throws `usage` if an asset declares the table, or if the table
 * does not exist.
 */
export async function tableToDrop(lake: Storage, graph: AssetGraph, key: string): Promise<readonly StoredItem[]> {
  if (graph.has(key)) {
    throw new LakeError('usage', {
      problem: `${key} is an asset of this project`,
      remedy: 'Remove it from the config first: otherwise the next run builds it again.',
      asset: key,
    })
  }
  if (!KEY.test(key) || !(await isTable(lake, key))) {
    throw new LakeError('usage', {
      problem: `there is no table ${JSON.stringify(key)} in ${lake.uri}`,
      remedy: 'lake status lists the tables that no asset declares.',
    })
  }
  return filesOfTable(lake, key)
}

/**
 * Throws `held` if a run is building the table, or if files are being deleted. Throws also what
 * `tableToDrop` throws.
 */
export async function dropTable(lake: Storage, graph: AssetGraph, { key, now }: DropRequest): Promise<Dropped> {
  const claim = await claimAssets(lake, [key, FILES_CLAIM], newRunId(now()))
  if (claim.kind === 'held') throw heldBy(claim.by)
  try {
    const items = await tableToDrop(lake, graph, key)
    await removeFiles(lake, key, items)
    return { key, files: items.length, bytes: items.reduce((sum, { size }) => sum + size, 0) }
  } finally {
    await claim.held.release()
  }
}

export interface DropRequest {
  readonly key: string
  readonly now: () => Date
}
