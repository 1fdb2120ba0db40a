/**
 * Decides which small data files an increment merges, so that small changes do not leave many of
 * them.
 */
import type { DataFile, PartitionValues } from './data-file.ts'

/** Files with at least this many rows are not compacted. */
const LARGE_ROWS = 25_000
/** Minimum number of files of similar size in a partition at which they are merged. */
const TOO_MANY = 8

/**
 * The files of these partitions to merge with the new rows. Merges only files of similar size, so
 * that each row is rewritten only a few times, even after many changes.
 */
export function filesToMerge(files: readonly DataFile[], partitions: readonly PartitionValues[]): readonly DataFile[] {
  const touched = new Set(partitions.map(partitionKey))
  const alike = new Map<string, DataFile[]>()
  for (const file of files) {
    const partition = partitionKey(file.partitionValues)
    if (!touched.has(partition) || file.rows === undefined || file.rows >= LARGE_ROWS) continue
    const key = `${partition} ${magnitude(file.rows)}`
    alike.set(key, [...(alike.get(key) ?? []), file])
  }
  return [...alike.values()].filter((some) => some.length >= TOO_MANY).flat()
}

/**
 * The magnitude of a number of rows. It grows by one when the rows grow eightfold, so that TOO_MANY
 * files of one magnitude become one file of the next.
 */
const magnitude = (rows: number): number => Math.floor(Math.log(Math.max(rows, 1)) / Math.log(TOO_MANY))

/** Equal for the same values in any order. */
export function partitionKey(partition: PartitionValues): string {
  return JSON.stringify(Object.entries(partition).toSorted(([left], [right]) => (left < right ? -1 : 1)))
}
