/**
 * Computes preimages: the range of a column for which an expression's value is in a given range.
 */
import { type ColumnId, type Expression, referenced } from '../../expression/expression.ts'
import { MICROS_IN_MILLI } from '../../expression/moments.ts'
import type { ValueType } from '../../expression/value-type.ts'
import type { Range, RangeValue } from '../../relation/range.ts'

/**
 * The column that the expression is computed from, and its range for which the value can be in
 * `range`. Undefined if the expression is not known to be monotone in one column.
 */
export function preimage(
  expression: Expression,
  range: Range,
): { readonly column: ColumnId; readonly range: Range } | undefined {
  const own = referenced(expression)
  if (own !== undefined) return { column: own, range }
  const inverted = inverseOf(expression)
  if (!inverted) return undefined
  const { argument, invert } = inverted
  const inverse = { ...bounds(invert(range.min, 'min'), invert(range.max, 'max')), nulls: range.nulls }
  return preimage(argument, inverse)
}

type Side = 'min' | 'max'

/**
 * Inverts a monotone function: returns the least (`min`) or the greatest (`max`) argument that
 * gives the value, or an argument beyond it.
 */
type Inverse = (value: RangeValue | undefined, side: Side) => RangeValue | undefined

/** The argument of a monotone function, and the function's inverse. */
function inverseOf(expression: Expression): { readonly argument: Expression; readonly invert: Inverse } | undefined {
  if (expression.kind === 'cast') {
    const { input, type } = expression
    return isComparable(input.type, type) ? { argument: input, invert: identity } : undefined
  }
  if (expression.kind !== 'call') return undefined
  const [argument] = expression.args
  const invert = argument && INVERSES[expression.name]?.(argument.type)
  return argument && invert && { argument, invert }
}

/** True for a cast that keeps how file statistics represent the value. */
const isComparable = (from: ValueType, to: ValueType): boolean => from.kind === 'int' && to.kind === 'bigint'

const MICROS_IN_DAY = 86_400_000_000n

const identity: Inverse = (value) => value

/** Inverts truncation towards zero: 2.9 gives 2, -2.9 gives -2, and all from -0.9 to 0.9 give 0. */
const inverseOfTruncation: Inverse = (value, side) => {
  if (typeof value !== 'number' && typeof value !== 'bigint') return undefined
  const integer = Number(value)
  if (!Number.isSafeInteger(integer)) return undefined
  if (side === 'min') return integer > 0 ? integer : integer - 1
  return integer < 0 ? integer : integer + 1
}

/**
 * The inverse of each monotone function, by the type of its argument. Undefined for a type with no
 * known inverse.
 */
const INVERSES: Readonly<Record<string, (type: ValueType) => Inverse | undefined>> = {
  to_bigint: inverseOfConversion,
  to_int: inverseOfConversion,
  timestamp_millis: () => (micros, side) =>
    typeof micros === 'bigint' ? micros / MICROS_IN_MILLI + (side === 'min' ? -1n : 1n) : undefined,
  year: (type) => (year, side) => {
    const first = typeof year === 'number' ? firstDayOf(side === 'min' ? year : year + 1) : undefined
    return first === undefined ? undefined : type.kind === 'date' ? first.text : first.micros
  },
  to_date: (type) => (date, side) => {
    if (type.kind === 'date') return date
    if (type.kind !== 'timestamp' || typeof date !== 'string') return undefined
    const midnight = BigInt(Date.parse(`${date}T00:00:00Z`)) * MICROS_IN_MILLI
    return side === 'min' ? midnight : midnight + MICROS_IN_DAY
  },
}

function inverseOfConversion({ kind }: ValueType): Inverse | undefined {
  if (kind === 'int' || kind === 'bigint') return identity
  // Decimals have no ranges.
  return kind === 'double' ? inverseOfTruncation : undefined
}

/**
 * 1 January of the year, as a date and as a timestamp. Undefined outside of the years 100 to 9999.
 */
function firstDayOf(year: number): { readonly text: string; readonly micros: bigint } | undefined {
  // Date.UTC reads the years 0 to 99 as 1900 to 1999.
  if (!Number.isInteger(year) || year < 100 || year > 9999) return undefined
  return { text: `${String(year).padStart(4, '0')}-01-01`, micros: BigInt(Date.UTC(year, 0, 1)) * MICROS_IN_MILLI }
}

/** Only the ends that are known. */
const bounds = (min: RangeValue | undefined, max: RangeValue | undefined) => ({
  ...(min !== undefined && { min }),
  ...(max !== undefined && { max }),
})
