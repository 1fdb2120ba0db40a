/** Reads fn.series, which is an output of its own and becomes an operator over the rows. */
import { FunctionNode, type OperationNode } from 'kysely'
import type { Expression } from '../../../expression/expression.ts'
import { checkCall, type SeriesFunction } from '../../../expression/function.ts'
import { FUNCTIONS } from '../../../expression/functions/registry.ts'
import { stepOf } from '../../../expression/functions/time/series.ts'
import type { SeriesStep } from '../../../expression/series.ts'
import { isRefusal } from '../../../refusal.ts'
import { expand, extended } from '../../../relation/build.ts'
import type { ColumnIds, NamedColumn, Relation } from '../../../relation/relation.ts'
import { PREFIX } from '../../builder/function-names.ts'
import { withoutBrackets } from '../../tree-nodes.ts'
import { QueryProblem, refuse } from '../query-problem.ts'
import { type ExpressionScope, readExpression } from '../read-expression.ts'

/** A series of a SELECT, and the column that has its values. */
export interface Series {
  readonly column: NamedColumn
  readonly from: Expression
  readonly to: Expression
  readonly step: SeriesStep
}

/** The call of fn.series that the node is; undefined for any other node. */
export function seriesCallIn(node: OperationNode): FunctionNode | undefined {
  const call = withoutBrackets(node)
  return FunctionNode.is(call) && call.func === `${PREFIX}${SERIES.name}` ? call : undefined
}

/** Reads the call. Throws QueryProblem if its arguments are wrong. */
export function readSeries(ids: ColumnIds, call: FunctionNode, scope: ExpressionScope): Series {
  const given = call.arguments.map((argument) => readExpression(argument, scope))
  const checked = checkCall(SERIES, given, (argument) => scope.describe(argument))
  if (isRefusal(checked)) throw refuse(checked)
  const [from, to, step] = checked.args
  if (!from || !to) throw new Error('a series that was checked has two ends')
  const column = { name: SERIES.name, id: ids.next(), type: checked.type, nullable: false }
  return { column, from, to, step: stepOf(from, step) }
}

/** The rows, each once for every value of the series. */
export function expanded(ids: ColumnIds, rows: Relation, { column: { id, type }, from, to, step }: Series): Relation {
  const ends = [from, to].map((expression) => ({ id: ids.next(), expression }))
  const [first, last] = ends.map((end) => end.id)
  return expand({ input: extended(rows, ends), id, type, from: first ?? '', to: last ?? '', step })
}

/** Reports a series beside groups, windows or another series. */
export const seriesBeside = (what: string): QueryProblem =>
  new QueryProblem(
    `it has fn.series beside ${what}`,
    "put the series into a subquery: db.selectFrom(query.as('each')), with the rest around it",
  )

const SERIES = FUNCTIONS.get('series') as SeriesFunction
