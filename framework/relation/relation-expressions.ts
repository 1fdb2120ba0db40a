/** Finds the expressions of a relation's operators. */
import type { Expression } from '../expression/expression.ts'
import type { Relation } from './relation.ts'

/** The expressions of the operator itself. */
export function expressionsOf(relation: Relation): readonly Expression[] {
  switch (relation.kind) {
    case 'filter':
      return [relation.predicate]
    case 'project':
      return relation.outputs.map(({ expression }) => expression)
    case 'aggregate':
    case 'window':
      return relation.functions.map(({ expression }) => expression)
    case 'join':
      return relation.on ? [relation.on] : []
    case 'semi-join':
    case 'anti-join':
      return relation.on.flatMap((match) => (match.kind === 'condition' ? [match.condition] : []))
    case 'limit':
      return relation.orderBy.map(({ expression }) => expression)
    case 'expand':
    case 'scan':
    case 'staged':
    case 'empty':
    case 'distinct':
    case 'union-all':
    case 'set-operation':
      return []
  }
}
