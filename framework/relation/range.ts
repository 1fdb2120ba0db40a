/** What the values of columns lie between, as the statistics of files say it. */

/** As in a data file's statistics: timestamps are bigint microseconds since the epoch, dates are text. Decimals have no range. */
export type RangeValue = string | number | bigint | boolean

/** What a column's values lie between, both ends included; an end that is not there is open. */
export interface Range {
  readonly min?: RangeValue
  readonly max?: RangeValue
  /** Whether null is among the values. */
  readonly nulls: boolean
}

/** Column -> what its values lie between. */
export type Ranges = ReadonlyMap<string, Range>

export const NO_RANGES: Ranges = new Map()

/** False where no value of the one is a value of the other. */
export function mayOverlap(left: Range, right: Range): boolean {
  if (left.nulls && right.nulls) return true
  return !isBelow(left.max, right.min) && !isBelow(right.max, left.min)
}

/** The values of both, or more. */
function narrower(left: Range, right: Range): Range {
  const min = isBelow(left.min, right.min) ? right.min : (left.min ?? right.min)
  const max = isBelow(right.max, left.max) ? right.max : (left.max ?? right.max)
  return { ...(min !== undefined && { min }), ...(max !== undefined && { max }), nulls: left.nulls && right.nulls }
}

/** Both restrictions together. */
export function narrowerRanges(left: Ranges, right: Ranges): Ranges {
  const both = new Map(left)
  for (const [column, range] of right) {
    const other = both.get(column)
    both.set(column, other ? narrower(other, range) : range)
  }
  return both
}

/** Text by its UTF-8 bytes, as engines order it. An open end is below nothing. */
function isBelow(left: RangeValue | undefined, right: RangeValue | undefined): boolean {
  if (left === undefined || right === undefined) return false
  if (typeof left === 'string' && typeof right === 'string') {
    return Buffer.compare(Buffer.from(left), Buffer.from(right)) < 0
  }
  return typeof left !== 'string' && typeof right !== 'string' && left < right
}
