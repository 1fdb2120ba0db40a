/**
 * Reads SELECTs as relations: FROM, WHERE, GROUP BY, HAVING, windows, outputs, set operations,
 * ORDER BY and LIMIT.
 */
import {
  AliasNode,
  type CommonTableExpressionNode,
  IdentifierNode,
  type JoinNode,
  type OperationNode,
  ReferenceNode,
  SelectAllNode,
  type SelectionNode,
  SelectModifierNode,
  type SelectQueryNode,
  TableNode,
  ValueNode,
} from 'kysely'
import {
  type ColumnId,
  column,
  contains,
  type Expression,
  isSameExpression,
  partsOf,
  referencesIn,
  type SortItem,
} from '../../expression/expression.ts'
import { distinct, filter, project } from '../../relation/build.ts'
import type { ColumnIds, NamedColumn, Output, Relation } from '../../relation/relation.ts'
import { isTrue } from '../tree-nodes.ts'
import { limited } from './clauses/first-rows.ts'
import { grouped, isAggregate, needsGroups } from './clauses/grouping.ts'
import { combine, type JoinedItems, joinItems } from './clauses/joins.ts'
import { seriesBeside, seriesCallIn } from './clauses/series.ts'
import { combined } from './clauses/set-operations.ts'
import { isWindow, windowed } from './clauses/windows.ts'
import { conditionsOf, readCondition, readExpression, readSortItem } from './expression/read-expression.ts'
import { QueryProblem } from './query-problem.ts'
import { columnNamed, type FromItem, find, foldName, itemsNamed, type NameScope } from './scope.ts'
import {
  type Body,
  type KeyedRead,
  type NamedExpression,
  type QueryReader,
  type Read,
  selectIn,
  type UpstreamRelations,
} from './select-parts.ts'
import { SelectScope } from './select-scope.ts'
import { SubqueryReader } from './subqueries.ts'

const REFUSED = [
  [
    'distinctOn',
    'DISTINCT ON',
    "keep the first of fn.rowNumber().over(...), in a subquery with .where('rank', '=', 1)",
  ],
  ['fetch', 'FETCH', 'write .limit(n)'],
  ['top', 'TOP', 'write .limit(n)'],
  ['explain', 'EXPLAIN', 'drop it'],
  ['endModifiers', 'a modifier after the query', 'drop it'],
] as const

export class SelectReader implements QueryReader {
  readonly ids: ColumnIds

  constructor(ids: ColumnIds) {
    this.ids = ids
  }

