import { isLiveIn, type Lifetime } from '../delta/lifetimes.ts'

/** A data file that holds a row, so many times. */
export interface Holding {
  readonly lifetime: Lifetime
  readonly copies: number
}

/** Both inclusive. */
export interface VersionRange {
  readonly oldest: number
  readonly newest: number
}

/**
 * The earliest version since which the row stands in the table as often as it does in the newest one; the oldest of the range where
 * that is so in all of it.
 */
export function introducedIn(holdings: readonly Holding[], { oldest, newest }: VersionRange): number {
  const copies = (version: number) =>
    holdings.reduce((sum, { lifetime, copies }) => (isLiveIn(lifetime, version) ? sum + copies : sum), 0)
  let since = newest
  while (since > oldest && copies(since - 1) === copies(newest)) since--
  return since
}
