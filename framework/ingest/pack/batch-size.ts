/** Chooses the size of a source's data files. */
import type { StoredFile } from '../../storage/storage.ts'
import { MIB } from '../../storage/units.ts'

/**
 * Size of the lines for one data file, in bytes. A change of an old source file rewrites its data
 * file, so each data file holds a small share of the source. The minimum keeps data files efficient
 * to read, and the maximum lets a batch fit in the scratch directory.
 */
export function batchBytes(files: readonly StoredFile[]): number {
  const total = files.reduce((sum, { size }) => sum + size, 0)
  return Math.min(256 * MIB, Math.max(8 * MIB, Math.ceil(total / 64)))
}
