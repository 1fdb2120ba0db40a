/** Random queries of the whole language over tables with a column of each type. */
import {
  AggregateFunctionNode,
  AndNode,
  BinaryOperationNode,
  ColumnNode,
  ExpressionWrapper,
  type OperationNode,
  OperatorNode,
  OrNode,
  OverNode,
  PartitionByItemNode,
  type QueryCreator,
  ReferenceNode,
  type SelectQueryBuilder,
  type SelectQueryNode,
  TableNode,
  UnaryOperationNode,
  ValueNode,
} from 'kysely'
import type { TypeKind } from '../../../framework/expression/value-type.ts'
import { buildQuery, type QueryTree } from '../../../framework/query/query.ts'
import { readQuery, type UpstreamTable } from '../../../framework/query/reader/read-query.ts'
import { Choices } from './choices.ts'
import { RandomExpressions, type TablesInScope, typeIn } from './random-expressions.ts'
import { TYPED_TABLES, TYPED_UPSTREAMS } from './typed-tables.ts'

type Tables = Record<string, Record<string, unknown>>
type Db = QueryCreator<Tables>
type Select = SelectQueryBuilder<Tables, string, Record<string, unknown>>

/** A query, and its outputs with the types that the reader gives them. */
interface Built {
  readonly query: Select
  readonly table: UpstreamTable
}

/**
 * The names of outputs. Inner queries can use the same names, so that one name means different
 * columns.
 */
const OUTPUTS = ['y', 'x', 'w', 'z', 'v']

const MAX_DEPTH = 3
const EXPRESSION_DEPTH = 2

/** The query that the numbers choose. Undefined if the reader refuses it, which is rare. */
export const typedQuery = (numbers: readonly number[]) => queryBy(numbers, (queries) => queries.anyQuery())

/** A query whose increments push ranges down through a function or a series of a column. */
export const pushedDownQuery = (numbers: readonly number[]) => queryBy(numbers, (queries) => queries.pushedDown())

function queryBy(numbers: readonly number[], drawn: (queries: RandomQueries) => Select): QueryTree | undefined {
  try {
    return buildQuery(({ db }) => drawn(new RandomQueries(new Choices(numbers), db as unknown as Db)) as never)
  } catch (error) {
    if (error instanceof RefusedQuery) return undefined
    throw error
  }
}

const wrapped = (node: OperationNode) => new ExpressionWrapper<Tables, string, never>(node)
const compared = (left: OperationNode, operator: string, right: OperationNode) =>
  BinaryOperationNode.create(left, OperatorNode.create(operator as never), right)
const negated = (node: OperationNode) => UnaryOperationNode.create(OperatorNode.create('not'), node)

class RandomQueries {
  readonly #choices: Choices
  readonly #db: Db

  constructor(choices: Choices, db: Db) {
    this.#choices = choices
    this.#db = db
  }

  /** A query of any kind except the simplest. */
  anyQuery(): Select {
    return this.#branch(MAX_DEPTH).query
  }

