import { AndNode, BinaryOperationNode, OperatorNode, ParensNode } from 'kysely'
import { type ColumnId, type Expression, referenced } from './relation.ts'

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
    if (!BinaryOperationNode.is(condition) || !isEquals(condition.operator)) return []
    const [one, other] = [referenced(condition.leftOperand), referenced(condition.rightOperand)]
    if (one === undefined || other === undefined) return []
    if (left.has(one) && right.has(other)) return [{ left: one, right: other }]
    return left.has(other) && right.has(one) ? [{ left: other, right: one }] : []
  })
}

export function conjuncts(on: Expression | undefined): readonly Expression[] {
  if (!on) return []
  if (ParensNode.is(on)) return conjuncts(on.node)
  return AndNode.is(on) ? [...conjuncts(on.left), ...conjuncts(on.right)] : [on]
}

const isEquals = (node: Expression): boolean => OperatorNode.is(node) && node.operator === '='
