import type { AddFile } from '../delta/actions.ts'
import { readSnapshot, type Snapshot } from '../delta/snapshot.ts'
import { LakeError } from '../errors.ts'
import type { ResolvedAsset } from '../graph/resolved-asset.ts'
import type { TableState } from '../observe/observation.ts'
import { observeTable } from '../observe/observe.ts'
import type { Storage } from '../storage/storage.ts'
import { locateFiles } from './data-files.ts'
import type { InputTable } from './engine.ts'

/** One version of an upstream, which stays the same while a step reads it, whatever is published meanwhile. */
export interface PinnedTable {
  readonly state: TableState
  readonly files: readonly AddFile[]
  readonly input: InputTable
}

/** Pins the newest version. Throws `upstream-missing`, naming the asset that needs it. */
export async function pinTable(lake: Storage, asset: ResolvedAsset, neededBy: string): Promise<PinnedTable> {
  const { key } = asset
  const state = await observeTable(lake, key)
  const snapshot = state && (await readSnapshot(lake, key, state.version))
  if (!state || !snapshot) {
    throw new LakeError(
      'upstream-missing',
      `${neededBy} needs ${key}, which has not been built. Run lake materialize +${neededBy} (without --only).`,
      { asset: neededBy },
    )
  }
  return { state, files: [...snapshot.files.values()], input: inputOf(lake, asset, snapshot) }
}

function inputOf(lake: Storage, { key, columns }: ResolvedAsset, snapshot: Snapshot): InputTable {
  return { columns, files: locateFiles(lake, key, snapshot.files.values()) }
}
