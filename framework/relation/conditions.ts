/** Takes conditions apart: what all has to hold, and which columns have to be equal. */
import { type ColumnId, type Expression, referenced } from '../expression/expression.ts'

/** A column of the left side that has to equal one of the right. */
export interface Equality {
  readonly left: ColumnId
  readonly right: ColumnId
}

/** The equalities of columns among the conditions that all have to hold; others are left out. */
export function equalities(
  on: Expression | undefined,
  left: ReadonlySet<ColumnId>,
  right: ReadonlySet<ColumnId>,
): readonly Equality[] {
  return conjuncts(on).flatMap((condition) => {
    if (condition.kind !== 'call' || condition.name !== '=') return []
    const [one, other] = condition.args.map(referenced)
    if (one === undefined || other === undefined) return []
    if (left.has(one) && right.has(other)) return [{ left: one, right: other }]
    return left.has(other) && right.has(one) ? [{ left: other, right: one }] : []
  })
}

/** The conditions that all have to hold. */
export function conjuncts(on: Expression | undefined): readonly Expression[] {
  if (!on) return []
  return on.kind === 'call' && on.name === 'and' ? on.args.flatMap(conjuncts) : [on]
}
