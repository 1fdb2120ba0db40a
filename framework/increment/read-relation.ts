import {
  AliasNode,
  BinaryOperationNode,
  type CommonTableExpressionNode,
  IdentifierNode,
  type JoinNode,
  type OperationNode,
  OperatorNode,
  ParensNode,
  ReferenceNode,
  SelectAllNode,
  type SelectionNode,
  SelectModifierNode,
  SelectQueryNode,
  type SetOperationNode,
  TableNode,
} from 'kysely'
import type { TableColumns } from '../query/columns-read.ts'
import { foldName } from '../query/name-scope.ts'
import type { QueryTree } from '../query/query.ts'
import { isTrue } from '../query/tree-nodes.ts'
import { distinct, filter, join, matching, project, setOperation, unionAll } from './build.ts'
import { conjuncts, equalities } from './conditions.ts'
import { contains, isAggregate, NotCovered, referencesIn, resolveExpression } from './expression.ts'
import { columnOf, type FromItem, itemsNamed, mayMean } from './from-items.ts'
import { grouped } from './grouping.ts'
import { lookUpOf } from './look-up-condition.ts'
import { pruned } from './prune.ts'
import { NO_RANGES } from './range.ts'
import {
  ColumnIds,
  type Expression,
  type Match,
  type Matching,
  type NamedColumn,
  type Output,
  type Relation,
  reference,
  referenced,
} from './relation.ts'
import { windowed } from './windows.ts'

/** A query as a relation, with the columns that it gives by name; or what of it cannot be followed. */
export type ReadRelation =
  | { readonly kind: 'relation'; readonly relation: Relation; readonly outputs: readonly NamedColumn[] }
  | { readonly kind: 'not-covered'; readonly why: string }

/** Reads the tree; `upstreams` are the columns of what it reads from, by the names that it has for them. */
export function readRelation(tree: QueryTree, upstreams: TableColumns): ReadRelation {
  try {
    const ids = new ColumnIds('c')
    const tables = new Map([...upstreams].map(([alias, names]) => [foldName(alias), scanned(ids, alias, names)]))
    const { relation, outputs } = new Reader(ids).query(tree, tables)
    return { kind: 'relation', relation: pruned(relation, new Set(outputs.map(({ id }) => id))), outputs }
  } catch (error) {
    if (error instanceof NotCovered) return { kind: 'not-covered', why: error.message }
    throw error
  }
}

interface Read {
  readonly relation: Relation
  readonly outputs: readonly NamedColumn[]
}

/** What FROM can name. Each use of a table is read anew, with columns of its own. */
type Tables = ReadonlyMap<string, () => Read>

function scanned(ids: ColumnIds, alias: string, names: readonly string[]): () => Read {
  return () => {
    const outputs = names.map((name) => ({ name, id: ids.next() }))
    return { relation: { kind: 'scan', alias, part: 'after', columns: outputs, ranges: NO_RANGES }, outputs }
  }
}

/** Clauses that cut rows off by their order, or lock them, and what they are called. */
const REFUSED = [
  ['distinctOn', 'DISTINCT ON'],
  ['limit', 'LIMIT'],
  ['offset', 'OFFSET'],
  ['fetch', 'FETCH'],
  ['top', 'TOP'],
  ['explain', 'EXPLAIN'],
  ['endModifiers', 'a modifier after SELECT'],
] as const

const NOT_IN_EXISTS = [
  ...REFUSED,
  ['with', 'WITH'],
  ['groupBy', 'GROUP BY'],
  ['having', 'HAVING'],
  ['setOperations', 'a set operation'],
] as const

class Reader {
  readonly #ids: ColumnIds

  constructor(ids: ColumnIds) {
    this.#ids = ids
  }

  query(node: OperationNode, around: Tables): Read {
    if (ParensNode.is(node)) return this.query(node.node, around)
    if (!SelectQueryNode.is(node)) throw new NotCovered(`a ${node.kind}`)
    for (const [clause, words] of REFUSED) if (node[clause]) throw new NotCovered(words)
    const tables = this.#withQueries(node, around)
    const first = this.#select(node, tables)
    return (node.setOperations ?? []).reduce((read, operation) => this.#combined(read, operation, tables), first)
  }

  #withQueries({ with: queries }: SelectQueryNode, around: Tables): Tables {
    if (!queries) return around
    if (queries.recursive) throw new NotCovered('a recursive query')
    const tables = new Map(around)
    for (const expression of queries.expressions) {
      // What was defined before it is what it can name.
      const before = new Map(tables)
      tables.set(foldName(expression.name.table.table.identifier.name), () => this.#commonTable(expression, before))
    }
    return tables
  }

  #commonTable({ name, expression }: CommonTableExpressionNode, tables: Tables): Read {
    const { relation, outputs } = this.query(expression, tables)
    const named = outputs.map((output, place) => ({
      ...output,
      name: name.columns?.[place]?.column.name ?? output.name,
    }))
    return { relation, outputs: named }
  }

