/** Cuts the files of a source into the shares that threads pack. */
import { jsonLines, type StreamedFormat } from '../../../declare/format/file-format.ts'
import type { StoredFile } from '../../../storage/storage.ts'
import { isNamedCompressed } from '../../unpack/compressed-names.ts'

/** Cost of opening a file, in bytes that could be read in the same time. */
const COST_OF_OPENING = 8 * 2 ** 10

/**
 * Cost of reading a byte of a compressed file, compared with a byte of uncompressed lines of JSON.
 */
const COMPRESSED_COST = 8
/**
 * Cost of reading a byte of a format that has no fast path, compared with a byte of uncompressed
 * lines of JSON.
 */
const SLOW_FORMAT_COST = 3

/** About how many bytes the file has once it is unpacked. */
const contentOf = ({ path, size }: StoredFile): number => size * (isNamedCompressed(path) ? COMPRESSED_COST : 1)

/** About how many bytes the files have once they are unpacked. */
export const contentBytes = (files: readonly StoredFile[]): number =>
  files.reduce((sum, file) => sum + contentOf(file), 0)

function costOf(file: StoredFile, format: StreamedFormat): number {
  const parsed = format.kind === 'json-lines' || format.kind === 'csv' ? 1 : SLOW_FORMAT_COST
  return Math.max(contentOf(file) * parsed, COST_OF_OPENING)
}

/** Cost of reading the files, in bytes. */
export function readingCost(files: readonly StoredFile[], format: StreamedFormat = jsonLines()): number {
  return files.reduce((sum, file) => sum + costOf(file, format), 0)
}

/** Shares of consecutive files. Each share but the last one costs at least `cost`. */
export function sharesOf(
  files: readonly StoredFile[],
  cost: number,
  format: StreamedFormat = jsonLines(),
): readonly (readonly StoredFile[])[] {
  const shares: StoredFile[][] = []
  let room = 0
  for (const file of files) {
    if (room <= 0) {
      shares.push([])
      room = cost
    }
    shares.at(-1)?.push(file)
    room -= costOf(file, format)
  }
  return shares
}
