import { FunctionNode } from 'kysely'
import { PORTABLE_PREFIX, type PortableName } from '../query/portable.ts'
import type { Range, RangeValue } from './range.ts'
import { type ColumnId, type Expression, referenced } from './relation.ts'

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
