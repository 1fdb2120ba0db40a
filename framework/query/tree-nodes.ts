import {
  AggregateFunctionNode,
  FunctionNode,
  GroupByItemNode,
  OnNode,
  type OperationNode,
  type OperationNodeKind,
  OperatorNode,
  OrderByItemNode,
  ParensNode,
  RawNode,
  ReferenceNode,
  SelectAllNode,
  SelectionNode,
  SelectModifierNode,
  UnaryOperationNode,
  ValueNode,
} from 'kysely'
import { PORTABLE_PREFIX } from './portable.ts'

/** The nodes that read what their parts read, and nothing else. */
const SUM_OF_PARTS: ReadonlySet<OperationNodeKind> = new Set([
  'AggregateFunctionNode',
  'AndNode',
  'BinaryOperationNode',
  'CaseNode',
  'CastNode',
  'DataTypeNode',
  'FunctionNode',
  'GroupByItemNode',
  'GroupByNode',
  'HavingNode',
  'LimitNode',
  'OffsetNode',
  'OnNode',
  'OperatorNode',
  'OrNode',
  'OrderByItemNode',
  'OrderByNode',
  'OverNode',
  'ParensNode',
  'PartitionByItemNode',
  'PartitionByNode',
  'PrimitiveValueListNode',
  'TupleNode',
  'UnaryOperationNode',
  'ValueListNode',
  'ValueNode',
  'WhenNode',
  'WhereNode',
])

/** Other functions may make several rows of one, as `unnest` does. */
const ONE_VALUE: ReadonlySet<string> = new Set([
  'avg',
  'coalesce',
  'count',
  'dense_rank',
  'first_value',
  'lag',
  'last_value',
  'lead',
  'max',
  'min',
  'rank',
  'row_number',
  'sum',
])

/** Function names go into the text as they are, so that one which is more than a name is raw SQL. */
const FUNCTION_NAME = new RegExp(`^(${PORTABLE_PREFIX})?[a-z_][a-z0-9_]*$`, 'i')

/** DuckDB's `columns('pattern')` stands for the columns whose names match. */
const NAMES_COLUMNS = 'columns'

const isCall = (node: OperationNode): node is FunctionNode | AggregateFunctionNode =>
  FunctionNode.is(node) || AggregateFunctionNode.is(node)

export function isSumOfParts(node: OperationNode): boolean {
  if (isCall(node)) return FUNCTION_NAME.test(node.func) && node.func.toLowerCase() !== NAMES_COLUMNS
  return SUM_OF_PARTS.has(node.kind)
}

/** Whether the expression surely gives one value a row, so that the rows are the same ones without it. */
export function givesOneValue(node: OperationNode): boolean {
  if (ReferenceNode.is(node)) return true
  if (isCall(node) && !node.func.startsWith(PORTABLE_PREFIX) && !ONE_VALUE.has(node.func.toLowerCase())) return false
  return isSumOfParts(node) && partsOf(node).every(givesOneValue)
}

/** The nodes right below, but for those that read nothing: the rows that `count(*)` counts, and words that Kysely writes as raw SQL. */
export function partsOf(node: OperationNode): readonly OperationNode[] {
  const parts = nodesIn(node)
  if (AggregateFunctionNode.is(node) && node.func === 'count' && !node.distinct)
    return parts.filter((part) => !isStar(part))
  if (OrderByItemNode.is(node)) return parts.filter((part) => part !== node.direction || !isWord(part, ['asc', 'desc']))
  if (OnNode.is(node)) return parts.filter((part) => !isTrue(part))
  return parts
}

export function nodesIn(parts: object): readonly OperationNode[] {
  const nodes: OperationNode[] = []
  for (const part of Object.values(parts)) {
    if (isNode(part)) nodes.push(part)
    else if (Array.isArray(part)) for (const item of part) if (isNode(item)) nodes.push(item)
  }
  return nodes
}

export function isNode(value: unknown): value is OperationNode {
  return typeof value === 'object' && value !== null && 'kind' in value
}

const isStar = (node: OperationNode) => SelectionNode.is(node) && SelectAllNode.is(node.selection)

export function isWord(node: OperationNode, words: readonly string[]): boolean {
  return RawNode.is(node) && node.parameters.length === 0 && words.includes(node.sqlFragments.join())
}

/** The condition of a join `on true`. */
export const isTrue = (node: OperationNode): boolean => isWord(node, ['true'])

/** Whether rows are grouped or ordered by something that may mean an output column by its position, as `order by 1` does. */
export function mayBePosition(node: OperationNode): boolean {
  if (GroupByItemNode.is(node)) return isConstant(node.groupBy) || !givesOneValue(node.groupBy)
  return OrderByItemNode.is(node) && (isConstant(node.orderBy) || !givesOneValue(node.orderBy))
}

function isConstant(node: OperationNode): boolean {
  return ParensNode.is(node) ? isConstant(node.node) : ValueNode.is(node)
}

export const isDistinct = (node: OperationNode): boolean => SelectModifierNode.is(node) && node.modifier === 'Distinct'

/** The query of an EXISTS, whose columns do not matter. */
export function existsQuery(node: OperationNode): OperationNode | undefined {
  if (!UnaryOperationNode.is(node) || !OperatorNode.is(node.operator)) return undefined
  return /^(not )?exists$/.test(node.operator.operator) ? node.operand : undefined
}
