/**
 * Reads subqueries in expressions as joins.
 *
 * A scalar subquery becomes a join with its one row, or with one row for each combination of the
 * values by which it is correlated. EXISTS and IN become semi joins if they are a condition of
 * WHERE, else a join with a mark.
 */
import type { OperationNode } from 'kysely'
import { equals } from '../../expression/conditions.ts'
import { comparable } from '../../expression/convert.ts'
import { type ColumnId, column, contains, type Expression, referencesIn } from '../../expression/expression.ts'
import { extended } from '../../relation/build.ts'
import { columnsOf, type Output, type Relation } from '../../relation/relation.ts'
import { isAggregate, needsGroups } from './clauses/grouping.ts'
import { separated } from './clauses/joins.ts'
import type { Subquery } from './expression/part-reader.ts'
import { QueryProblem } from './query-problem.ts'
import type { NameScope } from './scope.ts'
import { type Body, type QueryReader, type Read, selectIn, type UpstreamRelations } from './select-parts.ts'
import type { Attachment, Matched, Subqueries } from './select-scope.ts'
import { type Candidates, correlatedRow, existsMark, inMark, keysEqual, ofNoRows, oneRow } from './subquery-joins.ts'

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
        return existsMark(this.#reader.ids, this.#candidates(subquery))
      case 'in':
        return inMark(this.#reader.ids, this.#candidates(subquery), subquery.values)
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
    if (select.setOperations || select.limit) return oneRow(this.#reader.query(select, this.#tables))
    const tables = this.#reader.withQueries(select, this.#tables)
    const body = this.#reader.body(select, tables, this.#names)
    const [selected, another] = body.selected
    if (!selected || another) throw new QueryProblem('a subquery that is a value selects several columns', 'select one')
    if (body.correlated.length === 0) return oneRow(this.#reader.finished(body))
    if (!contains(selected.expression, isAggregate) || body.groups.length > 0 || body.having.length > 0) {
      throw new QueryProblem(
        'a correlated subquery that is a value may have several rows',
        'aggregate it: fn.min(...), fn.max(...), fn.sum(...)',
      )
    }
    const { body: keyed, keys, outer } = this.#keyed(body)
    const read = this.#reader.finished(keyed, keys)
    return correlatedRow(this.#reader.ids, read, outer, ofNoRows(selected.expression))
  }
}

const isColumnOf = ({ rows }: Body, id: ColumnId): boolean => columnsOf(rows).includes(id)
