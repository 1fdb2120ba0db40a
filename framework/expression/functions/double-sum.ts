/**
 * Sums of doubles that do not depend on the order of rows. Each value below 2^66 is cut at fixed places into pieces of 24 bits. A sum of such pieces
 * is exact in a double as long as there are no more than 2^28 of them, so that the engine's own sum may add them in any order. The sums of the
 * pieces are added from the least to the greatest. Bits below 2^-127 are left out. Values of 2^66 and more, infinities and NaN are added one by one
 * in ascending order; there are few of them, as a rule none.
 *
 * The error is at most 2^-50 of the sum of the absolute values, and 2^-127 for each value.
 */
import type { AggregateParts, AggregateSql } from '../function.ts'
import { doubleText } from './letting.ts'

/** What each piece is a multiple of, as a power of two. */
const UNITS = [42, 18, -6, -30, -54, -78, -102, -126] as const

const LARGE = doubleText(2 ** 66)

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

/** A FILTER clause for the condition and the one that there is. */
export const withFilter = (condition: string, over: string): string =>
  over.startsWith(' FILTER (WHERE ')
    ? over.replace(' FILTER (WHERE ', ` FILTER (WHERE ${condition} AND `)
    : ` FILTER (WHERE ${condition})${over}`

const isWindow = (over: string) => over.includes(' OVER (')

function doubleSumIn(largeSum: (value: string, over: string) => string): AggregateSql {
  return ({ args: [value = ''], over }: AggregateParts): string => {
    const isOrdinary = `abs(${value}) < ${LARGE}`
    // Spark has no FILTER over a window.
    const sums = piecesOf(value).map((piece) =>
      isWindow(over)
        ? `coalesce(sum(CASE WHEN ${isOrdinary} THEN ${piece} END)${over}, 0e0)`
        : `coalesce(sum(${piece})${withFilter(isOrdinary, over)}, 0e0)`,
    )
    const total = sums.reduceRight((sum, piece) => `(${piece} + ${sum})`)
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
