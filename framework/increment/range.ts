import { FunctionNode } from 'kysely'
import { PORTABLE_PREFIX, type PortableName } from '../query/portable.ts'
import { type ColumnId, type Expression, referenced } from './relation.ts'

/** As in a data file's statistics: timestamps are bigint microseconds since the epoch, dates are text. Decimals have no range. */
export type RangeValue = string | number | bigint | boolean

/** What a column's values lie between, both ends included; an end that is not there is open. */
export interface Range {
  readonly min?: RangeValue
  readonly max?: RangeValue
  /** Whether null is among the values. */
  readonly nulls: boolean
}

export type Ranges = ReadonlyMap<ColumnId, Range>

export const NO_RANGES: Ranges = new Map()

/** False where no value of the one is a value of the other. */
export function mayOverlap(left: Range, right: Range): boolean {
  if (left.nulls && right.nulls) return true
  return !isBelow(left.max, right.min) && !isBelow(right.max, left.min)
}

/** The values of both, or more. */
export function narrower(left: Range, right: Range): Range {
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

/** What a column must lie between for the expression's value to lie in the range; undefined where nothing follows. */
export function argumentRange(
  expression: Expression,
  range: Range,
): { readonly column: ColumnId; readonly range: Range } | undefined {
  const own = referenced(expression)
  if (own !== undefined) return { column: own, range }
  if (!FunctionNode.is(expression) || !expression.func.startsWith(PORTABLE_PREFIX)) return undefined
  const [argument] = expression.arguments
  const invert = INVERSES[expression.func.slice(PORTABLE_PREFIX.length) as PortableName]
  const inverse = invert && { ...open(invert(range.min, 'min'), invert(range.max, 'max')), nulls: range.nulls }
  return argument && inverse && argumentRange(argument, inverse)
}

type Side = 'min' | 'max'

/** Of functions that never fall as their argument grows: the least or the greatest argument that gives the value, or one beyond it. */
type Inverse = (value: RangeValue | undefined, side: Side) => RangeValue | undefined

const MICROS_IN_MILLI = 1000n

const itself: Inverse = (value) => value

const INVERSES: Readonly<Partial<Record<PortableName, Inverse>>> = {
  to_bigint: itself,
  to_int: itself,
  timestamp_millis: (micros, side) =>
    typeof micros === 'bigint' ? micros / MICROS_IN_MILLI + (side === 'min' ? -1n : 1n) : undefined,
  year: (year, side) => {
    if (typeof year !== 'number') return undefined
    const millis = Date.UTC(side === 'min' ? year : year + 1, 0, 1)
    // Date.UTC takes the years 0 to 99 for those of the twentieth century.
    return year >= 100 && Number.isFinite(millis) ? BigInt(millis) * MICROS_IN_MILLI : undefined
  },
}

const open = (min: RangeValue | undefined, max: RangeValue | undefined) => ({
  ...(min !== undefined && { min }),
  ...(max !== undefined && { max }),
})
