/** Reads the values of constant arguments. */
import type { Expression } from './expression.ts'

/** The text of a constant; undefined for what is none. */
export const constantText = (expression: Expression | undefined): string | undefined =>
  expression?.kind === 'literal' && typeof expression.value === 'string' ? expression.value : undefined

/** The number of a constant; NaN for what is none. */
export const constantNumber = (expression: Expression | undefined): number =>
  expression?.kind === 'literal' && expression.value !== null ? Number(expression.value) : Number.NaN
