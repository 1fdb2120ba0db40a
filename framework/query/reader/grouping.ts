/** GROUP BY and HAVING as a relation. */
import {
  type AggregateCall,
  type ColumnId,
  column,
  contains,
  type Expression,
  isSameExpression,
  mapParts,
  referenced,
} from '../../expression/expression.ts'
import { aggregate, extended } from '../../relation/build.ts'
import type { ColumnIds, Output, Relation } from '../../relation/relation.ts'

export interface Grouping {
  readonly groups: readonly Expression[]
  /** What is computed of each group: outputs, and conditions on groups. */
  readonly expressions: readonly Expression[]
  /** Columns that are the same for all rows of a group, though nothing groups by them. */
  readonly isConstant: (column: ColumnId) => boolean
  /** Reports a column that differs within a group. */
  readonly notGrouped: (column: ColumnId) => Error
}

export interface Grouped {
  readonly relation: Relation
  /** The expressions over columns of the groups. */
  readonly expressions: readonly Expression[]
  /** The column of each group expression, in their order. */
  readonly keys: readonly ColumnId[]
}

export const isAggregate = ({ kind }: Expression): boolean => kind === 'aggregate'

/** The groups of the rows, and what is computed of them. */
export function grouped(ids: ColumnIds, rows: Relation, grouping: Grouping): Grouped {
  const keys = grouping.groups.map((expression) => ({ id: referenced(expression) ?? ids.next(), expression }))
  const computed = keys.filter(({ expression }) => referenced(expression) === undefined)
  const functions: Output[] = []
  const ofGroup = (expression: Expression): Expression => {
    const key = keys.find((one) => isSameExpression(one.expression, expression))
    if (key) return column(key.id, expression)
    if (expression.kind === 'aggregate') return column(functionColumn(ids, functions, expression), expression)
    const own = referenced(expression)
    if (own !== undefined && !grouping.isConstant(own)) throw grouping.notGrouped(own)
    return mapParts(expression, ofGroup)
  }
  const expressions = grouping.expressions.map(ofGroup)
  const unique = [...new Set(keys.map(({ id }) => id))]
  const relation = aggregate(extended(rows, computed), unique, functions)
  return { relation, expressions, keys: keys.map(({ id }) => id) }
}

/** Adds the call to the functions, unless it is among them. */
function functionColumn(ids: ColumnIds, functions: Output[], call: AggregateCall): ColumnId {
  const known = functions.find(({ expression }) => isSameExpression(expression, call))
  if (known) return known.id
  const id = ids.next()
  functions.push({ id, expression: call })
  return id
}

/** Whether rows are grouped before the outputs are computed of them. */
export const needsGroups = (
  { groups, having }: { readonly groups: readonly Expression[]; readonly having: readonly Expression[] },
  outputs: readonly Expression[],
): boolean => groups.length > 0 || having.length > 0 || outputs.some((output) => contains(output, isAggregate))