  query(node: OperationNode, around: UpstreamRelations): Read {
    const select = selectIn(node)
    const tables = this.withQueries(select, around)
    const { setOperations = [] } = select
    if (setOperations.length === 0) return this.#limited(select, tables)
    const first = this.finished(this.#uncorrelated(select, tables))
    const all = setOperations.reduce<Read>((read, operation) => {
      const right = this.query(operation.expression, tables)
      return combined(this.ids, read, { operation, right })
    }, first)
    return this.#firstRows(select, all, all.outputs)
  }

  withQueries({ with: queries }: SelectQueryNode, around: UpstreamRelations): UpstreamRelations {
    if (!queries) return around
    if (queries.recursive)
      throw new QueryProblem('it is a recursive query', 'Spark 3.5 has no recursive queries: unroll it')
    const tables = new Map(around)
    for (const expression of queries.expressions) {
      // A query of WITH can name the queries before it.
      const before = new Map(tables)
      tables.set(foldName(expression.name.table.table.identifier.name), () => this.#commonTable(expression, before))
    }
    return tables
  }

  #commonTable({ name, expression }: CommonTableExpressionNode, tables: UpstreamRelations): Read {
    const { relation, outputs } = this.query(expression, tables)
    const named = outputs.map((output, index) => ({
      ...output,
      name: name.columns?.[index]?.column.name ?? output.name,
    }))
    return { relation, outputs: named }
  }

  body(node: SelectQueryNode, tables: UpstreamRelations, outer?: NameScope): Body {
    for (const [clause, name, remedy] of REFUSED) if (node[clause]) throw new QueryProblem(`it has ${name}`, remedy)
    const { relation, items } = this.#from(node, tables)
    const scope = this.#scope(tables, { items, outer })
    const { rows, correlated } = this.#filtered(relation, scope, conditionsOf(node.where?.where))
    const selected = (node.selections ?? []).flatMap((selection) => this.#selected(selection, scope))
    const groups = (node.groupBy?.items ?? []).map(({ groupBy }) => this.#group(groupBy, scope, selected))
    const having = conditionsOf(node.having?.having).map((condition) => readCondition(condition, scope))
    const isDistinct = (node.frontModifiers ?? []).map(refuseOtherModifiers).length > 0
    const body = { rows, scope, correlated, selected, groups, having, isDistinct }
    return scope.seriesCalled === undefined ? body : withSeries(body, scope.seriesCalled)
  }

  #scope(tables: UpstreamRelations, names: NameScope): SelectScope {
    return new SelectScope(names, this.ids, new SubqueryReader(this, tables, names))
  }

  #uncorrelated(node: SelectQueryNode, tables: UpstreamRelations): Body {
    const body = this.body(node, tables)
    if (body.correlated.length > 0) throw new Error('a query has nothing around it')
    return body
  }

  finished(body: Body, keys: readonly ColumnId[] = []): KeyedRead {
    const { scope, selected, isDistinct } = body
    const wanted = selected.map(({ expression }) => expression)
    const { relation, expressions } = this.computed(body, wanted, keys)
    const outputs = selected.map(({ name, expression }, index) => {
      const computed = expressions[index] ?? expression
      return { name, id: this.ids.next(), type: computed.type, nullable: computed.nullable, expression: computed }
    })
    const passed = keys.map((key) => ({ id: this.ids.next(), expression: column(key, scope.typeOf(key)) }))
    const projected = project(relation, [...outputs, ...passed])
    return {
      relation: isDistinct ? distinct(projected) : projected,
      outputs: outputs.map(({ expression: _, ...named }) => named),
      keys: passed.map(({ id }) => id),
    }
  }

  /**
   * Groups the rows if the body needs it, adds what the expressions need, and rewrites them over
   * the resulting columns.
   */
  computed(body: Body, wanted: readonly Expression[], keys: readonly ColumnId[] = []) {
    const { scope, groups, having } = body
    const expressions = [...wanted, ...having]
    if (!needsGroups(body, wanted)) return windowed(this.ids, scope.attached(body.rows, wanted), wanted)
    const rows = scope.attached(body.rows, [...groups, ...expressions.flatMap(aggregatesIn)])
    const result = grouped(this.ids, rows, {
      groups: [...groups, ...keys.map((key) => column(key, scope.typeOf(key)))],
      expressions,
      isConstant: (id) => scope.isAttachable(id),
      notGrouped: (id) =>
        new QueryProblem(
          `${scope.nameOf(id)} is selected, but neither grouped by nor aggregated`,
          `add it to .groupBy(...), or aggregate it: fn.min('${scope.nameOf(id)}')`,
        ),
    })
    const conditions = result.expressions.slice(wanted.length)
    const withSubqueries = scope.attached(result.relation, result.expressions)
    const kept = conditions.reduce((all, condition) => filter(all, condition), withSubqueries)
    return windowed(this.ids, kept, result.expressions.slice(0, wanted.length))
  }

  #limited(node: SelectQueryNode, tables: UpstreamRelations): Read {
    const body = this.#uncorrelated(node, tables)
    const items = node.orderBy?.items ?? []
    const named = new Map(body.selected.map(({ name, expression }) => [foldName(name), expression]))
    const order = items.map((item) => readSortItem(item, body.scope.withOutputs(named)))
    if (!node.limit && !node.offset) return this.finished(body)
    if (!body.isDistinct) return this.#firstOf(node, body, order)
    const read = this.finished(body)
    return this.#firstRows(node, read, read.outputs)
  }

