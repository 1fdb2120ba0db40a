/** Bounds the number of rows in a file by its size. */
import type { Column } from '../../declare/columns.ts'

/**
 * Size of the shortest line that is a row of these columns, in bytes with its newline. Such a line
 * has a value of one byte for every key that cannot be null: `{"id":1,"name":2}` (a number is
 * accepted as text). Nested values are not counted.
 */
function minLineBytes(columns: readonly Column[]): number {
  const keys = columns.flatMap(({ name, nullable, place }) => {
    if (nullable || name === '_file' || name === '_line') return []
    if (place === undefined) return [name]
    return place.kind === 'key' && place.keys.length === 1 ? place.keys : []
  })
  const members = [...new Set(keys)].map((key) => Buffer.byteLength(JSON.stringify(key)) + ':1'.length)
  const commas = Math.max(0, members.length - 1)
  return '{}\n'.length + commas + members.reduce((sum, bytes) => sum + bytes, 0)
}

/** Maximum number of rows in a file of this size. Its last line can lack the newline. */
export function maxRowsOf(bytes: number, columns: readonly Column[]): number {
  return Math.floor((bytes + 1) / minLineBytes(columns))
}
