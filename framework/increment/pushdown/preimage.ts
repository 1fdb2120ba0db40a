/** Preimages: the range of a column for which an expression's value lies in a range. */
import { type ColumnId, type Expression, referenced } from '../../expression/expression.ts'
import { MICROS_IN_MILLI } from '../../expression/moments.ts'
import type { ValueType } from '../../expression/value-type.ts'
import type { Range, RangeValue } from '../../relation/range.ts'

/** The range of a column outside of which the expression's value cannot lie in the given one; undefined where nothing follows. */
export function preimage(
  expression: Expression,
  range: Range,
): { readonly column: ColumnId; readonly range: Range } | undefined {
  const own = referenced(expression)
  if (own !== undefined) return { column: own, range }
  const step = stepOf(expression)
  if (!step) return undefined
  const { argument, invert } = step
  const inverse = { ...open(invert(range.min, 'min'), invert(range.max, 'max')), nulls: range.nulls }
  return preimage(argument, inverse)
}

type Side = 'min' | 'max'

/** For functions that never fall as their argument grows: the least or the greatest argument that gives the value, or one beyond it. */
type Inverse = (value: RangeValue | undefined, side: Side) => RangeValue | undefined

/** The argument that the expression is computed from, and how a value is pulled back to it. */
function stepOf(expression: Expression): { readonly argument: Expression; readonly invert: Inverse } | undefined {
  if (expression.kind === 'cast') {
    const { input, type } = expression
    return isWidened(input.type, type) ? { argument: input, invert: itself } : undefined
  }
  if (expression.kind !== 'call') return undefined
  const [argument] = expression.args
  const invert = argument && INVERSES[expression.name]?.(argument.type)
  return argument && invert && { argument, invert }
}

/** Casts under which statistics of the one type can be compared with values of the other. */
const isWidened = (from: ValueType, to: ValueType): boolean => from.kind === 'int' && to.kind === 'bigint'

const MICROS_IN_DAY = 86_400_000_000n

const itself: Inverse = (value) => value

/** Numbers are cut towards zero: 2.9 gives 2, -2.9 gives -2, and all from -0.9 to 0.9 give 0. */
const cut: Inverse = (value, side) => {
  if (typeof value !== 'number' && typeof value !== 'bigint') return undefined
  const whole = Number(value)
  if (!Number.isSafeInteger(whole)) return undefined
  if (side === 'min') return whole > 0 ? whole : whole - 1
  return whole < 0 ? whole : whole + 1
}

/** By the type of the argument; without one for types of which nothing is known. */
const INVERSES: Readonly<Record<string, (type: ValueType) => Inverse | undefined>> = {
  to_bigint: inverseOfCut,
  to_int: inverseOfCut,
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

function inverseOfCut({ kind }: ValueType): Inverse | undefined {
  if (kind === 'int' || kind === 'bigint') return itself
  // Decimals have no ranges.
  return kind === 'double' ? cut : undefined
}

/** The first day of a year that text and Date.UTC can write. */
function firstDayOf(year: number): { readonly text: string; readonly micros: bigint } | undefined {
  // Date.UTC takes the years 0 to 99 for those of the twentieth century.
  if (!Number.isInteger(year) || year < 100 || year > 9999) return undefined
  return { text: `${String(year).padStart(4, '0')}-01-01`, micros: BigInt(Date.UTC(year, 0, 1)) * MICROS_IN_MILLI }
}

const open = (min: RangeValue | undefined, max: RangeValue | undefined) => ({
  ...(min !== undefined && { min }),
  ...(max !== undefined && { max }),
})
