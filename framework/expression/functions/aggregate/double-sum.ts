/**
 * Sums of doubles that do not depend on the order of rows. Each value below 2^66 is cut at fixed places into pieces of 24 bits. A sum of such pieces
 * is exact in a double as long as there are no more than 2^28 of them, so that the engine's own sum may add them in any order. The sums of the
 * pieces are added from the least to the greatest. Bits below 2^-127 are left out. Values of 2^66 and more, infinities and NaN are added one by one
 * in ascending order; there are few of them, as a rule none.
 *
 * The error is at most 2^-50 of the sum of the absolute values, and 2^-127 for each value.
 */
import type { AggregateParts, AggregateSql } from '../../function.ts'
import type { ValueType } from '../../value-type.ts'
import { doubleText } from '../letting.ts'

/** What each piece is a multiple of, as a power of two. */
const UNITS = [42, 18, -6, -30, -54, -78, -102, -126] as const

const LARGE = doubleText(2 ** 66)

/** As many pieces hold all bits of values of 0.5 and more. */
const ALWAYS = 4

/** The value as a multiple of the unit. The sum has no bits for what is below. Right for values below the unit times 2^51. */
function multiple(value: string, unit: number): string {
  const bits = doubleText(1.5 * 2 ** (unit + 52))
  return `((${value} + ${bits}) - ${bits})`
}

/** The pieces, greatest first. Two are cut off what is left by those before, since no more bits than these come into one addition. */
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

/** Columns below an aggregate that hold a value and its pieces, so that each is computed once. */
export interface DoublePieces {
  readonly value: string
  /** Null for values of 2^66 and more. */
  readonly pieces: readonly string[]
}

/** Select lists, each over the one before, that compute the pieces of a value in columns whose names begin with `name`. */
export function pieceStages(
  value: string,
  name: string,
): { readonly stages: readonly string[]; readonly columns: DoublePieces } {
  const stages = [`${value} AS ${name}x`]
  const pieces: string[] = []
  let rest = `CASE WHEN abs(${name}x) < ${LARGE} THEN ${name}x END`
  for (let index = 0; index < UNITS.length; index += 2) {
    const [upper, both, left] = [`${name}a${index}`, `${name}b${index}`, `${name}r${index}`]
    // Of values that are not tiny nothing is left after the first pieces, and an engine skips the others.
    const some = (piece: string) => (index < ALWAYS ? piece : `CASE WHEN ${left} <> 0e0 THEN ${piece} END`)
    const cut = [index, index + 1].map((place) => some(multiple(left, UNITS[place] ?? 0)))
    stages.push(`${rest} AS ${left}`, `${cut[0]} AS ${upper}, ${cut[1]} AS ${both}`)
    pieces.push(upper, `(${both} - ${upper})`)
    rest = some(`(${left} - ${both})`)
  }
  return { stages, columns: { value: `${name}x`, pieces } }
}

/** Aggregates that add doubles, once each. */
const ADDING: ReadonlySet<string> = new Set(['sum', 'avg', 'stddev', 'variance', 'stddev_pop', 'variance_pop'])

/** Whether a call of the function adds up doubles. */
export const addsDoubles = (name: string, type: ValueType | undefined): boolean =>
  ADDING.has(name) && type?.kind === 'double'

/** A FILTER clause for the condition and the one that there is. */
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
  // A list leaves nulls out.
  spark: doubleSumIn(
    (value, over) => `aggregate(array_sort(collect_list(${large(value)})${over}), 0e0, (a, v) -> a + v)`,
  ),
}
