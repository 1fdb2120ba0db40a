/** Deletes a table with all of its versions and what is kept beside them. */
import { sourceDirectory } from '../observe/provenance.ts'
import { forgetNotes } from '../run/failures.ts'
import type { Storage, StoredItem } from '../storage/storage.ts'

const DELETED_AT_ONCE = 16

/** Its data files and log, and its lists of source files and refused lines. */
export async function filesOfTable(lake: Storage, key: string): Promise<readonly StoredItem[]> {
  const items = await Promise.all([key, sourceDirectory(key)].map((directory) => lake.inventory(directory)))
  return items.flat()
}

/** The commits go last: what is interrupted is still seen to be a table, and can be removed again. */
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
  for (let start = 0; start < items.length; start += DELETED_AT_ONCE) {
    await Promise.all(items.slice(start, start + DELETED_AT_ONCE).map(({ path }) => lake.delete(path)))
  }
}
