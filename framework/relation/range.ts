/**
 * Defines ranges of column values, which come from the statistics of data files, and intersects
 * them.
 */

/**
 * A value as data file statistics have it: a timestamp is a bigint of microseconds since 1970, a
 * date is text. Decimals have no range.
 */
export type RangeValue = string | number | bigint | boolean

/** The least and the greatest value of a column, both included. A missing end is open. */
export interface Range {
  readonly min?: RangeValue
  readonly max?: RangeValue
  /** Whether null is among the values. */
  readonly nulls: boolean
}

/** Ranges by column: a name or a column id. */
export type Ranges = ReadonlyMap<string, Range>

export const NO_RANGES: Ranges = new Map()

/** False if the ranges surely have no value in common. */
export function mayOverlap(left: Range, right: Range): boolean {
  if (left.nulls && right.nulls) return true
  return !isBelow(left.max, right.min) && !isBelow(right.max, left.min)
}

/** The intersection of two ranges, or a range around it. */
function intersection(left: Range, right: Range): Range {
  const min = isBelow(left.min, right.min) ? right.min : (left.min ?? right.min)
  const max = isBelow(right.max, left.max) ? right.max : (left.max ?? right.max)
  return { ...(min !== undefined && { min }), ...(max !== undefined && { max }), nulls: left.nulls && right.nulls }
}

/** The intersection of both ranges for each column. */
export function intersectRanges(left: Ranges, right: Ranges): Ranges {
  const both = new Map(left)
  for (const [column, range] of right) {
    const other = both.get(column)
    both.set(column, other ? intersection(other, range) : range)
  }
  return both
}

/** Compares text by its UTF-8 bytes, as engines do. False for an open end. */
function isBelow(left: RangeValue | undefined, right: RangeValue | undefined): boolean {
  if (left === undefined || right === undefined) return false
  if (typeof left === 'string' && typeof right === 'string') {
    return Buffer.compare(Buffer.from(left), Buffer.from(right)) < 0
  }
  return typeof left !== 'string' && typeof right !== 'string' && left < right
}
