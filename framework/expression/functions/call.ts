/** Builds calls of registry functions that lake adds to a query itself. */

import { isRefusal } from '../../refusal.ts'
import type { AggregateCall, Expression } from '../expression.ts'
import { checkCall } from '../function.ts'
import { functionNamed } from './registry.ts'

/** Throws if the function refuses the arguments, which is a bug. */
export const call = (name: string, ...args: readonly Expression[]): Expression => ({
  kind: 'call',
  name,
  ...checked(name, args),
})

/** An aggregate over those rows of a group for which the filter holds. */
export const aggregateCall = (name: string, args: readonly Expression[], filter: Expression): AggregateCall => ({
  kind: 'aggregate',
  name,
  ...checked(name, args),
  ...{ distinct: false, filter, orderBy: [] },
})

function checked(name: string, args: readonly Expression[]) {
  const found = checkCall(functionNamed(name), args, () => 'an argument')
  if (isRefusal(found)) throw new Error(`${name}: ${found.reason}`)
  return found
}
