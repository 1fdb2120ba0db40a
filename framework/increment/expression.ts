import {
  AggregateFunctionNode,
  ColumnNode,
  FunctionNode,
  OnNode,
  type OperationNode,
  OrderByItemNode,
  RawNode,
  ReferenceNode,
  SelectAllNode,
  SelectionNode,
  SelectQueryNode,
} from 'kysely'
import { PORTABLE_PREFIX } from '../query/portable.ts'
import { isNode, isSumOfParts, isWord, nodesIn } from '../query/tree-nodes.ts'
import { type ColumnId, type Expression, reference, referenced } from './relation.ts'

/** The query has something of which it is not known what its rows depend on. Such a table is rebuilt whole. */
export class NotCovered extends Error {
  override readonly name = 'NotCovered'
}

/**
 * The expression with ColumnIds for names; `resolve` finds the column that a name means. Throws NotCovered for a call of a function
 * that may not depend on its arguments alone.
 */
export function resolveExpression(node: OperationNode, resolve: (reference: ReferenceNode) => Expression): Expression {
  if (ReferenceNode.is(node)) return resolve(node)
  refuseUnknown(node)
  return mapParts(node, (part) => (isAsWritten(node, part) ? part : resolveExpression(part, resolve)))
}

/** A copy of the node with its parts put through `map`. */
export function mapParts(node: OperationNode, map: (part: OperationNode) => OperationNode): OperationNode {
  const copy: Record<string, unknown> = { ...node }
  for (const [name, value] of Object.entries(node)) {
    if (isNode(value)) copy[name] = map(value)
    else if (Array.isArray(value)) copy[name] = value.map((item) => (isNode(item) ? map(item) : item))
  }
  return copy as unknown as OperationNode
}

/** The columns that an expression names. */
export function referencesIn(expression: Expression): readonly ColumnId[] {
  const own = referenced(expression)
  return own !== undefined ? [own] : nodesIn(expression).flatMap(referencesIn)
}

/** The expression over other columns. */
export function withColumns(expression: Expression, columns: ReadonlyMap<ColumnId, ColumnId>): Expression {
  const own = referenced(expression)
  if (own !== undefined) return reference(columns.get(own) ?? own)
  return mapParts(expression, (part) => withColumns(part, columns))
}

/** `count(*)` counts rows; `asc` and `desc` are written as raw SQL. */
function isAsWritten(node: OperationNode, part: OperationNode): boolean {
  if (AggregateFunctionNode.is(node) && node.func === 'count' && !node.distinct) return isStar(part)
  if (OrderByItemNode.is(node)) return part === node.direction && isWord(part, ['asc', 'desc'])
  return OnNode.is(node) && isWord(part, ['true'])
}

const isStar = (node: OperationNode) => SelectionNode.is(node) && SelectAllNode.is(node.selection)

function refuseUnknown(node: OperationNode): void {
  if (SelectQueryNode.is(node)) throw new NotCovered('a subquery in an expression')
  if (RawNode.is(node)) throw new NotCovered('raw SQL')
  if (FunctionNode.is(node) && !isScalarCall(node) && !isPortableAggregate(node)) {
    throw new NotCovered(`the function ${node.func}`)
  }
  if (AggregateFunctionNode.is(node) && !AGGREGATES.has(node.func.toLowerCase()) && !isRanking(node)) {
    throw new NotCovered(`the function ${node.func}`)
  }
  if (!isSumOfParts(node) && !ColumnNode.is(node)) throw new NotCovered(`a ${node.kind}`)
}

/** Those that give one value for the same rows, whatever their order. */
const AGGREGATES: ReadonlySet<string> = new Set(['avg', 'bool_and', 'bool_or', 'count', 'max', 'min', 'sum'])

/** Those that need a window. */
const RANKINGS: ReadonlySet<string> = new Set([
  'cume_dist',
  'dense_rank',
  'first_value',
  'lag',
  'last_value',
  'lead',
  'nth_value',
  'ntile',
  'percent_rank',
  'rank',
  'row_number',
])

const isRanking = (node: AggregateFunctionNode): boolean => node.over !== undefined && RANKINGS.has(node.func)

const PORTABLE_AGGREGATES: ReadonlySet<string> = new Set(
  ['min_by', 'max_by', 'count_rows', 'sum_bigint'].map((name) => PORTABLE_PREFIX + name),
)

/** Functions of their arguments alone, one value a row; the portable ones besides. */
const SCALARS: ReadonlySet<string> = new Set([
  'abs',
  'ceil',
  'coalesce',
  'concat',
  'floor',
  'greatest',
  'least',
  'length',
  'lower',
  'ltrim',
  'md5',
  'nullif',
  'replace',
  'round',
  'rtrim',
  'sign',
  'substr',
  'substring',
  'trim',
  'upper',
])

const isPortableAggregate = (node: OperationNode): boolean =>
  FunctionNode.is(node) && PORTABLE_AGGREGATES.has(node.func)

function isScalarCall({ func }: FunctionNode): boolean {
  return func.startsWith(PORTABLE_PREFIX) ? !PORTABLE_AGGREGATES.has(func) : SCALARS.has(func.toLowerCase())
}

/** A call that makes one value of several rows. */
export function isAggregate(node: OperationNode): boolean {
  return isPortableAggregate(node) || (AggregateFunctionNode.is(node) && !node.over)
}

export function isWindowed(node: OperationNode): node is AggregateFunctionNode {
  return AggregateFunctionNode.is(node) && node.over !== undefined
}

export function contains(node: OperationNode, test: (node: OperationNode) => boolean): boolean {
  return test(node) || nodesIn(node).some((part) => contains(part, test))
}
