/** Limits the files that DuckDB holds open while it writes the partitions of one table. */
import { readFileSync } from 'node:fs'

/** DuckDB's default limit. */
const MAX = 100
const MIN = 8
/**
 * One table gets the process's limit divided by this number: a process writes several tables at the
 * same time, and needs files for other work too.
 */
const SHARE = 8

let known: number | undefined

/**
 * Less than DuckDB's default if this process can open only few files. DuckDB then closes some
 * before it opens others.
 */
export function partitionFilesAtOnce(): number {
  known ??= Math.max(MIN, Math.min(MAX, Math.floor(openFileLimit() / SHARE)))
  return known
}

/** Read from Linux. On other systems, Node has raised the limit to a high maximum. */
function openFileLimit(): number {
  try {
    const [, soft] = /^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8')) ?? []
    return soft === undefined ? Number.POSITIVE_INFINITY : Number(soft)
  } catch {
    return Number.POSITIVE_INFINITY
  }
}
