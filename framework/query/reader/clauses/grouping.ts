/** Builds the aggregate operator of GROUP BY, HAVING and aggregates. */
import {
  type AggregateCall,
  type ColumnId,
  column,
  contains,
  type Expression,
  isSameExpression,
  mapParts,
  referenced,
} from '../../../expression/expression.ts'
import { aggregate, extended } from '../../../relation/build.ts'
import type { ColumnIds, Output, Relation } from '../../../relation/relation.ts'

export interface Grouping {
  readonly groups: readonly Expression[]
  /** The expressions over a group: outputs and HAVING conditions. */
  readonly expressions: readonly Expression[]
  /** Whether a column is the same for all rows of a group, although nothing groups by it. */
  readonly isConstant: (column: ColumnId) => boolean
  /** The error for a column that can differ within a group. */
  readonly notGrouped: (column: ColumnId) => Error
}

export interface Grouped {
  readonly relation: Relation
  /** The expressions over the columns of the groups. */
  readonly expressions: readonly Expression[]
  /** The column of each group expression, in their order. */
  readonly keys: readonly ColumnId[]
}

export const isAggregate = ({ kind }: Expression): boolean => kind === 'aggregate'

/** Groups the rows, and rewrites the expressions over the groups' columns. */
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

/** The column of the call. Adds the call to the functions if it is not among them. */
function functionColumn(ids: ColumnIds, functions: Output[], call: AggregateCall): ColumnId {
  const known = functions.find(({ expression }) => isSameExpression(expression, call))
  if (known) return known.id
  const id = ids.next()
  functions.push({ id, expression: call })
  return id
}

/** Whether the rows have to be grouped before the outputs are computed. */
export const needsGroups = (
  { groups, having }: { readonly groups: readonly Expression[]; readonly having: readonly Expression[] },
  outputs: readonly Expression[],
): boolean => groups.length > 0 || having.length > 0 || outputs.some((output) => contains(output, isAggregate))
