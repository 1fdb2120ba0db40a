/** Removes a table that no asset declares from the lake, with all of its versions. */
import { LakeError } from '../errors.ts'
import type { AssetGraph } from '../graph/asset-graph.ts'
import { ASSET_KEY } from '../graph/asset-key.ts'
import { formerTable } from '../observe/renamed-tables.ts'
import { isTable } from '../observe/undeclared-tables.ts'
import { claimAssets } from '../run/claims/claim-assets.ts'
import { FILES_CLAIM, heldBy, refuseLostClaim } from '../run/claims/claim-conflict.ts'
import { newRunId } from '../run/run-id.ts'
import type { Storage, StoredItem } from '../storage/storage.ts'
import { filesOfTable, removeFiles } from '../tables/remove-table.ts'

export interface Dropped {
  readonly key: string
  readonly files: number
  /** Total size of the deleted files. */
  readonly bytes: number
}

/**
 * The files that a drop deletes. Throws `usage` if an asset declares the table, if the next run
 * moves it to a renamed asset, or if it does not exist.
 */
export async function tableToDrop(lake: Storage, graph: AssetGraph, key: string): Promise<readonly StoredItem[]> {
  if (graph.has(key)) {
    throw new LakeError('usage', {
      problem: `${key} is an asset of this project`,
      remedy: 'Remove it from the config first: otherwise the next run builds it again.',
      asset: key,
    })
  }
  if (!ASSET_KEY.test(key) || !(await isTable(lake, key))) {
    throw new LakeError('usage', {
      problem: `the table ${JSON.stringify(key)} does not exist in ${lake.uri}`,
      remedy: '`lake status` lists the tables that no asset declares.',
    })
  }
  const heir = graph.assets.find(({ declared }) => declared.formerly === key)
  if (heir && (await formerTable(lake, { from: key, to: heir.key }))?.kind === 'to-move') {
    throw new LakeError('usage', {
      problem: `${heir.key} was formerly ${key}, and the next run moves this table to it`,
      remedy: `Run \`lake materialize ${heir.key}\`. To build ${heir.key} anew instead, remove its \`formerly\` first.`,
      asset: heir.key,
    })
  }
  return filesOfTable(lake, key)
}

/**
 * Throws `held` if a run is building the table, or if files are being deleted. Also throws what
 * `tableToDrop` throws.
 */
export async function dropTable(lake: Storage, graph: AssetGraph, { key, now }: DropRequest): Promise<Dropped> {
  const claimed = await claimAssets(lake, [key, FILES_CLAIM], newRunId(now()))
  if (claimed.kind === 'held-by-other') throw heldBy(claimed.holder)
  try {
    const items = await tableToDrop(lake, graph, key)
    await refuseLostClaim(claimed.claims, key)
    await removeFiles(lake, key, items)
    return { key, files: items.length, bytes: items.reduce((sum, { size }) => sum + size, 0) }
  } finally {
    await claimed.claims.release()
  }
}

interface DropRequest {
  readonly key: string
  readonly now: () => Date
}
