/** Reads fn.series and fn.unnest. Each is an output, and becomes an operator over the rows. */
import { FunctionNode, type OperationNode } from 'kysely'
import type { ColumnId, Expression } from '../../../expression/expression.ts'
import { checkCall, namedInQueries, type SeriesFunction } from '../../../expression/function.ts'
import { FUNCTIONS } from '../../../expression/functions/registry.ts'
import { stepOf } from '../../../expression/functions/time/series.ts'
import { isRefusal } from '../../../refusal.ts'
import { expand, extended } from '../../../relation/build.ts'
import type { ColumnIds, ExpandedValues, NamedColumn, Relation } from '../../../relation/relation.ts'
import { PREFIX } from '../../builder/function-names.ts'
import { withoutBrackets } from '../../tree-nodes.ts'
import type { ExpressionScope } from '../expression/part-reader.ts'
import { readExpression } from '../expression/read-expression.ts'
import { QueryProblem, refuse } from '../query-problem.ts'

/** The values that a SELECT gives for each row, and their column. */
export interface SeriesOutput {
  /** The function's name in queries: `fn.series`. */
  readonly called: string
  readonly column: NamedColumn
  /** The expressions from which the values are computed. */
  readonly sources: readonly Expression[]
  /** Returns the values, computed from these columns, which hold the sources. */
  readonly values: (sources: readonly ColumnId[]) => ExpandedValues
}

/** The call of such a function if the node is one; undefined for any other node. */
export function seriesCallIn(node: OperationNode): FunctionNode | undefined {
  const call = withoutBrackets(node)
  return FunctionNode.is(call) && functionOf(call) ? call : undefined
}

const functionOf = ({ func }: FunctionNode): SeriesFunction | undefined => {
  const called = func.startsWith(PREFIX) ? FUNCTIONS.get(func.slice(PREFIX.length)) : undefined
  return called?.kind === 'series' ? called : undefined
}

/** Reads the call. Throws QueryProblem if its arguments are wrong. */
export function readSeries(ids: ColumnIds, call: FunctionNode, scope: ExpressionScope): SeriesOutput {
  const called = functionOf(call)
  if (!called) throw new Error(`${call.func} gives one value for a row`)
  const given = call.arguments.map((argument) => readExpression(argument, scope))
  const checked = checkCall(called, given, (argument) => scope.describe(argument))
  if (isRefusal(checked)) throw refuse(checked)
  const [first, last, step] = checked.args
  if (!first) throw new Error('a series that was checked has an argument')
  const named = { called: namedInQueries(called), name: called.name, id: ids.next(), type: checked.type }
  if (called.name === 'unnest') {
    const nullable = first.type.kind !== 'array' || first.type.nullable
    const values = ([array = '']: readonly ColumnId[]) => ({ kind: 'elements', array }) as const
    return { called: named.called, column: { ...named, nullable }, sources: [first], values }
  }
  const by = stepOf(first, step)
  const values = ([from = '', to = '']: readonly ColumnId[]) => ({ kind: 'series', from, to, step: by }) as const
  return { called: named.called, column: { ...named, nullable: false }, sources: last ? [first, last] : [], values }
}

/** Repeats each row for every value of the series. */
export function expanded(
  ids: ColumnIds,
  rows: Relation,
  { column: { id, type }, sources, values }: SeriesOutput,
): Relation {
  const computed = sources.map((expression) => ({ id: ids.next(), expression }))
  return expand({ input: extended(rows, computed), id, type, values: values(computed.map((source) => source.id)) })
}

/** Reports a series beside groups, windows or another series. */
export const seriesBeside = (called: string, what: string): QueryProblem =>
  new QueryProblem(
    `it has ${called} beside ${what}`,
    `put ${called} into a subquery: db.selectFrom(query.as('each')), with the rest around it`,
  )
