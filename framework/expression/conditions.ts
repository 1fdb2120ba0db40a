/** Makes the conditions that reading and following a query add to those its author wrote. */
import type { Call, Expression } from './expression.ts'
import { literal } from './literal.ts'
import { BOOLEAN } from './value-type.ts'

export const TRUE = literal(true, BOOLEAN)
export const FALSE = literal(false, BOOLEAN)

/** A function of the registry that tells true from false, and is null only where an argument is. */
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

/** All of the conditions as one; undefined without any. */
export const all = (conditions: readonly Expression[]): Expression | undefined =>
  conditions.length < 2 ? conditions[0] : condition('and', conditions)
