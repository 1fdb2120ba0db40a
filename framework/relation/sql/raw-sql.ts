/** Finds raw SQL, that is `fn.sqlFor`, in a relation. */
import { contains } from '../../expression/expression.ts'
import { inputsOf, type Relation } from '../relation.ts'
import { expressionsOf } from '../relation-expressions.ts'

export const hasRawSql = (relation: Relation): boolean =>
  expressionsOf(relation).some((expression) => contains(expression, ({ kind }) => kind === 'raw')) ||
  inputsOf(relation).some(hasRawSql)
