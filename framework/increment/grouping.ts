import type { OperationNode } from 'kysely'
import { aggregate, extended, filter } from './build.ts'
import { contains, isAggregate, mapParts, NotCovered } from './expression.ts'
import {
  type ColumnId,
  type ColumnIds,
  type Expression,
  type Output,
  type Relation,
  reference,
  referenced,
} from './relation.ts'

export interface Grouping {
  readonly groups: readonly Expression[]
  readonly having: Expression | undefined
  readonly selected: readonly Output[]
}

/** The groups of the rows, and what is selected of them; the rows themselves where nothing is grouped. */
export function grouped(
  ids: ColumnIds,
  rows: Relation,
  { groups, having, selected }: Grouping,
): { readonly relation: Relation; readonly outputs: readonly Output[] } {
  const expressions = [...selected.map(({ expression }) => expression), ...(having ? [having] : [])]
  const isGrouped = groups.length > 0 || having !== undefined || expressions.some((one) => contains(one, isAggregate))
  if (!isGrouped) return { relation: rows, outputs: selected }
  const keys = groups.map((expression) => ({ id: referenced(expression) ?? ids.next(), expression }))
  const input = extended(
    rows,
    keys.filter(({ expression }) => referenced(expression) === undefined),
  )
  const functions: Output[] = []
  const ofGroup = (node: OperationNode): Expression => {
    const key = keys.find(({ expression }) => sameExpression(expression, node))
    if (key) return reference(key.id)
    if (isAggregate(node)) return reference(functionColumn(ids, functions, node))
    if (referenced(node) !== undefined) throw new NotCovered('a column that is neither grouped by nor aggregated')
    return mapParts(node, ofGroup)
  }
  const outputs = selected.map(({ id, expression }) => ({ id, expression: ofGroup(expression) }))
  const condition = having && ofGroup(having)
  const relation = aggregate(input, [...new Set(keys.map(({ id }) => id))], functions)
  return { relation: condition ? filter(relation, condition) : relation, outputs }
}

/** Adds the call to the functions, unless it is among them. */
function functionColumn(ids: ColumnIds, functions: Output[], call: OperationNode): ColumnId {
  const known = functions.find(({ expression }) => sameExpression(expression, call))
  if (known) return known.id
  const id = ids.next()
  functions.push({ id, expression: call })
  return id
}

function sameExpression(left: OperationNode, right: OperationNode): boolean {
  return left.kind === right.kind && printed(left) === printed(right)
}

const printed = (node: OperationNode): string =>
  JSON.stringify(node, (_, value) => (typeof value === 'bigint' ? `${value}n` : value))