  #query(depth: number): Built {
    return depth === 0 || this.#choices.once(4) ? this.#narrowed(0) : this.#branch(depth)
  }

  #branch(depth: number): Built {
    switch (
      this.#choices.of([
        ...(['narrowed', 'grouped', 'joined', 'windowed', 'combined', 'limited'] as const),
        ...(['distinct', 'looked up', 'valued', 'ranked', 'grouped', 'joined', 'expanded'] as const),
      ])
    ) {
      case 'narrowed':
        return this.#narrowed(depth)
      case 'grouped':
        return this.#grouped(depth)
      case 'joined':
        return this.#joined(depth)
      case 'windowed':
        return this.#windowed(depth)
      case 'combined':
        return this.#combined(depth)
      case 'limited':
        return this.#limited(depth)
      case 'distinct':
        return this.#selected(this.#from('t', depth), (query) => query.distinct())
      case 'looked up':
        return this.#lookedUp(depth)
      case 'valued':
        return this.#valued(depth)
      case 'ranked':
        return this.#ranked(depth)
      case 'expanded':
        return this.#expanded(depth)
    }
  }

  /** A table by its name, or a subquery. */
  #source(depth: number): { readonly from: string | Select; readonly table: UpstreamTable } {
    if (depth > 0) {
      const { query, table } = this.#query(depth - 1)
      return { from: query, table }
    }
    const name = this.#choices.of(TYPED_TABLES)
    const table = TYPED_UPSTREAMS.get(name)
    if (!table) throw new Error(`no table is called ${name}`)
    return { from: name, table }
  }

  #from(alias: string, depth: number): From {
    const { from, table } = this.#source(depth)
    const query = this.#db.selectFrom(aliasedAs(from, alias)) as unknown as Select
    return { query, names: new Map([[alias, table]]) }
  }

  #expressions = (names: TablesInScope) => new RandomExpressions(this.#choices, names)

  /** Selects one output or more. Columns and computed expressions alternate. */
  #selected(
    { query, names }: From,
    finished: (query: Select) => Select = (one) => one,
    outputs?: (expressions: RandomExpressions) => readonly OperationNode[],
  ): Built {
    const expressions = this.#expressions(names)
    if (outputs) return this.#built(finished(selecting(query, outputs(expressions))))
    const count = 1 + this.#choices.below(OUTPUTS.length)
    const nodes = Array.from(
      { length: count },
      (_, index) => expressions.any(index % 2 === 0 ? 0 : EXPRESSION_DEPTH).node,
    )
    return this.#built(finished(selecting(query, nodes)))
  }

  #built(query: Select): Built {
    const read = readQuery(query.toOperationNode() as SelectQueryNode, TYPED_UPSTREAMS)
    if (read.kind === 'refused') throw new RefusedQuery(`${read.reason}: ${read.remedy}`)
    return { query, table: { keys: [], columns: read.outputs } }
  }

  #narrowed(depth: number): Built {
    const from = this.#from('t', depth)
    return this.#selected(this.#choices.once(2) ? this.#filtered(from) : from)
  }

  #filtered({ query, names }: From): From {
    return { query: query.where(wrapped(this.#expressions(names).condition(EXPRESSION_DEPTH))), names }
  }

  /** A row for each value of a range, or for each element of an array. */
  #expanded(depth: number): Built {
    const { query, names } = this.#from('t', depth)
    const expressions = this.#expressions(names)
    const series = this.#choices.once(3) ? expressions.unnest() : expressions.series()
    if (!series) return this.#selected({ query, names })
    const others = Array.from({ length: 1 + this.#choices.below(2) }, (_, index) => expressions.any(index).node)
    return this.#built(selecting(query, [series, ...others]))
  }

  /**
   * Rows that are grouped, joined or filtered by a function or a series through which increments
   * push ranges down to the scans.
   */
  pushedDown(): Select {
    return this.#built(this.#leftOut()).query
  }

  #leftOut(): Select {
    const { query, table } = this.#choices.once(2)
      ? this.#expanded(0)
      : this.#selected(this.#from('t', 0), undefined, (expressions) => [
          expressions.seenThrough(),
          ...['int', 'double'].map((kind) => expressions.column(kind as TypeKind)),
        ])
    const [first, ...others] = table.columns.map(({ name }) => ReferenceNode.create(ColumnNode.create(name)))
    if (!first) throw new Error('a query has outputs')
    const rows = this.#db.selectFrom(query.as('t')) as unknown as Select
    switch (this.#choices.of(['grouped', 'joined', 'windowed', 'distinct'] as const)) {
      case 'grouped': {
        const counted = others.map((other) => aggregateOf('count', other))
        return selecting(rows, [first, ...counted]).groupBy([wrapped(first)] as never) as Select
      }
      case 'distinct':
        return selecting(rows, [first]).distinct()
      case 'windowed': {
        const over = OverNode.cloneWithPartitionByItems(OverNode.create(), [PartitionByItemNode.create(first)])
        const counted = others.map((other) => ({ ...aggregateOf('count', other), over }) as OperationNode)
        return selecting(rows, [first, ...counted])
      }
      case 'joined': {
        const own = this.#expressions(new Map([['r', TYPED_UPSTREAMS.get('b') ?? table]]))
        const other = own.column(table.columns[0]?.type.kind ?? 'int')
        const on = compared(ReferenceNode.create(first.column as ColumnNode, TableNode.create('t')), '=', other)
        const joined = rows.leftJoin('b as r' as never, (join) => join.on(wrapped(on))) as unknown as Select
        return selecting(joined, [
          ReferenceNode.create(first.column as ColumnNode, TableNode.create('t')),
          ReferenceNode.create(ColumnNode.create('i'), TableNode.create('r')),
        ])
      }
    }
  }

  #grouped(depth: number): Built {
    const { query, names } = this.#from('t', depth)
    const expressions = this.#expressions(names)
    const drawn = Array.from({ length: this.#choices.below(3) }, (_, index) =>
      this.#choices.once(3) ? expressions.seenThrough() : expressions.any(1 - index).node,
    )
    // The reader refuses to group by a constant.
    const keys = drawn.filter((node) => !ValueNode.is(node))
    const aggregates = Array.from({ length: 1 + this.#choices.below(3) }, () => expressions.aggregate(1))
    const selected = selecting(query, [...keys, ...aggregates])
    const rows = keys.length > 0 ? selected.groupBy(keys.map(wrapped) as never) : selected
    const having = this.#having(names, aggregates)
    return this.#built(having ? rows.having(wrapped(having)) : rows)
  }

  /** A condition over the first aggregate. */
  #having(names: TablesInScope, aggregates: readonly OperationNode[]): OperationNode | undefined {
    const [first] = aggregates
    const type = first && typeIn(first, names)
    if (!first || !type || !this.#choices.once(3)) return undefined
    return compared(first, this.#choices.of(['<>', '<=', '>']), this.#expressions(names).constant(type.kind))
  }

  #joined(depth: number): Built {
    const left = this.#source(depth)
    const right = this.#source(Math.max(0, depth - 1))
    const names: TablesInScope = new Map([
      ['l', left.table],
      ['r', right.table],
    ])
    const on = this.#matching(names)
    const type = this.#choices.of(['innerJoin', 'leftJoin', 'fullJoin', 'rightJoin'] as const)
    const from = this.#db.selectFrom(aliasedAs(left.from, 'l')) as unknown as Select
    const query = (from[type] as Select['innerJoin'])(aliasedAs(right.from, 'r'), (join) => join.on(wrapped(on)))
    const rows = { query: query as unknown as Select, names }
    return this.#selected(this.#choices.once(3) ? this.#filtered(rows) : rows)
  }

  /**
   * The condition of a join: a column or expression of one side equals one of the other. Sometimes
   * a second condition is added.
   */
  #matching(names: TablesInScope): OperationNode {
    const [left, right] = ['l', 'r'].map((alias) => new Map([...names].filter(([name]) => name === alias)))
    if (!left || !right) throw new Error('a join has two sides')
    const kind = this.#sharedKind(left, right)
    const equal = this.#choices.once(5)
      ? compared(this.#expressions(left).seenThrough(), '=', this.#expressions(right).seenThrough())
      : compared(this.#expressions(left).column(kind), '=', this.#expressions(right).column(kind))
    return this.#choices.once(4) ? AndNode.create(equal, this.#expressions(names).condition(1)) : equal
  }

  /** The kind of a random column. */
  #kindOf(names: TablesInScope): TypeKind {
    return this.#choices.of([...names.values()].flatMap(({ columns }) => columns)).type.kind
  }

  /** The kind of a random column of the left side, if possible one that the right side has too. */
  #sharedKind(left: TablesInScope, right: TablesInScope): TypeKind {
    const others = new Set([...right.values()].flatMap(({ columns }) => columns.map(({ type }) => type.kind)))
    const shared = [...left.values()].flatMap(({ columns }) => columns.filter(({ type }) => others.has(type.kind)))
    const [first] = shared
    return first ? this.#choices.of(shared).type.kind : this.#kindOf(left)
  }

  #windowed(depth: number): Built {
    const { query, names } = this.#from('t', depth)
    const expressions = this.#expressions(names)
    const windows = Array.from({ length: 1 + this.#choices.below(2) }, () => expressions.windowed(1))
    return this.#built(selecting(query, [expressions.any(0).node, ...windows]))
  }

  /** The first rows of each window. */
  #ranked(depth: number): Built {
    const { query, table } = this.#windowed(depth)
    const names: TablesInScope = new Map([['t', table]])
    return this.#selected(this.#filtered({ query: this.#db.selectFrom(query.as('t')) as unknown as Select, names }))
  }

  #combined(depth: number): Built {
    const left = this.#selected(this.#from('t', depth))
    const { query, names } = this.#from('t', depth - 1)
    const expressions = this.#expressions(names)
    const right = selecting(
      query,
      left.table.columns.map(({ type }) => expressions.column(type.kind)),
    )
    const operator = this.#choices.of([
      'unionAll',
      'union',
      'intersect',
      'except',
      'intersectAll',
      'exceptAll',
    ] as const)
    return this.#built(left.query[operator](right as never))
  }

  #limited(depth: number): Built {
    const { query, names } = this.#from('t', depth)
    const expressions = this.#expressions(names)
    const ordered = [expressions.any(1), expressions.any(0)].reduce<Select>(
      (rows, { node }) => rows.orderBy(wrapped(node) as never, this.#choices.of(['asc', 'desc'] as const)) as Select,
      query,
    )
    const count = 1 + this.#choices.below(4)
    const offset = this.#choices.below(3)
    return this.#selected({ query: ordered, names }, (rows) => {
      const first = rows.limit(count)
      return offset > 0 ? first.offset(offset) : first
    })
  }

  #lookedUp(depth: number): Built {
    const { query, names } = this.#from('t', depth)
    const set = this.#from('s', Math.max(0, depth - 1))
    const kind = this.#sharedKind(names, set.names)
    const own = this.#expressions(names).column(kind)
    const other = this.#expressions(set.names).column(kind)
    const among = selecting(set.query, [other]).toOperationNode()
    const matching = (operator: string) =>
      selecting(set.query.where(wrapped(compared(other, operator, own))), [other]).toOperationNode()
    const condition = this.#lookUp({ own, among, matching })
    const isPart = this.#choices.once(3)
    const node = isPart ? OrNode.create(this.#expressions(names).condition(1), condition) : condition
    return this.#selected({ query: query.where(wrapped(node)), names })
  }

  #lookUp({ own, among, matching }: LookUp): OperationNode {
    const exists = (node: OperationNode) => UnaryOperationNode.create(OperatorNode.create('exists'), node)
    switch (this.#choices.of(['in', 'not in', 'exists', 'not exists', 'exists by order'] as const)) {
      case 'in':
        return compared(own, 'in', among)
      case 'not in':
        return compared(own, 'not in', among)
      case 'exists':
        return exists(matching('='))
      case 'not exists':
        return negated(exists(matching('=')))
      case 'exists by order':
        return exists(matching('<'))
    }
  }

  /** Selects the value of a subquery together with another output. */
  #valued(depth: number): Built {
    const { query, names } = this.#from('t', depth)
    const inner = this.#from('s', Math.max(0, depth - 1))
    const kind = this.#sharedKind(names, inner.names)
    const equal = compared(this.#expressions(inner.names).column(kind), '=', this.#expressions(names).column(kind))
    const rows = this.#choices.once(3) ? inner.query : inner.query.where(wrapped(equal))
    const value = selecting(rows, [this.#expressions(inner.names).aggregate(1)]).toOperationNode()
    return this.#built(selecting(query, [this.#expressions(names).any(0).node, value]))
  }
}

interface From {
  readonly query: Select
  readonly names: TablesInScope
}

interface LookUp {
  readonly own: OperationNode
  readonly among: OperationNode
  readonly matching: (operator: string) => OperationNode
}

/** The error if the numbers choose a query that the reader refuses. */
class RefusedQuery extends Error {}

const aggregateOf = (name: string, of: OperationNode) => AggregateFunctionNode.create(`lake:${name}`, [of])

const aliasedAs = (from: string | Select, alias: string) =>
  (typeof from === 'string' ? `${from} as ${alias}` : from.as(alias)) as never

const selecting = (query: Select, nodes: readonly OperationNode[]): Select =>
  query.select(nodes.map((node, index) => wrapped(node).as(OUTPUTS[index] ?? `o${index}`))) as unknown as Select
