/** Declares what the readers of operators, calls and cases need from the reader of their parts. */
import type { OperationNode, ReferenceNode } from 'kysely'
import type { Expression, SortItem } from '../../../expression/expression.ts'
import type { CheckedCall, LakeFunction } from '../../../expression/function.ts'
import { QueryProblem } from '../query-problem.ts'

/** A subquery in an expression. */
export type Subquery =
  | { readonly kind: 'scalar'; readonly query: OperationNode }
  | { readonly kind: 'exists'; readonly query: OperationNode }
  | { readonly kind: 'in'; readonly query: OperationNode; readonly values: readonly Expression[] }

/** The names that an expression can use. */
export interface ExpressionScope {
  column(reference: ReferenceNode): Expression
  /** The value of the subquery. */
  subquery(subquery: Subquery): Expression
  /** Describes an expression in messages. */
  describe(expression: Expression): string
}

/** Reads the parts of an expression. All methods throw QueryProblem for a part without meaning. */
export interface PartReader {
  readonly scope: ExpressionScope
  read(node: OperationNode): Expression
  /** Reads a part that must be boolean. */
  condition(node: OperationNode): Expression
  sortItem(node: OperationNode): SortItem
  /** A call of the function with that name in the registry. */
  call(name: string, args: readonly Expression[]): Expression
  /** The arguments, converted as the function needs them, and the type of its result. */
  checked(called: LakeFunction, given: readonly Expression[]): CheckedCall
}

export function asCondition(test: Expression, scope: ExpressionScope): Expression {
  if (test.type.kind === 'boolean') return test
  throw new QueryProblem(
    `${scope.describe(test)} is ${test.type.kind} where a condition is needed`,
    'compare it with something',
  )
}
