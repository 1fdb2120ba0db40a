/** Reads aggregates and windows. */
import {
  AggregateFunctionNode,
  type OperationNode,
  type OverNode,
  ReferenceNode,
  SelectAllNode,
  SelectionNode,
} from 'kysely'
import { type Expression, isSameExpression, type WindowFrame } from '../../../expression/expression.ts'
import { type LakeFunction, namedInQueries } from '../../../expression/function.ts'
import { PREFIX } from '../../builder/function-names.ts'
import { functionFor } from '../function-names.ts'
import { QueryProblem } from '../query-problem.ts'
import { constantOf } from './constants.ts'
import type { PartReader } from './part-reader.ts'

export function readAggregate(reader: PartReader, node: AggregateFunctionNode, frame?: WindowFrame): Expression {
  const isStar = node.aggregated.some(isAll)
  if (isStar && node.distinct)
    throw new QueryProblem('it counts distinct rows', 'count the rows of a .distinct() subquery')
  const called = functionFor(isStar && /(^|:)count$/.test(node.func) ? `${PREFIX}count_rows` : node.func)
  const args = isStar ? [] : node.aggregated.map((argument) => reader.read(argument))
  const checked = reader.checked(called, args)
  const filter = node.filter && reader.condition(node.filter.where)
  if (node.over) {
    const window = windowOf(reader, called, { distinct: node.distinct === true, over: node.over })
    return { kind: 'window', name: called.name, filter, frame, ...checked, ...window }
  }
  switch (called.kind) {
    case 'scalar':
    case 'operator':
    case 'series':
      return { kind: 'call', name: called.name, ...checked }
    case 'window':
      throw new QueryProblem(`${called.name} needs a window`, `write .over(...) after fn.${called.name}`)
    case 'aggregate':
      return { kind: 'aggregate', filter, ...groupedBy(reader, called, { node, args }), ...checked }
  }
}

interface GivenArguments {
  readonly node: AggregateFunctionNode
  readonly args: readonly Expression[]
}

/** The parts of an aggregate that select the values that count, and order them. */
function groupedBy(reader: PartReader, { name }: LakeFunction, { node, args }: GivenArguments) {
  const distinct = node.distinct === true || name === 'count_distinct'
  const [first] = args
  if (distinct && (name === 'sum' || name === 'avg') && first?.type.kind === 'double') {
    throw new QueryProblem(
      `${name} of distinct doubles is not supported`,
      'select the distinct values in a subquery first',
    )
  }
  const orderBy = (node.orderBy?.items ?? []).map((item) => reader.sortItem(item))
  if (distinct && orderBy.some(({ expression }) => !first || !isSameExpression(expression, first))) {
    throw new QueryProblem(
      `${name} of distinct values is ordered by something else`,
      'order it by the values themselves',
    )
  }
  return { name: name === 'count_distinct' ? 'count' : name, distinct, orderBy }
}

/** Reads an aggregate over a frame of its window. */
export function readFramed(reader: PartReader, [call, unit, from, to]: readonly OperationNode[]): Expression {
  if (!call || !AggregateFunctionNode.is(call) || !call.over || constantOf(unit) !== 'rows') {
    throw new QueryProblem('it has a frame without a window', 'write .over(...) inside of it')
  }
  return readAggregate(reader, call, { from: bound(constantOf(from)), to: bound(constantOf(to)) })
}

interface Windowed {
  readonly distinct: boolean
  readonly over: OverNode
}

function windowOf(reader: PartReader, called: LakeFunction, { distinct, over }: Windowed) {
  if (called.kind !== 'aggregate' && called.kind !== 'window') {
    throw new QueryProblem(`${namedInQueries(called)} has no meaning over a window`, 'drop .over(...)')
  }
  if (distinct || (called.kind === 'aggregate' && called.groupsOnly)) {
    const subject = distinct ? `${namedInQueries(called)} of distinct values` : namedInQueries(called)
    throw new QueryProblem(
      `${subject} is not supported over a window`,
      'group by what the window partitions by, and join',
    )
  }
  return {
    partitionBy: (over.partitionBy?.items ?? []).map((item) => reader.read(item.partitionBy)),
    orderBy: (over.orderBy?.items ?? []).map((item) => reader.sortItem(item)),
  }
}

const bound = (value: unknown): number | null => (typeof value === 'number' ? value : null)

const isAll = (node: OperationNode): boolean =>
  SelectAllNode.is(node) ||
  (SelectionNode.is(node) && isAll(node.selection)) ||
  (ReferenceNode.is(node) && SelectAllNode.is(node.column))
