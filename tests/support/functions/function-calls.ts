/** Queries that call functions in several shapes: over a row, a group, or a window. */
import {
  AggregateFunctionNode,
  BinaryOperationNode,
  ColumnNode,
  FunctionNode,
  type OperationNode,
  OperatorNode,
  OrderByItemNode,
  OverNode,
  PartitionByItemNode,
  ReferenceNode,
  ValueListNode,
  ValueNode,
} from 'kysely'
import type { LakeFunction } from '../../../framework/expression/function.ts'
import { PREFIX } from '../../../framework/query/builder/function-names.ts'
import type { QueryTree } from '../../../framework/query/query.ts'
import { readQuery } from '../../../framework/query/reader/read-query.ts'
import { aliased, treeOf } from '../engines/query-trees.ts'
import { edgeTable } from './edge-rows.ts'
import { callNode, chosen, sampledTries, type TriedArgument, triesOf } from './function-tries.ts'

export const TABLES = new Map([['edges', edgeTable]])

export type CallShape = 'row' | 'groups' | 'filtered' | 'no rows' | 'window' | 'filtered window' | 'frame' | 'ties'

export interface FunctionCall {
  readonly called: LakeFunction
  readonly args: readonly TriedArgument[]
  readonly shape: CallShape
}

/** The call in the form in which messages show it. */
export const written = ({ called, args, shape }: FunctionCall): string => {
  const words = args.map((argument) => (typeof argument === 'string' ? argument : JSON.stringify(argument.constant)))
  return `${called.name}(${words.join(', ')})${shape === 'row' ? '' : ` (${shape})`}`
}

export function shapesOf(called: LakeFunction): readonly CallShape[] {
  if (called.kind !== 'aggregate' && called.kind !== 'window') return ['row']
  if (called.kind === 'window') return called.order === 'ties' ? ['window', 'ties'] : ['window']
  return called.groupsOnly
    ? ['groups', 'filtered', 'no rows']
    : ['groups', 'filtered', 'no rows', 'window', 'filtered window', 'frame']
}

/** The calls of all tries in the first shape. A refused call comes with its message. */
export function checkedTries(called: LakeFunction) {
  const [shape = 'row'] = shapesOf(called)
  return triesOf(called).map((args) => {
    const read = readQuery(queryOf(shape)([{ called, args, shape }]), TABLES)
    return { args, refused: read.kind === 'refused' ? read.reason : undefined }
  })
}

/** Maximum numbers of calls of a function. */
export interface MostCalls {
  /** The number in the first shape, in addition to the calls that try each argument once. */
  readonly first: number
  /** The number in each other shape. */
  readonly others: number
}

/**
 * Calls of the function that lake accepts. Each shape after the first has another sample of them.
 */
export function callsOf(called: LakeFunction, most: MostCalls, seed: number): readonly FunctionCall[] {
  const taken = checkedTries(called).filter(({ refused }) => refused === undefined)
  const tries = chosen(
    taken.map(({ args }) => args),
    most.first,
    seed,
  )
  return shapesOf(called).flatMap((shape, index) => {
    const ofShape = index === 0 ? tries : sampledTries(tries, most.others, seed + index)
    return ofShape.map((args) => ({ called, args, shape }))
  })
}

const ref = (name: string) => ReferenceNode.create(ColumnNode.create(name))
const orderedBy = (...names: readonly string[]) => names.map((name) => OrderByItemNode.create(ref(name)))
const operation = (left: string, operator: string, right: OperationNode) =>
  BinaryOperationNode.create(ref(left), OperatorNode.create(operator as never), right)

/** The ids of the rows on which a call fails. The queries leave out these rows. */
export type FailingRows = ReadonlyMap<FunctionCall, readonly string[]>

/** A query with a column for each call of this shape. Its first column is `id` or `small`. */
export const queryOf =
  (shape: CallShape, leftOut: FailingRows = new Map()) =>
  (calls: readonly FunctionCall[]): QueryTree => {
    const columns = calls.map((call, index) => aliased(without(shaped(call), leftOut.get(call)), `x${index}`))
    return treeOf((db) => {
      const rows = db.selectFrom('edges')
      if (shape === 'no rows') {
        return rows
          .select([aliased(AggregateFunctionNode.create('lake:count_rows', []), 'n'), ...columns])
          .where('id', '<', 0n)
      }
      return isOfGroups(shape) ? rows.groupBy('small').select(['small', ...columns]) : rows.select(['id', ...columns])
    })
  }

/**
 * A query that says for each call whether it gives null. For rows on which the call fails, DuckDB
 * gives null instead.
 */
export const failuresOf = (calls: readonly FunctionCall[]): QueryTree =>
  treeOf((db) =>
    db
      .selectFrom('edges')
      .select(['id', ...calls.map((call, index) => aliased(tried(callNode(call.called, call.args)), `x${index}`))]),
  )

const tried = (call: OperationNode): OperationNode => {
  const texts = ['TRY(CASE WHEN $1 IS NULL THEN 0 ELSE 1 END)', '0', 'int'].map((text) => ValueNode.create(text))
  return FunctionNode.create(`${PREFIX}sql_for`, [...texts, ValueNode.create(true), call])
}

function without(call: OperationNode, ids: readonly string[] | undefined): OperationNode {
  if (!ids || ids.length === 0) return call
  const isLeftOut = operation('id', 'in', ValueListNode.create(ids.map((id) => ValueNode.create(BigInt(id)))))
  return FunctionNode.create(`${PREFIX}iff`, [isLeftOut, ValueNode.createImmediate(null), call])
}

const isOfGroups = (shape: CallShape) => shape === 'groups' || shape === 'filtered'

function shaped({ called, args, shape }: FunctionCall): OperationNode {
  const call = callNode(called, args)
  if (shape === 'row') return call
  const sorted =
    called.kind === 'aggregate' && called.ordered
      ? AggregateFunctionNode.cloneWithOrderBy(call as never, orderedBy('b', 'q'))
      : call
  const isC = operation('c', 'is', ValueNode.createImmediate(true))
  const filtered = shape.startsWith('filtered') ? AggregateFunctionNode.cloneWithFilter(sorted as never, isC) : sorted
  return shape === 'no rows' || isOfGroups(shape) ? filtered : windowed({ called, args, shape }, filtered)
}

function windowed({ called, shape }: FunctionCall, call: OperationNode): OperationNode {
  const parts = [PartitionByItemNode.create(ref('small') as never)]
  const partitioned = OverNode.cloneWithPartitionByItems(OverNode.create(), parts)
  const order = shape === 'ties' ? ['q'] : shape === 'frame' || called.kind === 'window' ? ['q', 'id'] : []
  const over = order.length > 0 ? OverNode.cloneWithOrderByItems(partitioned, orderedBy(...order)) : partitioned
  const frame = ['rows', -3, 0].map((value) => ValueNode.create(value))
  const node = { ...call, over } as OperationNode
  return shape === 'frame' ? FunctionNode.create(`${PREFIX}frame`, [node, ...frame]) : node
}
