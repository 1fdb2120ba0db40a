import type { StoredFile } from '../../storage/storage.ts'

const MIB = 1024 * 1024

/**
 * How many bytes of lines make one data file. A change in an old file writes its data file anew, so that one holds a small share of all; but
 * none is too small to be read well, or so large that the scratch directory could not hold it.
 */
export function batchBytes(files: readonly StoredFile[]): number {
  const total = files.reduce((sum, { size }) => sum + size, 0)
  return Math.min(256 * MIB, Math.max(16 * MIB, Math.ceil(total / 64)))
}
