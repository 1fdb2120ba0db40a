/**
 * Random typed expressions: calls of functions of the registry. Each argument is a random
 * expression of a kind that the parameter accepts.
 */
import {
  AggregateFunctionNode,
  BinaryOperationNode,
  CaseNode,
  ColumnNode,
  FunctionNode,
  type OperationNode,
  OperatorNode,
  OrderByItemNode,
  OrNode,
  OverNode,
  PartitionByItemNode,
  RawNode,
  ReferenceNode,
  TableNode,
  ValueNode,
  WhenNode,
} from 'kysely'
import type { LakeFunction } from '../../../framework/expression/function.ts'
import { FUNCTIONS } from '../../../framework/expression/functions/registry.ts'
import type { TypeKind, ValueType } from '../../../framework/expression/value-type.ts'
import { lazy } from '../../../framework/increment/lazy.ts'
import { PREFIX } from '../../../framework/query/builder/function-names.ts'
import { readQuery, type UpstreamTables } from '../../../framework/query/reader/read-query.ts'
import { aliased, treeOf } from '../engines/query-trees.ts'
import { EDGE_COLUMNS, edgeTable } from '../functions/edge-rows.ts'
import { queryOf, shapesOf } from '../functions/function-calls.ts'
import { callOf, nodeOf, type TriedArgument, triesOf } from '../functions/function-tries.ts'
import type { Choices } from './choices.ts'

/** The tables whose columns an expression can name, under their aliases. */
export type TablesInScope = UpstreamTables

/** An expression with its type. */
export interface Typed {
  readonly node: OperationNode
  readonly type: ValueType
}

/**
 * A call that the reader accepts. An expression of the same kind replaces each column among its
 * arguments.
 */
interface Template {
  readonly called: LakeFunction
  readonly args: readonly TriedArgument[]
}

/**
 * Functions through which increments push ranges of a column down to files. They are few, and a
 * wrong range loses rows. So queries choose them more often than by chance.
 */
const SEEN_THROUGH: readonly (readonly [name: string, kind: TypeKind])[] = [
  ...([
    ['to_int', 'double'],
    ['to_bigint', 'double'],
    ['to_int', 'bigint'],
    ['to_bigint', 'int'],
  ] as const),
  ...([
    ['year', 'date'],
    ['year', 'timestamp'],
    ['to_date', 'timestamp'],
    ['timestamp_millis', 'bigint'],
  ] as const),
]

const SERIES_KINDS: readonly TypeKind[] = ['date', 'int', 'timestamp', 'bigint']
const SERIES_UNITS = ['day', 'month', 'year', 'week', 'hour']

/** Templates by the kind of their value, then by function. */
type Templates = ReadonlyMap<TypeKind, ReadonlyMap<string, readonly Template[]>>

function templatesOf(isWanted: (called: LakeFunction) => boolean): Templates {
  const found = new Map<TypeKind, Map<string, Template[]>>()
  for (const called of [...FUNCTIONS.values()].filter(isWanted)) {
    const [shape = 'row'] = shapesOf(called)
    for (const args of triesOf(called)) {
      const read = readQuery(queryOf(shape)([{ called, args, shape }]), EDGES)
      const output = read.kind === 'read' ? read.outputs.at(-1) : undefined
      if (!output) continue
      const ofKind = found.get(output.type.kind) ?? new Map<string, Template[]>()
      found.set(output.type.kind, ofKind)
      ofKind.set(called.name, [...(ofKind.get(called.name) ?? []), { called, args }])
    }
  }
  return found
}

const EDGES: UpstreamTables = new Map([['edges', edgeTable]])

const ofRows = lazy(() => templatesOf(({ kind }) => kind === 'scalar' || kind === 'operator'))
const ofGroups = lazy(() => templatesOf(({ kind }) => kind === 'aggregate'))
const ofWindows = lazy(() =>
  templatesOf((called) => called.kind === 'window' || (called.kind === 'aggregate' && !called.groupsOnly)),
)

const CONSTANTS: Readonly<Record<TypeKind, readonly unknown[]>> = {
  array: [],
  struct: [],
  map: [],
  text: ['a', '', 'é', 'ab', '2020-02-29', "it's \\"],
  int: [1, 0, 2, -3, 7],
  bigint: [1, 0, 2, -3, 2 ** 40],
  double: [0.5, 0, 1, -2.5, 1e9],
  decimal: ['0.5', '0', '1.25', '-3.75', '100'],
  boolean: [true, false],
  date: ['2020-02-29', '1970-01-01', '1582-10-04'],
  binary: ['a', '', 'é', 'ab'],
  timestamp: ['2020-02-29T00:00:00Z', '1970-01-01T00:00:00Z', '2019-03-31T01:30:00Z'],
}

const KINDS = Object.keys(CONSTANTS) as readonly TypeKind[]

export class RandomExpressions {
  readonly #choices: Choices
  readonly #names: TablesInScope

  constructor(choices: Choices, names: TablesInScope) {
    this.#choices = choices
    this.#names = names
  }