  /**
   * ORDER BY and LIMIT of a SELECT. Order expressions that are not selected become hidden columns,
   * which are dropped at the end.
   */
  #firstOf(node: SelectQueryNode, body: Body, order: readonly SortItem[]): Read {
    const { selected } = body
    const isSelected = (item: SortItem) => selected.some((one) => isSameExpression(one.expression, item.expression))
    const hidden = order.filter((item) => !isSelected(item))
    const all = [...selected, ...hidden.map(({ expression }, index) => ({ name: ` ${index}`, expression }))]
    const { relation, outputs } = this.finished({ ...body, selected: all })
    const orderBy = order.map((item) => {
      const index = all.findIndex(({ expression }) => isSameExpression(expression, item.expression))
      return ordered(item, outputs[index])
    })
    const shown = outputs.slice(0, selected.length)
    const first = limited(node, { relation, outputs: shown }, orderBy)
    const kept = shown.map((output): Output => ({ id: output.id, expression: column(output.id, output) }))
    return { relation: hidden.length > 0 ? project(first, kept) : first, outputs: shown }
  }

  /** ORDER BY and LIMIT of a set operation or DISTINCT, which can name only the outputs. */
  #firstRows(node: SelectQueryNode, read: Read, outputs: readonly NamedColumn[]): Read {
    const scope = this.#scope(new Map(), { items: [{ alias: '', columns: outputs }], outer: undefined })
    const orderBy = (node.orderBy?.items ?? []).map((item) => readSortItem(item, scope))
    if (!node.limit && !node.offset) return read
    return { relation: limited(node, read, orderBy), outputs }
  }

  /**
   * Applies WHERE: IN and EXISTS become semi joins, other conditions filters. Correlated ones are
   * returned.
   */
  #filtered(relation: Relation, scope: SelectScope, conditions: readonly OperationNode[]) {
    const correlated: Expression[] = []
    let rows = relation
    for (const condition of conditions) {
      const matched = scope.semiJoined(rows, condition)
      if (matched) {
        rows = matched
        continue
      }
      const predicate = refusingAggregates(readCondition(condition, scope))
      if (scope.isCorrelated(predicate)) correlated.push(predicate)
      else rows = filter(scope.attached(rows, [predicate]), predicate)
    }
    return { rows, correlated }
  }

  /**
   * Reads an item of GROUP BY. If a column and an output both have the name, the item is the
   * column.
   */
  #group(node: OperationNode, scope: SelectScope, selected: readonly NamedExpression[]): Expression {
    if (ReferenceNode.is(node) && !node.table && !SelectAllNode.is(node.column) && !find(node, scope.names)) {
      const name = foldName(node.column.column.name)
      const output = selected.find((one) => foldName(one.name) === name)
      if (output) return refusingAggregates(output.expression)
    }
    if (ValueNode.is(node)) throw new QueryProblem('it groups by a constant', 'group by the column’s name')
    return refusingAggregates(readExpression(node, scope))
  }

  #selected({ selection }: SelectionNode, scope: SelectScope): readonly NamedExpression[] {
    const { items } = scope.names
    if (SelectAllNode.is(selection)) return allOf(items)
    if (ReferenceNode.is(selection)) {
      if (SelectAllNode.is(selection.column)) return allOf(itemsNamed(selection, items))
      return [{ name: selection.column.column.name, expression: scope.own(columnNamed(selection, scope.names)) }]
    }
    if (AliasNode.is(selection) && IdentifierNode.is(selection.alias)) {
      const { name } = selection.alias
      const series = seriesCallIn(selection.node)
      if (series) return [{ name, expression: scope.series(series) }]
      return [{ name, expression: scope.own(readExpression(selection.node, scope)) }]
    }
    throw new QueryProblem('it selects an expression without a name', "give it one: .as('name')")
  }

  #from({ from, joins = [] }: SelectQueryNode, tables: UpstreamRelations): JoinedItems {
    const [first, ...others] = from?.froms ?? []
    if (!first) throw new QueryProblem('it has no FROM', 'select from an upstream')
    let joined = this.#item(first, tables)
    for (const other of others) joined = combine(joined, this.#item(other, tables))
    for (const node of joins) joined = this.#joined(joined, node, tables)
    return joined
  }

  #joined(left: JoinedItems, { joinType, table, on }: JoinNode, tables: UpstreamRelations): JoinedItems {
    if (joinType.startsWith('Lateral')) {
      throw new QueryProblem('it has a lateral join', 'join with a grouped or ranked subquery instead')
    }
    const right = this.#item(table, tables)
    const scope = this.#scope(tables, { items: [...left.items, ...right.items], outer: undefined })
    const conditions = on && !isTrue(on.on) ? conditionsOf(on.on) : []
    const read = conditions.map((condition) => {
      const predicate = refusingAggregates(readCondition(condition, scope))
      if (referencesIn(predicate).some((id) => scope.isAttachable(id))) {
        throw new QueryProblem('it has a subquery in the condition of a join', 'put the condition into .where(...)')
      }
      return predicate
    })
    return joinItems(this.ids, { joinType, left, right, conditions: read })
  }

  #item(node: OperationNode, tables: UpstreamRelations): JoinedItems {
    if (AliasNode.is(node) && IdentifierNode.is(node.alias)) {
      const { relation, items } = this.#item(node.node, tables)
      return { relation, items: [{ alias: node.alias.name, columns: items.flatMap(({ columns }) => columns) }] }
    }
    if (!TableNode.is(node)) {
      const { relation, outputs } = this.query(node, tables)
      return { relation, items: [{ alias: '', columns: outputs }] }
    }
    const { schema, identifier } = node.table
    const read = schema ? undefined : tables.get(foldName(identifier.name))
    if (!read) {
      const names = [...tables.keys()].join(', ')
      throw new QueryProblem(`it reads from ${identifier.name}, which is no upstream`, `its upstreams are ${names}`)
    }
    const { relation, outputs } = read()
    return { relation, items: [{ alias: identifier.name, columns: outputs }] }
  }
}

