/**
 * Reads expressions of the query tree: resolves names, checks each operation, and adds conversions.
 */
import {
  AggregateFunctionNode,
  AndNode,
  BinaryOperationNode,
  CaseNode,
  CastNode,
  FunctionNode,
  type OperationNode,
  OrderByItemNode,
  OrNode,
  ParensNode,
  RawNode,
  ReferenceNode,
  SelectQueryNode,
  UnaryOperationNode,
  ValueNode,
} from 'kysely'
import type { Expression, SortItem } from '../../../expression/expression.ts'
import { type CheckedCall, checkCall, type LakeFunction } from '../../../expression/function.ts'
import { FUNCTIONS } from '../../../expression/functions/registry.ts'
import { isRefusal } from '../../../refusal.ts'
import { isWord, withoutBrackets } from '../../tree-nodes.ts'
import { QueryProblem, refuse } from '../query-problem.ts'
import { readAggregate } from './aggregates.ts'
import { readFunction } from './calls.ts'
import { readCase, readCast } from './cases-and-casts.ts'
import { constant, refuseRawSql } from './constants.ts'
import { readBinary, readUnary } from './operators.ts'
import { asCondition, type ExpressionScope, type PartReader } from './part-reader.ts'

export function readExpression(node: OperationNode, scope: ExpressionScope): Expression {
  return new ExpressionReader(scope).read(node)
}

/** Reads an expression, and throws QueryProblem if it is not boolean. */
export function readCondition(node: OperationNode, scope: ExpressionScope): Expression {
  return new ExpressionReader(scope).condition(node)
}

export function readSortItem(node: OperationNode, scope: ExpressionScope): SortItem {
  return new ExpressionReader(scope).sortItem(node)
}

/** The conditions that a WHERE or ON joins with AND. */
export function conditionsOf(node: OperationNode | undefined): readonly OperationNode[] {
  return node ? chained(node, 'AndNode') : []
}

/** The parts of a chain of ANDs or of ORs, without brackets. */
function chained(node: OperationNode, kind: (AndNode | OrNode)['kind']): readonly OperationNode[] {
  const part = withoutBrackets(node)
  if (part.kind !== kind || !(AndNode.is(part) || OrNode.is(part))) return [part]
  return [...chained(part.left, kind), ...chained(part.right, kind)]
}

class ExpressionReader implements PartReader {
  readonly scope: ExpressionScope

  constructor(scope: ExpressionScope) {
    this.scope = scope
  }

  read(node: OperationNode): Expression {
    if (ReferenceNode.is(node)) return this.scope.column(node)
    if (ParensNode.is(node)) return this.read(node.node)
    if (ValueNode.is(node)) return constant(node.value)
    if (BinaryOperationNode.is(node)) return readBinary(this, node)
    if (FunctionNode.is(node)) return readFunction(this, node)
    if (AggregateFunctionNode.is(node)) return readAggregate(this, node)
    if (AndNode.is(node)) return this.#chain('and', node)
    if (OrNode.is(node)) return this.#chain('or', node)
    if (UnaryOperationNode.is(node)) return readUnary(this, node)
    if (CaseNode.is(node)) return readCase(this, node)
    if (CastNode.is(node)) return readCast(this, node)
    if (SelectQueryNode.is(node)) return this.scope.subquery({ kind: 'scalar', query: node })
    if (RawNode.is(node)) return refuseRawSql(node)
    throw new QueryProblem(
      `it has a ${node.kind}, which has no meaning in an expression`,
      'write it with fn or operators (lake help expressions)',
    )
  }

  condition(node: OperationNode): Expression {
    return asCondition(this.read(node), this.scope)
  }

  sortItem(node: OperationNode): SortItem {
    if (!OrderByItemNode.is(node)) throw new QueryProblem(`it orders by a ${node.kind}`, 'order by columns')
    const { orderBy, direction, nulls } = node
    const descending = direction !== undefined && isWord(direction, ['desc'])
    return { expression: this.read(orderBy), direction: descending ? 'desc' : 'asc', nulls: nulls ?? 'last' }
  }

  call(name: string, args: readonly Expression[]): Expression {
    const called = FUNCTIONS.get(name)
    if (!called) throw new Error(`there is no function ${name}`)
    return { kind: 'call', name: called.name, ...this.checked(called, args) }
  }

  checked(called: LakeFunction, given: readonly Expression[]): CheckedCall {
    const checked = checkCall(called, given, (argument) => this.scope.describe(argument))
    if (isRefusal(checked)) throw refuse(checked)
    return checked
  }

  #chain(name: 'and' | 'or', node: AndNode | OrNode): Expression {
    const parts = chained(node, node.kind).map((part) => this.read(part))
    return this.call(name, parts)
  }
}
