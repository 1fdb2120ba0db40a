/** Finds raw SQL, that is `fn.sqlFor`, in a relation. */
import { contains, type Expression } from '../expression/expression.ts'
import { inputsOf, type Relation } from './relation.ts'

export const hasRawSql = (relation: Relation): boolean =>
  expressionsOf(relation).some((expression) => contains(expression, ({ kind }) => kind === 'raw')) ||
  inputsOf(relation).some(hasRawSql)

/** The expressions of the operator itself. */
function expressionsOf(relation: Relation): readonly Expression[] {
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
