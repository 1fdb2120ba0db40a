/** Moves window functions out of expressions into window operators. */
import {
  type ColumnId,
  column,
  contains,
  type Expression,
  mapParts,
  referenced,
  type WindowCall,
} from '../../../expression/expression.ts'
import { extended, window } from '../../../relation/build.ts'
import type { ColumnIds, Output, Relation } from '../../../relation/relation.ts'
import { QueryProblem } from '../query-problem.ts'

export const isWindow = ({ kind }: Expression): boolean => kind === 'window'

/**
 * Adds window operators to the rows, and replaces the window functions in the expressions by their
 * columns.
 */
export function windowed(
  ids: ColumnIds,
  rows: Relation,
  expressions: readonly Expression[],
): { readonly relation: Relation; readonly expressions: readonly Expression[] } {
  if (!expressions.some((expression) => contains(expression, isWindow))) return { relation: rows, expressions }
  const windows = new Windows(ids)
  const replaced = expressions.map((expression) => windows.take(expression))
  return { relation: windows.over(rows), expressions: replaced }
}

interface WindowFunctions {
  readonly partitionBy: readonly ColumnId[]
  readonly functions: Output[]
}

/** Collects window functions, one operator for each set of partition columns. */
class Windows {
  readonly #ids: ColumnIds
  readonly #partitions: Output[] = []
  readonly #windows = new Map<string, WindowFunctions>()

  constructor(ids: ColumnIds) {
    this.#ids = ids
  }

  take(expression: Expression): Expression {
    return expression.kind === 'window' ? this.#call(expression) : mapParts(expression, (part) => this.take(part))
  }

  over(rows: Relation): Relation {
    const input = extended(rows, this.#partitions)
    return [...this.#windows.values()].reduce<Relation>(
      (relation, { partitionBy, functions }) => window(relation, partitionBy, functions),
      input,
    )
  }

  #call(call: WindowCall): Expression {
    if (call.args.some((argument) => contains(argument, isWindow))) {
      throw new QueryProblem(
        'a window function has another one among its arguments',
        'compute the inner one in a subquery',
      )
    }
    const partitions = call.partitionBy.map((expression) => this.#partitionColumn(expression))
    const partitionBy = [...new Set(partitions.map(({ id }) => id))]
    const key = partitionBy.toSorted().join()
    const known = this.#windows.get(key) ?? { partitionBy, functions: [] }
    this.#windows.set(key, known)
    const id = this.#ids.next()
    known.functions.push({
      id,
      expression: { ...call, partitionBy: partitions.map((one) => column(one.id, one.expression)) },
    })
    return column(id, call)
  }

  #partitionColumn(expression: Expression): Output {
    const own = referenced(expression)
    if (own !== undefined) return { id: own, expression }
    const output = { id: this.#ids.next(), expression }
    this.#partitions.push(output)
    return output
  }
}
