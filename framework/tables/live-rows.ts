/** Finds out which rows of its data files a table version has. */
import type { AddFile } from '../delta/actions.ts'
import { rowsOf } from '../delta/stats.ts'
import { readVectors } from '../delta/vectors/vector-files.ts'
import type { FileRows, InputTable } from '../engine/data-file.ts'
import type { Storage } from '../storage/storage.ts'

/**
 * The rows that count, in the order of the files; undefined if these are all rows of all files.
 * Reads the files' deletion vectors. Throws `corrupt-table`, which names the data file, if one is
 * missing or damaged.
 */
export async function liveRows(lake: Storage, key: string, files: readonly AddFile[]): Promise<InputTable['rows']> {
  if (files.every(({ deletionVector }) => !deletionVector)) return undefined
  const deleted = await readVectors({ storage: lake, table: key }, files)
  return files.map(({ stats }, index): FileRows | undefined => {
    const positions = deleted[index]
    return positions && { kind: 'except', positions, rowsInFile: rowsOf(stats) ?? 0 }
  })
}
