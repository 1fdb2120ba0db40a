/**
 * Declares the parts that the reader makes of a SELECT, and the port by which subqueries are read.
 */
import { type OperationNode, SelectQueryNode } from 'kysely'
import type { ColumnId, Expression } from '../../expression/expression.ts'
import type { ColumnIds, NamedColumn, Relation } from '../../relation/relation.ts'
import { withoutBrackets } from '../tree-nodes.ts'
import { QueryProblem } from './query-problem.ts'
import type { NameScope } from './scope.ts'
import type { SelectScope } from './select-scope.ts'

/** A query as a relation, with its named outputs. */
export interface Read {
  readonly relation: Relation
  readonly outputs: readonly NamedColumn[]
}

/** A query whose rows are computed separately for each value of `keys`, which are columns of it. */
export interface KeyedRead extends Read {
  readonly keys: readonly ColumnId[]
}

/** The tables that FROM can name. Each use calls the function again, for new column ids. */
export type UpstreamRelations = ReadonlyMap<string, () => Read>

/** The parts of a SELECT, before groups, windows and outputs are added to its rows. */
export interface Body {
  readonly rows: Relation
  readonly scope: SelectScope
  /** Conditions of WHERE that name columns of the SELECT around this one. */
  readonly correlated: readonly Expression[]
  readonly selected: readonly NamedExpression[]
  readonly groups: readonly Expression[]
  readonly having: readonly Expression[]
  readonly isDistinct: boolean
}

export interface NamedExpression {
  readonly name: string
  readonly expression: Expression
}

/** Reads queries and the parts of SELECTs. */
export interface QueryReader {
  readonly ids: ColumnIds
  query(node: OperationNode, around: UpstreamRelations): Read
  /** The tables that FROM can name, with the queries of WITH. */
  withQueries(node: SelectQueryNode, around: UpstreamRelations): UpstreamRelations
  /** Reads the clauses up to HAVING. `outer` has the names of the SELECT around a subquery. */
  body(node: SelectQueryNode, tables: UpstreamRelations, outer?: NameScope): Body
  /** Adds groups, windows and outputs to the body. `keys` are columns of the body's rows. */
  finished(body: Body, keys?: readonly ColumnId[]): KeyedRead
}

/** The SELECT of a subquery. Throws QueryProblem if the node is no SELECT. */
export function selectIn(node: OperationNode): SelectQueryNode {
  const inner = withoutBrackets(node)
  if (SelectQueryNode.is(inner)) return inner
  throw new QueryProblem(`it reads from a ${inner.kind}`, 'select from an upstream or from a query')
}