/** Expands the rows by the SELECT's series. */
function withSeries(body: Body, called: string): Body {
  const outputs = body.selected.map(({ expression }) => expression)
  if (needsGroups(body, outputs)) throw seriesBeside(called, 'a group or an aggregate')
  if (outputs.some((output) => contains(output, isWindow))) throw seriesBeside(called, 'a window function')
  return { ...body, rows: body.scope.expanded(body.rows) }
}

function allOf(items: readonly FromItem[]): readonly NamedExpression[] {
  const columns = items.flatMap((item) => item.columns)
  return columns.map((one) => ({ name: one.name, expression: column(one.id, one) }))
}

function ordered(item: SortItem, output: NamedColumn | undefined): SortItem {
  return output ? { ...item, expression: column(output.id, output) } : item
}

function refusingAggregates(expression: Expression): Expression {
  if (!contains(expression, isAggregate)) return expression
  throw new QueryProblem('it has an aggregate in a condition on rows', 'put the condition into .having(...)')
}

/** The aggregates of an expression. Their arguments are needed before the rows are grouped. */
const aggregatesIn = (expression: Expression): readonly Expression[] =>
  isAggregate(expression) ? [expression] : partsOf(expression).flatMap(aggregatesIn)

function refuseOtherModifiers(node: OperationNode): OperationNode {
  if (SelectModifierNode.is(node) && node.modifier === 'Distinct') return node
  throw new QueryProblem('it has a modifier of SELECT', 'only .distinct() is known')
}
