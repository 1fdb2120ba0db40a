/**
 * Joins a query's rows with its subqueries. The joined columns give the value of each scalar
 * subquery, and the truth of each EXISTS or IN.
 */
import {
  all,
  condition,
  equals,
  equalsOrBothNull,
  FALSE,
  isNotNull,
  isNull,
  TRUE,
} from '../../expression/conditions.ts'
import {
  type ColumnId,
  column,
  contains,
  type Expression,
  mapParts,
  referencesIn,
  withColumns,
} from '../../expression/expression.ts'
import { functionNamed } from '../../expression/functions/registry.ts'
import { literal, nullOf } from '../../expression/literal.ts'
import { BIGINT, BOOLEAN } from '../../expression/value-type.ts'
import { aggregate, distinct, join, passed, project, semiJoin } from '../../relation/build.ts'
import { columnAt, columnPairs } from '../../relation/columns.ts'
import { copied } from '../../relation/copy.ts'
import { type ColumnIds, columnsOf, type Relation } from '../../relation/relation.ts'
import { isUniqueBy } from '../../relation/unique.ts'
import { joinConditionsOf, matchesOf, type Separated, separated } from './clauses/joins.ts'
import { QueryProblem } from './query-problem.ts'
import type { KeyedRead, Read } from './select-parts.ts'
import type { Attachment } from './select-scope.ts'

/** The rows of a subquery, and the conditions on which rows of the query around it match them. */
export interface Candidates {
  readonly rows: Relation
  readonly conditions: readonly Expression[]
  readonly outputs: readonly Expression[]
}

/** Joins the only row of a subquery with all rows. */
export function oneRow({ relation, outputs }: Read): Attachment {
  const [output, another] = outputs
  if (!output || another) throw new QueryProblem('a subquery that is a value selects several columns', 'select one')
  if (!isUniqueBy(relation, new Set())) {
    throw new QueryProblem(
      'a subquery that is a value may have several rows',
      'aggregate it: fn.min(...), fn.max(...), fn.sum(...), or read a table that is declared oneRow',
    )
  }
  const hasRow = isAggregateOfAll(relation)
  const value = column(output.id, { type: output.type, nullable: output.nullable || !hasRow })
  return {
    value,
    columns: [output.id],
    needs: [],
    join: (rows) => join({ type: hasRow ? 'inner' : 'left', left: rows, right: relation, on: undefined }),
  }
}

/**
 * Joins each row with the row of the subquery that has the same keys. `empty` is the value if there
 * is no such row.
 */
export function correlatedRow(
  ids: ColumnIds,
  read: KeyedRead,
  outer: readonly Expression[],
  empty: Expression,
): Attachment {
  const [output] = read.outputs
  const [key] = read.keys
  if (!output || key === undefined) throw new Error('a correlated subquery has a value and a key')
  const found = column(output.id, { type: output.type, nullable: true })
  const isEmptyNull = empty.kind === 'literal' && empty.value === null
  const value: Expression = isEmptyNull
    ? found
    : {
        kind: 'case',
        branches: [{ when: isNull(column(key, { type: outer[0]?.type ?? BIGINT, nullable: true })), result: empty }],
        otherwise: found,
        type: output.type,
        nullable: output.nullable,
      }
  return {
    value,
    columns: [output.id, ...read.keys],
    needs: outer.flatMap(referencesIn),
    join: (rows) => leftJoined(separated(ids, rows, read.relation, keysEqual(read.keys, outer))),
  }
}

/** The truth of EXISTS for each row. */
export function existsMark(ids: ColumnIds, { rows: set, conditions }: Candidates): Attachment {
  if (conditions.length === 0) {
    const count = { id: ids.next(), expression: countRows }
    const found = aggregate(set, [], [count])
    return {
      value: condition('>', [column(count.id, { type: BIGINT, nullable: false }), ZERO]),
      columns: [count.id],
      needs: [],
      join: (rows) => join({ type: 'inner', left: rows, right: found, on: undefined }),
    }
  }
  const mark = ids.next()
  const needs = neededBy(conditions, set)
  return {
    value: isNotNull(column(mark, { type: BOOLEAN, nullable: true })),
    columns: [mark],
    needs,
    join: (rows) => marked(ids, rows, { set, conditions, needs, mark }),
  }
}

