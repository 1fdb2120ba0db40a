/**
 * Reads subqueries in expressions as joins.
 *
 * A scalar subquery becomes a join with its one row, or with one row for each combination of the
 * values by which it is correlated. EXISTS and IN become semi joins if they are a condition of
 * WHERE, else a join with a mark.
 */
import type { OperationNode } from 'kysely'
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
import { comparable } from '../../expression/convert.ts'
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
import { aggregate, distinct, extended, join, passed, project, semiJoin } from '../../relation/build.ts'
import { copied } from '../../relation/copy.ts'
import { columnsOf, type Output, type Relation } from '../../relation/relation.ts'
import { isUniqueBy } from '../../relation/unique.ts'
import { isAggregate, needsGroups } from './clauses/grouping.ts'
import { joinConditionsOf, matchesOf, type Separated, separated } from './clauses/joins.ts'
import type { Subquery } from './expression/part-reader.ts'
import { QueryProblem } from './query-problem.ts'
import type { NameScope } from './scope.ts'
import {
  type Body,
  type KeyedRead,
  type QueryReader,
  type Read,
  selectIn,
  type UpstreamRelations,
} from './select-parts.ts'
import type { Attachment, Matched, Subqueries } from './select-scope.ts'

/** The rows of a subquery, and the conditions on which rows of the query around it match them. */
interface Candidates {
  readonly rows: Relation
  readonly conditions: readonly Expression[]
  readonly outputs: readonly Expression[]
}

export class SubqueryReader implements Subqueries {
  readonly #reader: QueryReader
  readonly #tables: UpstreamRelations
  readonly #names: NameScope

  constructor(reader: QueryReader, tables: UpstreamRelations, names: NameScope) {
    this.#reader = reader
    this.#tables = tables
    this.#names = names
  }

  value(subquery: Subquery): Attachment {
    switch (subquery.kind) {
      case 'scalar':
        return this.#scalar(subquery.query)
      case 'exists':
        return this.#existsMark(this.#candidates(subquery))
      case 'in':
        return this.#inMark(this.#candidates(subquery), subquery.values)
    }
  }

  matched(rows: Relation, subquery: Subquery): Matched {
    const { rows: set, conditions, outputs } = this.#candidates(subquery)
    const sides = separated(this.#reader.ids, rows, set, conditions)
    this.#refuseOthers([...columnsOf(sides.left), ...columnsOf(sides.right)], conditions)
    const values = subquery.kind === 'in' ? subquery.values : []
    return { ...sides, mayBeNull: [...values, ...outputs].some(({ nullable }) => nullable) }
  }

  #refuseOthers(columns: readonly ColumnId[], conditions: readonly Expression[]): void {
    const known = new Set(columns)
    if (conditions.flatMap(referencesIn).every((id) => known.has(id))) return
    throw new QueryProblem(
      'a subquery names columns of a query that is not directly around it',
      'join the tables in the query around it first',
    )
  }

