/** Builds conditions that lake adds to those which the author wrote. */
import type { Call, Expression } from './expression.ts'
import { literal } from './literal.ts'
import { BOOLEAN } from './value-type.ts'

export const TRUE = literal(true, BOOLEAN)
export const FALSE = literal(false, BOOLEAN)

/** A call of a boolean function of the registry that is null only if an argument is. */
export const condition = (name: string, args: readonly Expression[]): Call => ({
  kind: 'call',
  name,
  args,
  type: BOOLEAN,
  nullable: args.some(({ nullable }) => nullable),
})

export const equals = (left: Expression, right: Expression): Call => condition('=', [left, right])

export const isNull = (value: Expression): Call => ({ ...condition('is null', [value]), nullable: false })

export const isNotNull = (value: Expression): Call => ({ ...condition('is not null', [value]), nullable: false })

export const equalsOrBothNull = (left: Expression, right: Expression): Call => ({
  ...condition('is not distinct from', [left, right]),
  nullable: false,
})

/** The conditions joined with AND; undefined if there are none. */
export const all = (conditions: readonly Expression[]): Expression | undefined =>
  conditions.length < 2 ? conditions[0] : condition('and', conditions)