  /**
   * A random kind. It is mostly the kind of a column, so that not all expressions are constants.
   */
  kind(): TypeKind {
    return this.#choices.once(4) ? this.#choices.of(KINDS) : this.#choices.of(this.#columns()).type.kind
  }

  /** A random expression of any kind. It is a column if `depth` is 0. */
  any(depth: number): Typed {
    return this.typed(this.of(this.kind(), depth))
  }

  of(kind: TypeKind, depth: number): OperationNode {
    if (depth === 0 || this.#choices.once(3)) return this.column(kind)
    if (this.#choices.once(8)) return this.#checked(this.#case(kind, depth), kind) ?? this.column(kind)
    return this.#call(ofRows(), kind, depth) ?? this.column(kind)
  }

  /** A column of the kind, or a constant if no column has that kind. */
  column(kind: TypeKind): OperationNode {
    const columns = this.#columns().filter(({ type }) => type.kind === kind)
    return columns.length === 0 || this.#choices.once(6) ? this.constant(kind) : this.#choices.of(columns).node
  }

  constant(kind: TypeKind): OperationNode {
    const call = (name: string, ...values: readonly unknown[]) =>
      FunctionNode.create(
        PREFIX + name,
        values.map((value) => ValueNode.create(value)),
      )
    if (kind === 'array')
      return this.#choices.of([call('array', 1, 0), call('array', 'a', 'b'), call('split', 'a,b', ',')])
    if (kind === 'struct') return call('struct', 't', 'a', 'i', 1)
    if (kind === 'map') return this.#choices.of([call('map', 'a', 1), call('map', 'b', 0.5, '', 2)])
    const value = this.#choices.of(CONSTANTS[kind])
    if (kind === 'text' || kind === 'boolean') return ValueNode.create(value)
    const digits = kind === 'decimal' ? [ValueNode.create(10), ValueNode.create(2)] : []
    return FunctionNode.create(`${PREFIX}to_${kind}`, [ValueNode.create(value), ...digits])
  }

  /**
   * A function of a column through which increments push ranges down. It is a column if no such
   * function accepts one.
   */
  seenThrough(): OperationNode {
    const kinds = new Set(this.#columns().map(({ type }) => type.kind))
    const some = SEEN_THROUGH.filter(([, kind]) => kinds.has(kind))
    if (some.length === 0) return this.any(0).node
    const [name, kind] = this.#choices.of(some)
    return FunctionNode.create(PREFIX + name, [this.column(kind)])
  }

  /** fn.unnest of an array; undefined if no column is an array. */
  unnest(): OperationNode | undefined {
    if (!this.#columns().some(({ type }) => type.kind === 'array')) return undefined
    return FunctionNode.create(`${PREFIX}unnest`, [this.of('array', this.#choices.below(2))])
  }

  /**
   * fn.series that begins at a column. Most of these series have few values. Undefined if no column
   * has a suitable kind.
   */
  series(): OperationNode | undefined {
    const kinds = new Set(this.#columns().map(({ type }) => type.kind))
    const some = SERIES_KINDS.filter((kind) => kinds.has(kind))
    if (some.length === 0) return undefined
    const kind = this.#choices.of(some)
    const isTime = kind === 'date' || kind === 'timestamp'
    const call = (name: string, ...args: readonly OperationNode[]) => FunctionNode.create(PREFIX + name, args)
    const from = this.column(kind)
    // The ends can be far apart, because lake pushes down only the range of one column.
    if (this.#choices.once(2)) {
      return call('series', from, this.column(kind), ValueNode.create(isTime ? 'year' : this.#choices.of([1, 2])))
    }
    const unit = this.#choices.of(kind === 'date' ? SERIES_UNITS.slice(0, 4) : SERIES_UNITS)
    const step = ValueNode.create(isTime ? unit : this.#choices.of([1, 2]))
    const places = ValueNode.create(this.#choices.of([1, 2, 3, -1]))
    const later = isTime
      ? call('add_to', from, places, step)
      : BinaryOperationNode.create(from, OperatorNode.create('+'), places)
    const to = this.#choices.once(2) ? later : call('least', this.column(kind), later)
    return call('series', from, to, step)
  }

  /**
   * A condition. It is mostly one condition OR another, because a single one often leaves no row.
   */
  condition(depth: number): OperationNode {
    const first = this.of('boolean', Math.max(1, depth))
    return this.#choices.once(3) ? first : OrNode.create(first, this.#simple())
  }

  /** Compares two columns of one kind, or checks that a column is not null. */
  #simple(): OperationNode {
    const kind = this.#choices.of(this.#columns()).type.kind
    const operator = this.#choices.of(['is not', '=', '<', '>=', '<>'] as const)
    const column = this.column(kind)
    if (operator === 'is not') return isNotNull(column)
    const compared = BinaryOperationNode.create(column, OperatorNode.create(operator), this.column(kind))
    // Not every two arrays, structs or maps can be compared.
    return this.#checked(compared, 'boolean') ?? isNotNull(column)
  }

  /** An aggregate over expressions of the rows. */
  aggregate(depth: number): OperationNode {
    const call = this.#call(ofGroups(), this.kind(), depth, (node) => this.#modified(node))
    return call ?? AggregateFunctionNode.create(`${PREFIX}count_rows`, [])
  }

  /** A function over a window of the rows. */
  windowed(depth: number): OperationNode {
    const call = this.#call(ofWindows(), this.kind(), depth, (node, called) => this.#over(node, called))
    return call ?? this.#over(AggregateFunctionNode.create(`${PREFIX}count_rows`, []), undefined)
  }

  /** The expression with the type that the reader gives it. Throws if the reader refuses it. */
  typed(node: OperationNode): Typed {
    const type = typeIn(node, this.#names)
    if (!type) throw new Error('a random expression is refused')
    return { node, type }
  }

  /** The columns of all tables, qualified with their aliases. */
  #columns(): readonly Typed[] {
    return [...this.#names].flatMap(([alias, { columns }]) =>
      columns.map(({ name, type }) => ({
        node: ReferenceNode.create(ColumnNode.create(name), TableNode.create(alias)),
        type,
      })),
    )
  }

  #call(
    templates: Templates,
    kind: TypeKind,
    depth: number,
    finished: (node: OperationNode, called: LakeFunction) => OperationNode = (node) => node,
  ): OperationNode | undefined {
    const functions = [...(templates.get(kind)?.values() ?? [])]
    if (functions.length === 0) return undefined
    const { called, args } = this.#choices.of(this.#choices.of(functions))
    const nodes = args.map((argument) => {
      const type = typeof argument === 'string' ? EDGE_COLUMNS[argument] : undefined
      return type ? this.of(type.kind, depth - 1) : nodeOf(argument)
    })
    return this.#checked(finished(callOf(called, nodes), called), kind)
  }

  /** The expression. Undefined if the reader refuses it or gives it another kind. */
  #checked(node: OperationNode, kind: TypeKind): OperationNode | undefined {
    return typeIn(node, this.#names)?.kind === kind ? node : undefined
  }

  #case(kind: TypeKind, depth: number): OperationNode {
    const when = WhenNode.cloneWithResult(WhenNode.create(this.of('boolean', depth - 1)), this.of(kind, depth - 1))
    const cases = CaseNode.cloneWithWhen(CaseNode.create(), when)
    return CaseNode.cloneWith(cases, { else: this.of(kind, depth - 1), isStatement: false } as never)
  }

  #modified(call: OperationNode): OperationNode {
    const node = call as AggregateFunctionNode
    if (node.func === `${PREFIX}string_agg` || node.func === `${PREFIX}list`) {
      const keys = [this.column('text'), this.column('int')].map((key) => OrderByItemNode.create(key))
      return AggregateFunctionNode.cloneWithOrderBy(node, keys)
    }
    return this.#choices.once(4) ? AggregateFunctionNode.cloneWithFilter(node, this.condition(1)) : node
  }

  /**
   * Makes the call a window function. lake itself breaks ties in the order. Only aggregates get a
   * ROWS frame.
   */
  #over(call: OperationNode, called: LakeFunction | undefined): OperationNode {
    const parts = Array.from({ length: this.#choices.below(3) }, () => this.column(this.kind()))
    const isOrdered = called?.kind === 'window' || this.#choices.once(2)
    const order = isOrdered ? [this.column(this.kind()), this.column('bigint')] : []
    let over = OverNode.create()
    if (parts.length > 0) {
      over = OverNode.cloneWithPartitionByItems(
        over,
        parts.map((part) => PartitionByItemNode.create(part as never)),
      )
    }
    if (order.length > 0)
      over = OverNode.cloneWithOrderByItems(
        over,
        order.map((item) => this.#sorted(item)),
      )
    const node = { ...call, over } as OperationNode
    if (!isOrdered || called?.kind === 'window' || !this.#choices.once(3)) return node
    const [from, to] = this.#choices.of([
      [-1, 0],
      [null, 0],
      [0, null],
      [-2, 1],
      [null, null],
    ] as const)
    const frame = ['rows', from, to].map((value) => ValueNode.create(value))
    return FunctionNode.create(`${PREFIX}frame`, [node, ...frame])
  }

  #sorted(node: OperationNode): OrderByItemNode {
    return OrderByItemNode.create(node, this.#choices.once(2) ? RawNode.createWithSql('desc') : undefined)
  }
}

const isNotNull = (node: OperationNode): OperationNode =>
  BinaryOperationNode.create(node, OperatorNode.create('is not'), ValueNode.createImmediate(null))

/** The type of the expression over these tables; undefined if the reader refuses it. */
export function typeIn(node: OperationNode, names: TablesInScope): ValueType | undefined {
  const tree = treeOf((db) => db.selectFrom([...names.keys()]).select([aliased(node, 'x')]))
  const read = readQuery(tree, names)
  return read.kind === 'read' ? read.outputs[0]?.type : undefined
}
