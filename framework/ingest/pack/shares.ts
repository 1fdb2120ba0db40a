/** Cuts the files of a source into the shares that threads pack. */
import type { StoredFile } from '../../storage/storage.ts'

/** What it costs to open a file, in bytes that could be read instead. */
const COST_OF_OPENING = 8 * 2 ** 10

const costOf = ({ size }: StoredFile): number => Math.max(size, COST_OF_OPENING)

/** What it costs to read the files, in bytes. */
export function readingCost(files: readonly StoredFile[]): number {
  return files.reduce((sum, file) => sum + costOf(file), 0)
}

/** Consecutive files, of which each share but the last one costs at least `cost`. */
export function sharesOf(files: readonly StoredFile[], cost: number): readonly (readonly StoredFile[])[] {
  const shares: StoredFile[][] = []
  let room = 0
  for (const file of files) {
    if (room <= 0) {
      shares.push([])
      room = cost
    }
    shares.at(-1)?.push(file)
    room -= costOf(file)
  }
  return shares
}
