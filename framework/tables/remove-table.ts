/** Deletes a table with all of its versions and files. */
import { sourceDirectory } from '../ingest/source-directory.ts'
import { forgetNotes } from '../run/failures.ts'
import type { Storage, StoredItem } from '../storage/storage.ts'

const MAX_DELETES = 16

/** All files of a table: data files, log, manifests and rejected lines. */
export async function filesOfTable(lake: Storage, key: string): Promise<readonly StoredItem[]> {
  const items = await Promise.all([key, sourceDirectory(key)].map((directory) => lake.inventory(directory)))
  return items.flat()
}

/**
 * Deletes the commits last, so that after an interruption the rest is still a table and can be
 * removed again.
 */
export async function removeFiles(lake: Storage, key: string, items: readonly StoredItem[]): Promise<void> {
  const isCommit = ({ path }: StoredItem) => path.startsWith(`${key}/_delta_log/`) && /\/\d{20}\.json$/.test(path)
  await deleteAll(
    lake,
    items.filter((item) => !isCommit(item)),
  )
  await forgetNotes(lake, key)
  await deleteAll(lake, items.filter(isCommit))
}

async function deleteAll(lake: Storage, items: readonly StoredItem[]): Promise<void> {
  for (let start = 0; start < items.length; start += MAX_DELETES) {
    await Promise.all(items.slice(start, start + MAX_DELETES).map(({ path }) => lake.delete(path)))
  }
}
