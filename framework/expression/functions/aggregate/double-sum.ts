/**
 * Sums doubles so that the result does not depend on the order of rows.
 *
 * Each value below 2^66 is split at fixed bit positions into pieces of 24 bits. A double holds a
 * sum of up to 2^28 such pieces exactly, so that the engine's own sum can add them in any order.
 * The sums of the pieces are added from the smallest to the largest. Bits below 2^-127 are dropped.
 * Values of 2^66 and more, infinities and NaN are added one by one in ascending order; there are
 * few of them, usually none.
 *
 * Maximum error: 2^-50 of the sum of the absolute values, plus 2^-127 for each value.
 */
import type { AggregateParts, AggregateSql, DoublePieces } from '../../function.ts'
import type { ValueType } from '../../value-type.ts'
import { doubleText } from '../sql-fragments.ts'

/** The unit of each piece, as an exponent of two: a piece is a multiple of its unit. */
const UNITS = [42, 18, -6, -30, -54, -78, -102, -126] as const

const LARGE = doubleText(2 ** 66)

/** How many pieces hold all bits of a value of 0.5 or more. */
const ALWAYS = 4

/**
 * Rounds the value to a multiple of the unit: after the addition, a double has no bits left below
 * it. Right for values below the unit times 2^51.
 */
function multiple(value: string, unit: number): string {
  const bits = doubleText(1.5 * 2 ** (unit + 52))
  return `((${value} + ${bits}) - ${bits})`
}

/**
 * The pieces, largest first. Each pass splits two pieces off the rest, since one addition reaches
 * no further.
 */
function piecesOf(value: string): readonly string[] {
  const pieces: string[] = []
  let rest = value
  for (let index = 0; index < UNITS.length; index += 2) {
    const [upper, both] = [multiple(rest, UNITS[index] ?? 0), multiple(rest, UNITS[index + 1] ?? 0)]
    pieces.push(upper, `(${both} - ${upper})`)
    rest = `(${rest} - ${both})`
  }
  return pieces
}

/**
 * Select lists, each over the rows of the one before, that compute a value's pieces in columns
 * whose names begin with `name`.
 */
export function pieceStages(
  value: string,
  name: string,
): { readonly stages: readonly string[]; readonly columns: DoublePieces } {
  const stages = [`${value} AS ${name}x`]
  const pieces: string[] = []
  let rest = `CASE WHEN abs(${name}x) < ${LARGE} THEN ${name}x END`
  for (let index = 0; index < UNITS.length; index += 2) {
    const [upper, both, left] = [`${name}a${index}`, `${name}b${index}`, `${name}r${index}`]
    // The first pieces leave no rest unless the value is tiny, so an engine skips the other pieces.
    const some = (piece: string) => (index < ALWAYS ? piece : `CASE WHEN ${left} <> 0e0 THEN ${piece} END`)
    const cut = [index, index + 1].map((unit) => some(multiple(left, UNITS[unit] ?? 0)))
    stages.push(`${rest} AS ${left}`, `${cut[0]} AS ${upper}, ${cut[1]} AS ${both}`)
    pieces.push(upper, `(${both} - ${upper})`)
    rest = some(`(${left} - ${both})`)
  }
  return { stages, columns: { value: `${name}x`, pieces } }
}

/** Aggregates that sum doubles. */
const ADDING: ReadonlySet<string> = new Set(['sum', 'avg', 'stddev', 'variance', 'stddev_pop', 'variance_pop'])

/** Whether a call of the function sums doubles. */
export const addsDoubles = (name: string, type: ValueType | undefined): boolean =>
  ADDING.has(name) && type?.kind === 'double'

/** Adds the condition to the FILTER clause of `over`, or a clause if it has none. */
export const withFilter = (condition: string, over: string): string =>
  over.startsWith(' FILTER (WHERE ')
    ? ` FILTER (WHERE ${condition} AND ${over.slice(' FILTER (WHERE '.length)}`
    : ` FILTER (WHERE ${condition})${over}`

const isWindow = (over: string) => over.includes(' OVER (')

function doubleSumIn(largeSum: (value: string, over: string) => string): AggregateSql {
  return ({ args: [argument = ''], over, pieces: columns }: AggregateParts): string => {
    const value = columns?.value ?? argument
    const isOrdinary = `abs(${value}) < ${LARGE}`
    // Spark has no FILTER over a window.
    const ordinary = (piece: string) =>
      isWindow(over)
        ? `sum(CASE WHEN ${isOrdinary} THEN ${piece} END)${over}`
        : `sum(${piece})${withFilter(isOrdinary, over)}`
    const sums = columns ? columns.pieces.map((piece) => `sum(${piece})${over}`) : piecesOf(value).map(ordinary)
    const total = sums.reduceRight((sum, piece) => `(coalesce(${piece}, 0e0) + ${sum})`, '0e0')
    return `CASE WHEN count(${value})${over} > 0 THEN ${total} + ${largeSum(value, over)} END`
  }
}

const large = (value: string) => `CASE WHEN NOT (abs(${value}) < ${LARGE}) THEN ${value} END`

const isLarge = (value: string) => `NOT (abs(${value}) < ${LARGE})`

export const doubleSum: Readonly<Record<'duckdb' | 'spark', AggregateSql>> = {
  duckdb: doubleSumIn(
    (value, over) => `coalesce(list_sum(list_sort(list(${value})${withFilter(isLarge(value), over)})), 0e0)`,
  ),
  // collect_list drops nulls.
  spark: doubleSumIn(
    (value, over) => `aggregate(array_sort(collect_list(${large(value)})${over}), 0e0, (a, v) -> a + v)`,
  ),
}
