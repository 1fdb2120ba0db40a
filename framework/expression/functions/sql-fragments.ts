/**
 * Writes fragments of SQL that functions of several groups share: named values, bounds and doubles.
 */
import type { SqlDialect } from '../dialect.ts'

/** Maximum length of SQL, in characters, that is repeated and not named. */
const LONG = 120

/**
 * The body over a value. Long SQL gets a name and is computed once, so that nested calls do not
 * multiply the text.
 */
export function letting({ name }: SqlDialect, value: string, body: (value: string) => string): string {
  return value.length <= LONG ? body(value) : named({ name }, ['v', value], body('v'))
}

/** A name, and the SQL of its value, which is computed once. */
export type Step = readonly [name: string, value: string]

/** The result over named values. A value can use the names before it. */
export const lettingAll = (dialect: SqlDialect, steps: readonly Step[], result: string): string =>
  steps.reduceRight((body, step) => named(dialect, step, body), result)

const named = (dialect: Pick<SqlDialect, 'name'>, [name, value]: Step, body: string): string =>
  dialect.name === 'duckdb'
    ? `list_transform([${value}], lambda ${name}: ${body})[1]`
    : `transform(array(${value}), ${name} -> ${body})[0]`

export const MAX_INT = 2147483647

/** A whole number as INT; numbers outside of the bounds become the nearest bound. */
export function clamped(count: string, least: number, most: number): string {
  if (/^-?\d+$/.test(count)) return String(Math.min(most, Math.max(least, Number(count))))
  return `CAST(CASE WHEN ${count} < ${least} THEN ${least} WHEN ${count} > ${most} THEN ${most} ELSE ${count} END AS INT)`
}

/** A whole number as BIGINT, which fails if it is not between -most and most. */
export const bounded = (count: string, most: number): string =>
  `CASE WHEN ${count} BETWEEN ${-most} AND ${most} THEN CAST(${count} AS BIGINT) ELSE CAST(${count} * 1e300 AS BIGINT) END`

/** A double constant. It has an exponent, since engines read 0.1 as a decimal. */
export function doubleText(value: number): string {
  const text = String(value)
  return text.includes('e') ? text : `${text}e0`
}
