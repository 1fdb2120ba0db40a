/** Reads the values of constant arguments of a call. */
import type { Expression } from './expression.ts'

/** The text of a text constant; undefined for any other expression. */
export const constantText = (expression: Expression | undefined): string | undefined =>
  expression?.kind === 'literal' && typeof expression.value === 'string' ? expression.value : undefined

/** The number of a constant; NaN for any other expression. */
export const constantNumber = (expression: Expression | undefined): number =>
  expression?.kind === 'literal' && expression.value !== null ? Number(expression.value) : Number.NaN
