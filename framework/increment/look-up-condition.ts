import {
  BinaryOperationNode,
  type OperationNode,
  OperatorNode,
  ParensNode,
  SelectQueryNode,
  UnaryOperationNode,
} from 'kysely'

/** A condition on a row that looks for rows of a query. */
export type LookUpCondition = { readonly keep: 'some' | 'none'; readonly query: OperationNode } & (
  | { readonly kind: 'in'; readonly value: OperationNode }
  | { readonly kind: 'exists' }
)

/** `x in (select ...)`, `exists (...)`, `not exists (...)`. NOT IN is another matter: a null among the values makes it true for no row. */
export function lookUpOf(condition: OperationNode): LookUpCondition | undefined {
  if (ParensNode.is(condition)) return lookUpOf(condition.node)
  if (BinaryOperationNode.is(condition)) {
    const { leftOperand: value, operator, rightOperand: query } = condition
    const isIn = OperatorNode.is(operator) && operator.operator === 'in' && isQuery(query)
    return isIn ? { kind: 'in', keep: 'some', value, query } : undefined
  }
  if (!UnaryOperationNode.is(condition) || !OperatorNode.is(condition.operator)) return undefined
  const { operand, operator } = condition
  if (operator.operator === 'not') {
    const negated = lookUpOf(operand)
    return negated?.kind === 'exists' ? { ...negated, keep: negated.keep === 'some' ? 'none' : 'some' } : undefined
  }
  if (operator.operator === 'exists') return { kind: 'exists', keep: 'some', query: operand }
  return operator.operator === 'not exists' ? { kind: 'exists', keep: 'none', query: operand } : undefined
}

const isQuery = (node: OperationNode): boolean => (ParensNode.is(node) ? isQuery(node.node) : SelectQueryNode.is(node))