  #candidates(subquery: Subquery): Candidates {
    const select = selectIn(subquery.query)
    const values = subquery.kind === 'in' ? subquery.values : []
    if (select.setOperations || (select.limit && subquery.kind === 'in')) {
      const read = this.#reader.query(select, this.#tables)
      return this.#compared(read, { conditions: [], values })
    }
    const tables = this.#reader.withQueries(select, this.#tables)
    const body = this.#reader.body(select, tables, this.#names)
    const selected = body.selected.map(({ expression }) => expression)
    const isGrouped = needsGroups(body, selected)
    if (subquery.kind === 'exists' && !isGrouped) {
      const rows = body.scope.attached(body.rows, body.correlated)
      return { rows, conditions: body.correlated, outputs: [] }
    }
    if (subquery.kind === 'exists' && body.groups.length === 0 && body.having.length === 0) {
      throw new QueryProblem('EXISTS of an aggregate is always true', 'drop it, or compare the aggregate')
    }
    const { body: keyed, keys, outer } = this.#keyed(body)
    const read = this.#reader.finished(keyed, keys)
    return this.#compared(read, { conditions: keysEqual(read.keys, outer), values })
  }

  #compared(
    { relation, outputs }: Read,
    { conditions, values }: { readonly conditions: readonly Expression[]; readonly values: readonly Expression[] },
  ): Candidates {
    if (values.length > 0 && outputs.length !== values.length) {
      throw new QueryProblem(
        `IN compares ${values.length} values with ${outputs.length} columns`,
        'select as many columns',
      )
    }
    const columns = outputs.map((output) => column(output.id, output))
    const compared = values.map((value, index) => {
      const other = columns[index] ?? value
      const sides = comparable([value, other])
      if (!sides?.[0] || !sides[1]) {
        throw new QueryProblem(`IN compares ${value.type.kind} with ${other.type.kind}`, 'convert one with fn.to...()')
      }
      return equals(sides[0], sides[1])
    })
    return { rows: relation, conditions: [...compared, ...conditions], outputs: values.length > 0 ? columns : [] }
  }

  /**
   * Adds a key column for each correlated condition, which has to be an equality. `outer` has the
   * other sides.
   */
  #keyed(body: Body) {
    const keys: Output[] = []
    const outer: Expression[] = []
    for (const condition of body.correlated) {
      const [one, other] = condition.kind === 'call' && condition.name === '=' ? condition.args : []
      const inner = [one, other].find((side) => side && !body.scope.isCorrelated(side))
      const around = inner === one ? other : one
      if (!inner || !around || referencesIn(around).some((id) => isColumnOf(body, id))) {
        throw new QueryProblem(
          'a correlated subquery with an aggregate, or in IN, compares with the query around it by another operator than =',
          'join with a grouped subquery instead',
        )
      }
      keys.push({ id: this.#reader.ids.next(), expression: inner })
      outer.push(around)
    }
    const rows = extended(
      body.scope.attached(
        body.rows,
        keys.map(({ expression }) => expression),
      ),
      keys,
    )
    return { body: { ...body, rows }, keys: keys.map(({ id }) => id), outer }
  }

  #scalar(query: OperationNode): Attachment {
    const select = selectIn(query)
    if (select.setOperations || select.limit) return this.#oneRow(this.#reader.query(select, this.#tables))
    const tables = this.#reader.withQueries(select, this.#tables)
    const body = this.#reader.body(select, tables, this.#names)
    const [selected, another] = body.selected
    if (!selected || another) throw new QueryProblem('a subquery that is a value selects several columns', 'select one')
    if (body.correlated.length === 0) return this.#oneRow(this.#reader.finished(body))
    if (!contains(selected.expression, isAggregate) || body.groups.length > 0 || body.having.length > 0) {
      throw new QueryProblem(
        'a correlated subquery that is a value may have several rows',
        'aggregate it: fn.min(...), fn.max(...), fn.sum(...)',
      )
    }
    const { body: keyed, keys, outer } = this.#keyed(body)
    const read = this.#reader.finished(keyed, keys)
    return this.#lookedUp(read, outer, ofNoRows(selected.expression))
  }

  #oneRow({ relation, outputs }: Read): Attachment {
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
   * Joins, for each row's keys, the row of the subquery. `empty` is the value if there is no such
   * row.
   */
  #lookedUp(read: KeyedRead, outer: readonly Expression[], empty: Expression): Attachment {
    const { ids } = this.#reader
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

  #existsMark({ rows: set, conditions }: Candidates): Attachment {
    const { ids } = this.#reader
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
      join: (rows) => this.#marked(rows, { set, conditions, needs, mark }),
    }
  }

  /**
   * Marks the rows that match. Looks up each combination of the needed columns once, by any
   * conditions, and joins the rows with the combinations that match.
   */
  #marked(
    rows: Relation,
    {
      set,
      conditions,
      needs,
      mark,
    }: { set: Relation; conditions: readonly Expression[]; needs: readonly ColumnId[]; mark: ColumnId },
  ): Relation {
    const { ids } = this.#reader
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
    const on = needs.map((id, index) => equalsOrBothNull(columnOf(id), columnOf(own[index] ?? '')))
    return join({ type: 'left', left: rows, right: marked, on: all(on) })
  }

  /** The value of IN: true, false, or null if a null leaves it open, as in SQL. */
  #inMark({ rows: set, conditions, outputs }: Candidates, values: readonly Expression[]): Attachment {
    const { ids } = this.#reader
    const mark = ids.next()
    const needs = neededBy(conditions, set)
    const matched = isNotNull(column(mark, { type: BOOLEAN, nullable: true }))
    if (needs.length === 0) throw new QueryProblem('IN looks for a constant', 'write it with exists(...)')
    const marked = (rows: Relation) => this.#marked(rows, { set, conditions, needs, mark })
    if (![...values, ...outputs].some(({ nullable }) => nullable))
      return { value: matched, columns: [mark], needs, join: marked }
    const [value] = values
    const [output] = outputs
    if (!value || !output || outputs.length > 1 || conditions.length > 1) {
      throw new QueryProblem(
        'IN with several columns, or with a correlated subquery, is used where null and false differ, and a side can be null',
        'write it with exists(...)',
      )
    }
    const copy = copied(ids, set)
    const inner = copy.columns.get(output.kind === 'column' ? output.id : '') ?? ''
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
      join: (rows) => join({ type: 'inner', left: marked(rows), right: counts, on: undefined }),
    }
  }
}

const keysEqual = (keys: readonly ColumnId[], outer: readonly Expression[]): readonly Expression[] =>
  outer.map((expression, index) => equals(expression, column(keys[index] ?? '', expression)))

/** The columns of the outer query that the conditions compare with. */
function neededBy(conditions: readonly Expression[], set: Relation): readonly ColumnId[] {
  const own = new Set(columnsOf(set))
  return [...new Set(conditions.flatMap(referencesIn).filter((id) => !own.has(id)))]
}

const leftJoined = (sides: Separated): Relation =>
  join({ type: 'left', left: sides.left, right: sides.right, on: all(joinConditionsOf(sides)) })

const isColumnOf = ({ rows }: Body, id: ColumnId): boolean => columnsOf(rows).includes(id)

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
function ofNoRows(expression: Expression): Expression {
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
