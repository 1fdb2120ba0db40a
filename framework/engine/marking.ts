/** Decides in which files an increment marks rows as deleted, and combines positions of rows. */
import type { DataFile } from './data-file.ts'

/** A smaller file is rewritten: that is cheap, and every reader can read the result. */
const MIN_ROWS = 5_000
/** Maximum share of deleted rows, because readers still read them. */
const MAX_DELETED = 0.3

/** Whether to mark another `removed` rows of the file. */
export function isMarkable({ rows, liveRows }: DataFile, removed: number): boolean {
  const stored = liveRows?.rowsInFile ?? rows
  if (rows === undefined || stored === undefined || stored < MIN_ROWS) return false
  return stored - rows + removed <= stored * MAX_DELETED
}

/** Positions are ascending, each once. */
export function union(left: Uint32Array, right: Uint32Array): Uint32Array {
  return Uint32Array.from(new Set([...left, ...right])).sort()
}

/** The positions of `left` that are not in `right`. */
export function without(left: Uint32Array, right: Uint32Array): Uint32Array {
  const others = new Set(right)
  return left.filter((position) => !others.has(position))
}
