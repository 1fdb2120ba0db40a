/** Splits conditions into their conjuncts, and finds the columns that have to be equal. */
import { type ColumnId, type Expression, referenced } from '../expression/expression.ts'

/** A column of a join's left side that has to equal one of its right side. */
export interface Equality {
  readonly left: ColumnId
  readonly right: ColumnId
}

/** The conjuncts that are equalities of a column of the left with one of the right. */
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

/** The conditions that a condition joins with AND. */
export function conjuncts(on: Expression | undefined): readonly Expression[] {
  if (!on) return []
  return on.kind === 'call' && on.name === 'and' ? on.args.flatMap(conjuncts) : [on]
}