  #select(node: SelectQueryNode, tables: Tables): Read {
    const from = this.#from(node, tables)
    const expression = (part: OperationNode) => resolveExpression(part, (name) => reference(columnOf(name, from.items)))
    const rows = this.#filtered(from, conjuncts(node.where?.where), tables)
    const selected = this.#selected(node.selections ?? [], from.items)
    const groups = (node.groupBy?.items ?? []).map(({ groupBy }) => groupExpression(groupBy, expression))
    const having = node.having && expression(node.having.having)
    const group = grouped(this.#ids, rows, { groups, having, selected })
    const { relation, outputs } = windowed(this.#ids, group.relation, group.outputs)
    const projected = project(relation, outputs)
    const isDistinct = (node.frontModifiers ?? []).map(refuseOtherModifiers).length > 0
    const names = selected.map(({ name }, place) => ({ name, id: outputs[place]?.id ?? '' }))
    return { relation: isDistinct ? distinct(projected) : projected, outputs: names }
  }

  /** Conditions that look for rows elsewhere become semi-joins, the others filters. */
  #filtered({ relation, items }: JoinedItems, conditions: readonly OperationNode[], tables: Tables): Relation {
    return conditions.reduce((rows, condition) => {
      const lookUp = lookUpOf(condition)
      if (!lookUp) {
        const predicate = resolveExpression(condition, (name) => reference(columnOf(name, items)))
        return filter(rows, refusingAggregates(predicate))
      }
      const { keep, query } = lookUp
      const found =
        lookUp.kind === 'in' ? this.#among(lookUp.value, query, tables) : this.#existing(query, items, tables)
      return matching({ keep, input: rows, ...found(items) })
    }, relation)
  }

