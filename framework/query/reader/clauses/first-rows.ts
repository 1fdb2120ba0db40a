/** Keeps the first rows of a query: ORDER BY with LIMIT and OFFSET. */
import { type OperationNode, type SelectQueryNode, ValueNode } from 'kysely'
import { column, type SortItem } from '../../../expression/expression.ts'
import { limit } from '../../../relation/build.ts'
import type { Relation } from '../../../relation/relation.ts'
import { isUniqueBy } from '../../../relation/unique.ts'
import { QueryProblem } from '../query-problem.ts'
import type { Read } from '../select-parts.ts'

/** Keeps the first rows by LIMIT and OFFSET. Throws if no order determines them. */
export function limited(node: SelectQueryNode, { relation, outputs }: Read, orderBy: readonly SortItem[]): Relation {
  const count = countIn(node.limit?.limit, 'LIMIT') ?? Number.MAX_SAFE_INTEGER
  const offset = countIn(node.offset?.offset, 'OFFSET') ?? 0
  if (orderBy.length === 0) {
    throw new QueryProblem('it has a LIMIT without an ORDER BY, so it could keep any rows', 'add .orderBy(...)')
  }
  return limit({ input: relation, orderBy: total(orderBy, { relation, outputs }), count, offset })
}

/**
 * Makes the order total: the outputs break its ties, so that every engine keeps the same rows. Rows
 * that still tie are equal.
 */
function total(orderBy: readonly SortItem[], { relation, outputs }: Read): readonly SortItem[] {
  const by = new Set(orderBy.flatMap(({ expression }) => (expression.kind === 'column' ? [expression.id] : [])))
  if (isUniqueBy(relation, by)) return orderBy
  const others = outputs.filter(({ id }) => !by.has(id))
  return [
    ...orderBy,
    ...others.map((output): SortItem => ({ expression: column(output.id, output), direction: 'asc', nulls: 'last' })),
  ]
}

function countIn(node: OperationNode | undefined, clause: string): number | undefined {
  if (!node) return undefined
  const value = ValueNode.is(node) ? Number(node.value) : Number.NaN
  if (Number.isSafeInteger(value) && value >= 0) return value
  throw new QueryProblem(`its ${clause} is not a constant number of rows`, 'give a whole number')
}
