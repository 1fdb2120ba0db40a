import type { DataFile, PartitionValues } from './data-file.ts'

/** A file of as many rows is left alone: it is read well by itself. */
const LARGE_ROWS = 25_000
/** So many files of like size in a partition become one. */
const TOO_MANY = 8

/**
 * The files that are to be written together with what is new in these partitions, so that small changes never leave many small files behind.
 * Files of like size become one, so that each row is rewritten a few times at most, whatever the number of changes.
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

/** Grows by one when the rows grow eightfold: so many files of one magnitude make one of the next. */
const magnitude = (rows: number): number => Math.floor(Math.log(Math.max(rows, 1)) / Math.log(TOO_MANY))

/** Equal for the same values, in whatever order they stand. */
export function partitionKey(partition: PartitionValues): string {
  return JSON.stringify(Object.entries(partition).toSorted(([left], [right]) => (left < right ? -1 : 1)))
}
