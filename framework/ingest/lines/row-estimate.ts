/** Computes the maximum number of rows in a file from its size. */
import type { Column } from '../../declare/columns.ts'
import { declaredColumns } from '../../declare/definition.ts'
import type { FileFormat } from '../../declare/format/file-format.ts'
import { isNamedCompressed } from '../unpack/compressed-names.ts'

/**
 * Size of the shortest line that is a row of these columns, in bytes with its newline. Such a line
 * has a value of one byte for every key that cannot be null: `{"id":1,"name":2}` (a number is
 * accepted as text). Nested values are not counted.
 */
function minLineBytes(columns: readonly Column[]): number {
  const keys = columns.flatMap(({ name, nullable, place }) => {
    if (nullable) return []
    if (place === undefined) return [name]
    return place.kind === 'key' && place.keys.length === 1 ? place.keys : []
  })
  const members = [...new Set(keys)].map((key) => Buffer.byteLength(JSON.stringify(key)) + ':1'.length)
  const commas = Math.max(0, members.length - 1)
  return '{}\n'.length + commas + members.reduce((sum, bytes) => sum + bytes, 0)
}

/** Size of the shortest record of text, in bytes: a character and a newline. */
const MIN_TEXT_BYTES = 2

/**
 * Maximum number of rows in a file. Its last line can lack the newline. Infinite for a file that is
 * named as compressed, for Parquet and for Delta.
 */
export function maxRowsOf(
  { path, size }: { readonly path: string; readonly size: number },
  format: FileFormat,
  columns: readonly Column[],
): number {
  if (isNamedCompressed(path)) return Number.POSITIVE_INFINITY
  return Math.floor((size + 1) / minRecordBytes(format, declaredColumns(columns)))
}

function minRecordBytes(format: FileFormat, columns: readonly Column[]): number {
  switch (format.kind) {
    case 'json-lines':
      return minLineBytes(columns)
    case 'json-documents':
      return minLineBytes(columns) - '\n'.length
    case 'csv':
    case 'text-lines':
      return MIN_TEXT_BYTES
    // Columns can be compressed to any size.
    case 'parquet':
    case 'delta':
      return 0
  }
}