  /** The rows of a query without a correlation, one of which has to have the value. */
  #among(value: OperationNode, query: OperationNode, tables: Tables): LookUp {
    const { relation: set, outputs } = this.query(query, tables)
    const [output, another] = outputs
    if (!output || another) throw new NotCovered('IN with several columns')
    return (items) => {
      const own = resolveExpression(value, (name) => reference(columnOf(name, items)))
      const column = referenced(own)
      if (column !== undefined) return { set, on: [{ kind: 'equal', column, among: output.id }] }
      const equals = BinaryOperationNode.create(own, OperatorNode.create('='), reference(output.id))
      return { set, on: [{ kind: 'condition', condition: equals }] }
    }
  }

  /** The rows of a query that may be correlated by its WHERE, one of which there has to be. */
  #existing(node: OperationNode, outer: readonly FromItem[], tables: Tables): LookUp {
    if (ParensNode.is(node)) return this.#existing(node.node, outer, tables)
    if (!SelectQueryNode.is(node)) throw new NotCovered(`a ${node.kind}`)
    for (const [clause, words] of NOT_IN_EXISTS) if (node[clause]) throw new NotCovered(`${words} in EXISTS`)
    const inner = this.#from(node, tables)
    const isInner = (name: ReferenceNode) => mayMean(name, inner.items)
    const resolved = conjuncts(node.where?.where).map((condition) =>
      refusingAggregates(
        resolveExpression(condition, (name) => reference(columnOf(name, isInner(name) ? inner.items : outer))),
      ),
    )
    // Of no rows an aggregate makes one.
    for (const { selection } of node.selections ?? [])
      if (contains(selection, isAggregate)) throw new NotCovered('an aggregate in EXISTS')
    const columns = new Set(inner.items.flatMap((item) => item.columns.map(({ id }) => id)))
    const isOwn = (condition: Expression) => referencesIn(condition).every((column) => columns.has(column))
    const set = resolved.filter(isOwn).reduce((rows, condition) => filter(rows, condition), inner.relation)
    const correlated = resolved.filter((condition) => !isOwn(condition))
    const others = new Set(outer.flatMap((item) => item.columns.map(({ id }) => id)))
    return () => ({
      set,
      on: correlated.map((condition): Match => {
        const [equal] = equalities(condition, others, columns)
        return equal ? { kind: 'equal', column: equal.left, among: equal.right } : { kind: 'condition', condition }
      }),
    })
  }

  #selected(selections: readonly SelectionNode[], items: readonly FromItem[]): readonly NamedOutput[] {
    return selections.flatMap(({ selection }) => {
      if (SelectAllNode.is(selection)) return this.#allOf(items)
      if (ReferenceNode.is(selection)) {
        if (SelectAllNode.is(selection.column)) return this.#allOf(itemsNamed(selection, items))
        const { name } = selection.column.column
        return [{ name, id: this.#ids.next(), expression: reference(columnOf(selection, items)) }]
      }
      if (!AliasNode.is(selection) || !IdentifierNode.is(selection.alias)) throw new NotCovered(`a ${selection.kind}`)
      const expression = resolveExpression(selection.node, (name) => reference(columnOf(name, items)))
      return [{ name: selection.alias.name, id: this.#ids.next(), expression }]
    })
  }

  #allOf(items: readonly FromItem[]): readonly NamedOutput[] {
    const columns = items.flatMap((item) => item.columns)
    return columns.map(({ name, id }) => ({ name, id: this.#ids.next(), expression: reference(id) }))
  }

  #from({ from, joins = [] }: SelectQueryNode, tables: Tables): JoinedItems {
    const [first, ...others] = from?.froms ?? []
    if (!first) throw new NotCovered('a query that reads from nothing')
    let joined = this.#item(first, tables)
    for (const other of others) joined = combine(joined, this.#item(other, tables), 'inner')
    for (const node of joins) joined = this.#joined(joined, node, tables)
    return joined
  }

  #joined(left: JoinedItems, { joinType, table, on }: JoinNode, tables: Tables): JoinedItems {
    const right = this.#item(table, tables)
    const items = [...left.items, ...right.items]
    const condition =
      on && !isTrue(on.on)
        ? refusingAggregates(resolveExpression(on.on, (name) => reference(columnOf(name, items))))
        : undefined
    switch (joinType) {
      case 'InnerJoin':
      case 'CrossJoin':
        return combine(left, right, 'inner', condition)
      case 'LeftJoin':
        return combine(left, right, 'left', condition)
      case 'RightJoin':
        return { ...combine(right, left, 'left', condition), items }
      default:
        throw new NotCovered(`a ${joinType}`)
    }
  }

  #item(node: OperationNode, tables: Tables): JoinedItems {
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
    if (!read) throw new NotCovered(`the table ${identifier.name}`)
    const { relation, outputs } = read()
    return { relation, items: [{ alias: identifier.name, columns: outputs }] }
  }

  #combined(left: Read, { operator, all, expression }: SetOperationNode, tables: Tables): Read {
    const right = this.query(expression, tables)
    if (left.outputs.length !== right.outputs.length) throw new NotCovered('a combination of different columns')
    const outputs = left.outputs.map(({ name }) => ({ name, id: this.#ids.next() }))
    const columns = outputs.map(({ id }) => id)
    if (operator === 'union' && all) {
      return { relation: unionAll(columns, [left.relation, right.relation]), outputs }
    }
    // Engines give INTERSECT precedence over the others, Kysely writes all in a row.
    if (operator === 'intersect' && left.relation.kind !== 'project' && left.relation.kind !== 'distinct') {
      throw new NotCovered('an intersection after another combination')
    }
    const whole = operator === 'union' || !all ? operator : (`${operator} all` as const)
    return {
      relation: setOperation({ operator: whole, columns, left: left.relation, right: right.relation }),
      outputs,
    }
  }
}

interface NamedOutput extends Output {
  readonly name: string
}

/** What rows of these items are looked for in, and by what. */
type LookUp = (items: readonly FromItem[]) => Pick<Matching, 'set' | 'on'>

interface JoinedItems {
  readonly relation: Relation
  readonly items: readonly FromItem[]
}

function combine(left: JoinedItems, right: JoinedItems, type: 'inner' | 'left', on?: Expression): JoinedItems {
  return {
    relation: join({ type, left: left.relation, right: right.relation, on }),
    items: [...left.items, ...right.items],
  }
}

function refusingAggregates(expression: Expression): Expression {
  if (contains(expression, isAggregate)) throw new NotCovered('an aggregate in a condition on rows')
  return expression
}

/** `group by 1` means the first output. */
function groupExpression(node: OperationNode, resolve: (node: OperationNode) => Expression): Expression {
  const expression = resolve(node)
  if (!contains(expression, ReferenceNode.is)) throw new NotCovered('a group of something constant')
  return refusingAggregates(expression)
}

function refuseOtherModifiers(node: OperationNode): OperationNode {
  if (!SelectModifierNode.is(node) || node.modifier !== 'Distinct') throw new NotCovered('a modifier of SELECT')
  return node
}
