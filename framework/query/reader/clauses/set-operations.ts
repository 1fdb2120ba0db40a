/** Combines two SELECTs: UNION, INTERSECT and EXCEPT. */
import type { SetOperationNode } from 'kysely'
import { unify } from '../../../expression/convert.ts'
import { column, type Expression, referenced } from '../../../expression/expression.ts'
import { project, setOperation, unionAll } from '../../../relation/build.ts'
import { type ColumnIds, columnsOf, type Output, type Relation } from '../../../relation/relation.ts'
import { QueryProblem } from '../query-problem.ts'
import type { Read } from '../select-parts.ts'

interface NextOperand {
  readonly operation: SetOperationNode
  readonly right: Read
}

/**
 * Applies one set operation. Several are applied from left to right. Columns are matched by their
 * order.
 */
export function combined(ids: ColumnIds, left: Read, { operation, right }: NextOperand): Read {
  const { operator, all } = operation
  if (left.outputs.length !== right.outputs.length) {
    throw new QueryProblem('it combines queries with different numbers of columns', 'select the same columns in both')
  }
  const pairs = left.outputs.map((output, index) => {
    const other = right.outputs[index] ?? output
    const unified = unify([column(output.id, output), column(other.id, other)])
    if (!unified) {
      throw new QueryProblem(
        `it combines ${output.name} (${output.type.kind}) with ${other.name} (${other.type.kind})`,
        'convert one of them with fn.to...()',
      )
    }
    return unified
  })
  const outputs = left.outputs.map(({ name }, index) => {
    const sides = pairs[index] ?? []
    const type = sides[0]?.type ?? { kind: 'text' }
    return { name, id: ids.next(), type, nullable: sides.some(({ nullable }) => nullable) }
  })
  const columns = outputs.map(({ id }) => id)
  const [one, other] = [left.relation, right.relation].map((side, index) =>
    converted(
      ids,
      side,
      pairs.map((pair) => pair[index]).filter((part) => part !== undefined),
    ),
  )
  if (!one || !other) throw new Error('a set operation has two sides')
  if (operator === 'union' && all) return { relation: unionAll(columns, [one, other]), outputs }
  const fullOperator = operator === 'union' || !all ? operator : (`${operator} all` as const)
  return { relation: setOperation({ operator: fullOperator, columns, left: one, right: other }), outputs }
}

function converted(ids: ColumnIds, relation: Relation, expressions: readonly Expression[]): Relation {
  if (expressions.map(referenced).join() === columnsOf(relation).join()) return relation
  return project(
    relation,
    expressions.map((expression): Output => ({ id: ids.next(), expression })),
  )
}
