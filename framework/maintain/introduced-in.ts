/** Finds the version of a table that introduced a row. */
import { isLiveIn, type Lifetime } from '../delta/lifetimes.ts'

/** A data file that holds a row, and the number of its copies. */
interface FileWithRow {
  readonly lifetime: Lifetime
  readonly copies: number
}

/** Both ends are inclusive. */
export interface VersionRange {
  readonly oldest: number
  readonly newest: number
}

/**
 * Returns the earliest version since which every version has exactly as many copies of the row as
 * the newest one. If all versions of the range have as many, returns the oldest.
 */
export function introducedIn(holdings: readonly FileWithRow[], { oldest, newest }: VersionRange): number {
  const copies = (version: number) =>
    holdings.reduce((sum, { lifetime, copies }) => (isLiveIn(lifetime, version) ? sum + copies : sum), 0)
  let since = newest
  while (since > oldest && copies(since - 1) === copies(newest)) since--
  return since
}