/** The value of IN: true, false, or null if a null leaves it open, as in SQL. */
export function inMark(
  ids: ColumnIds,
  { rows: set, conditions, outputs }: Candidates,
  values: readonly Expression[],
): Attachment {
  const mark = ids.next()
  const needs = neededBy(conditions, set)
  const matched = isNotNull(column(mark, { type: BOOLEAN, nullable: true }))
  if (needs.length === 0) throw new QueryProblem('IN looks for a constant', 'write it with exists(...)')
  const withMark = (rows: Relation) => marked(ids, rows, { set, conditions, needs, mark })
  if (![...values, ...outputs].some(({ nullable }) => nullable))
    return { value: matched, columns: [mark], needs, join: withMark }
  const [value] = values
  const [output] = outputs
  if (!value || !output || outputs.length > 1 || conditions.length > 1) {
    throw new QueryProblem(
      'IN with several columns, or with a correlated subquery, is used where null and false differ, and a side can be null',
      'write it with exists(...)',
    )
  }
  const copy = copied(ids, set)
  const inner = output.kind === 'column' ? copy.columns.get(output.id) : undefined
  if (inner === undefined) throw new Error('an output of IN is a column of its rows')
  const [count, known] = [ids.next(), ids.next()]
  const counts = aggregate(
    copy.relation,
    [],
    [
      { id: count, expression: countRows },
      { id: known, expression: { ...countRows, name: 'count', args: [column(inner, output)] } },
    ],
  )
  const [rowCount, knownCount] = [count, known].map((id) => column(id, { type: BIGINT, nullable: false }))
  if (!rowCount || !knownCount) throw new Error('both are counted')
  const isOpen = condition('or', [isNull(value), condition('<>', [rowCount, knownCount])])
  return {
    value: {
      kind: 'case',
      branches: [
        { when: matched, result: TRUE },
        { when: equals(rowCount, ZERO), result: FALSE },
        { when: isOpen, result: nullOf(BOOLEAN) },
      ],
      otherwise: FALSE,
      type: BOOLEAN,
      nullable: true,
    },
    columns: [mark, count, known],
    needs,
    join: (rows) => join({ type: 'inner', left: withMark(rows), right: counts, on: undefined }),
  }
}
/**
 * Marks the rows that match. Looks up each combination of the needed columns once, by any
 * conditions, and joins the rows with the combinations that match.
 */
function marked(
  ids: ColumnIds,
  rows: Relation,
  {
    set,
    conditions,
    needs,
    mark,
  }: { set: Relation; conditions: readonly Expression[]; needs: readonly ColumnId[]; mark: ColumnId },
): Relation {
  const copy = copied(ids, project(rows, passed(needs)))
  const sides = separated(
    ids,
    distinct(copy.relation),
    set,
    conditions.map((one) => withColumns(one, copy.columns)),
  )
  const found = semiJoin({ kind: 'semi-join', left: sides.left, right: sides.right, on: matchesOf(sides) })
  const own = needs.map((id) => copy.columns.get(id) ?? id)
  const marked = project(found, [...passed(own), { id: mark, expression: TRUE }])
  const on = columnPairs(needs, own).map(([id, ownId]) => equalsOrBothNull(columnOf(id), columnOf(ownId)))
  return join({ type: 'left', left: rows, right: marked, on: all(on) })
}

export const keysEqual = (keys: readonly ColumnId[], outer: readonly Expression[]): readonly Expression[] =>
  outer.map((expression, index) => equals(expression, column(columnAt(keys, index), expression)))

/** The columns of the outer query that the conditions name. */
function neededBy(conditions: readonly Expression[], set: Relation): readonly ColumnId[] {
  const own = new Set(columnsOf(set))
  return [...new Set(conditions.flatMap(referencesIn).filter((id) => !own.has(id)))]
}

const leftJoined = (sides: Separated): Relation =>
  join({ type: 'left', left: sides.left, right: sides.right, on: all(joinConditionsOf(sides)) })

/** Whether the relation is an aggregate without keys, which has one row even over no rows. */
function isAggregateOfAll(relation: Relation): boolean {
  switch (relation.kind) {
    case 'project':
    case 'window':
      return isAggregateOfAll(relation.input)
    case 'aggregate':
      return relation.keys.length === 0
    case 'join':
      return isAggregateOfAll(relation.left) && isAggregateOfAll(relation.right)
    case 'scan':
    case 'staged':
    case 'empty':
    case 'filter':
    case 'expand':
    case 'semi-join':
    case 'anti-join':
    case 'distinct':
    case 'union-all':
    case 'set-operation':
    case 'limit':
      return false
  }
}

/** The value of an expression over aggregates if there are no rows. */
export function ofNoRows(expression: Expression): Expression {
  if (!contains(expression, isCount)) return nullOf(expression.type)
  if (expression.kind !== 'aggregate') return mapParts(expression, ofNoRows)
  return isCount(expression) ? ZERO : nullOf(expression.type)
}

function isCount(expression: Expression): boolean {
  if (expression.kind !== 'aggregate') return false
  const called = functionNamed(expression.name)
  return called.kind === 'aggregate' && called.ofNoRows === 'zero'
}

const countRows: Extract<Expression, { kind: 'aggregate' }> = {
  kind: 'aggregate',
  name: 'count_rows',
  args: [],
  distinct: false,
  filter: undefined,
  orderBy: [],
  type: BIGINT,
  nullable: false,
}

const ZERO = literal(0n, BIGINT)

/** A column that is compared with a column of the same type. So any type is sufficient here. */
const columnOf = (id: ColumnId): Expression => column(id, { type: BIGINT, nullable: true })
