/** Pieces of SQL that the functions of several subjects are made of. */
import type { SqlDialect } from '../dialect.ts'

/** A text of SQL so long that it is not written several times. */
const LONG = 120

/** The body over a value. A long expression is computed once, under a name, so that calls within calls do not multiply the text. */
export function letting({ name }: SqlDialect, value: string, body: (value: string) => string): string {
  return value.length <= LONG ? body(value) : named({ name }, ['v', value], body('v'))
}

/** A name, and what is computed once under it. */
export type Step = readonly [name: string, value: string]

/** The result over values that are computed one after another. A value may use the names before it. */
export const lettingAll = (dialect: SqlDialect, steps: readonly Step[], result: string): string =>
  steps.reduceRight((body, step) => named(dialect, step, body), result)

const named = (dialect: Pick<SqlDialect, 'name'>, [name, value]: Step, body: string): string =>
  dialect.name === 'duckdb'
    ? `list_transform([${value}], lambda ${name}: ${body})[1]`
    : `transform(array(${value}), ${name} -> ${body})[0]`

export const MAX_INT = 2147483647

/** A whole number as INT, those outside of the bounds taken for the nearest bound. */
export function clamped(count: string, least: number, most: number): string {
  if (/^-?\d+$/.test(count)) return String(Math.min(most, Math.max(least, Number(count))))
  return `CAST(CASE WHEN ${count} < ${least} THEN ${least} WHEN ${count} > ${most} THEN ${most} ELSE ${count} END AS INT)`
}

/** A whole number that fails where it is not from -most to most. */
export const bounded = (count: string, most: number): string =>
  `CASE WHEN ${count} BETWEEN ${-most} AND ${most} THEN CAST(${count} AS BIGINT) ELSE CAST(${count} * 1e300 AS BIGINT) END`

/** A double with all of its digits, and an exponent, which makes it one in both dialects: without one, 0.1 is a decimal. */
export function doubleText(value: number): string {
  const text = String(value)
  return text.includes('e') ? text : `${text}e0`
}
