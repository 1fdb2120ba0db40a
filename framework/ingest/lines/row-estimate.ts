/** Bounds the number of rows in a file by its size. */
import type { Column } from '../../declare/columns.ts'

/**
 * Size of the shortest line that is a row of these columns, in bytes with its newline. Such a line
 * has a value of one byte for every column that is not nullable: `{"id":1,"name":2}` (a number is
 * accepted as text).
 */
function minLineBytes(columns: readonly Column[]): number {
  const members = columns
    .filter(({ nullable }) => !nullable)
    .map(({ name }) => Buffer.byteLength(JSON.stringify(name)) + ':1'.length)
  const commas = Math.max(0, members.length - 1)
  return '{}\n'.length + commas + members.reduce((sum, bytes) => sum + bytes, 0)
}

/** Maximum number of rows in a file of this size. Its last line can lack the newline. */
export function maxRowsOf(bytes: number, columns: readonly Column[]): number {
  return Math.floor((bytes + 1) / minLineBytes(columns))
}
