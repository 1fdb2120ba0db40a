import type { Column } from '../../declare/columns.ts'

/**
 * The bytes of the shortest line that is a row of these columns, its newline with it: every column that may not be null, with a value of one
 * byte (`{"id":1,"name":2}`, since a number is text where text is meant).
 */
function shortestLine(columns: readonly Column[]): number {
  const members = columns
    .filter(({ nullable }) => !nullable)
    .map(({ name }) => Buffer.byteLength(JSON.stringify(name)) + ':1'.length)
  const commas = Math.max(0, members.length - 1)
  return '{}\n'.length + commas + members.reduce((sum, bytes) => sum + bytes, 0)
}

/** How many rows a file of so many bytes has at most. Its last line may be without a newline. */
export function rowsOfBytes(bytes: number, columns: readonly Column[]): number {
  return Math.floor((bytes + 1) / shortestLine(columns))
}
