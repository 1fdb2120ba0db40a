/**
 * Sums of doubles that do not depend on the order of rows. Each value is cut into limbs of 31 bits at fixed places, from 2^62 down to 2^-124, which
 * are integers and are added exactly. Every engine puts the totals together in the same way. Bits below 2^-124 are left out. Values of 2^62 and
 * more, infinities and NaN are added one by one in their order; there are few of them, as a rule none.
 */
import type { AggregateParts, AggregateSql } from '../function.ts'

/** Each limb: what is taken off above it, and what it is multiplied with. `null` takes nothing off. */
const LIMBS: readonly (readonly [above: number | null, unit: number])[] = [
  [null, 31],
  [31, 0],
  [0, -31],
  [-31, -62],
  [-62, -93],
  [-93, -124],
]

/** Values below have their bits in the first four limbs, and the others need not be looked at. */
const SMALL = 2 ** -9
const LARGE = 2 ** 62

const power = (exponent: number): string => doubleText(2 ** exponent)

/** A double with an exponent in both dialects, all of its digits kept. */
function doubleText(value: number): string {
  const text = String(value)
  return text.includes('e') ? text : `${text}e0`
}

/** The limb's integer. `%` and products with powers of two are exact. */
function limb(value: string, index: number): string {
  const [above, unit] = LIMBS[index] ?? [null, 0]
  const rest = above === null ? value : `(${value} % ${power(above)})`
  const cut = `CAST(${cutTowardsZero(`${rest} * ${power(-unit)}`)} AS BIGINT)`
  const isOrdinary = `abs(${value}) < ${power(62)}`
  if (index < 4) return `CASE WHEN ${isOrdinary} THEN ${cut} WHEN ${value} IS NOT NULL THEN 0 END`
  return `CASE WHEN abs(${value}) < ${doubleText(SMALL)} THEN ${cut} WHEN ${value} IS NOT NULL THEN 0 END`
}

/** A cast to an integer cuts in Spark and rounds in DuckDB, so that the number is made whole first. */
const cutTowardsZero = (value: string): string => `CASE WHEN ${value} < 0 THEN ceil(${value}) ELSE floor(${value}) END`

interface Engine {
  /** The sum of a limb as a whole number, no larger than 2^93. */
  readonly limbSum: (limb: string, over: string) => string
  readonly largeSum: (value: string, over: string) => string
}

function doubleSumIn({ limbSum, largeSum }: Engine): AggregateSql {
  return ({ args: [value = ''], over }: AggregateParts): string => {
    // From the least limb to the greatest, so that little is lost; all engines add in this order.
    const totals = LIMBS.map(([, unit], index) => `(${limbSum(limb(value, index), over)} * ${power(unit)})`)
    const ordinary = totals.reduceRight((sum, total) => `(${total} + ${sum})`)
    return `(${ordinary} + ${largeSum(value, over)})`
  }
}

const isLarge = (value: string) => `NOT (abs(${value}) < ${doubleText(LARGE)})`

const withFilter = (condition: string, over: string): string =>
  over.startsWith(' FILTER (WHERE ')
    ? over.replace(' FILTER (WHERE ', ` FILTER (WHERE ${condition} AND `)
    : ` FILTER (WHERE ${condition})${over}`

export const doubleSum: Readonly<Record<'duckdb' | 'spark', AggregateSql>> = {
  duckdb: doubleSumIn({
    limbSum: (part, over) => `CAST(sum(${part})${over} AS DOUBLE)`,
    largeSum: (value, over) => `coalesce(list_sum(list_sort(list(${value})${withFilter(isLarge(value), over)})), 0e0)`,
  }),
  spark: doubleSumIn({
    limbSum: (part, over) => `CAST(sum(${part})${over} AS DOUBLE)`,
    largeSum: (value, over) =>
      `aggregate(array_sort(collect_list(${value})${withFilter(isLarge(value), over)}), 0e0, (a, v) -> a + v)`,
  }),
}
