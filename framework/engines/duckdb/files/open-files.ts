/** How many files DuckDB may hold open while it writes the partitions of one table. */
import { readFileSync } from 'node:fs'

/** DuckDB's own. */
const MOST = 100
const LEAST = 8
/** Some tables are written at the same time, and the rest of the process needs files and sockets, too. */
const SHARE = 8

let known: number | undefined

/** Fewer than DuckDB's own number where this process may open few files: then it closes some before it opens others. */
export function partitionFilesAtOnce(): number {
  known ??= Math.max(LEAST, Math.min(MOST, Math.floor(openFileLimit() / SHARE)))
  return known
}

/** Linux says it; elsewhere Node has raised the limit as far as it goes, which is far. */
function openFileLimit(): number {
  try {
    const [, soft] = /^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8')) ?? []
    return soft === undefined ? Number.POSITIVE_INFINITY : Number(soft)
  } catch {
    return Number.POSITIVE_INFINITY
  }
}
