/** Queries as operators over rows: the one form from which full refreshes, increments and lineage are made. */
import type { ColumnId, Expression, SortItem } from '../expression/expression.ts'
import type { ValueType } from '../expression/value-type.ts'
import type { Ranges } from './range.ts'

/** Gives out columns, told from those of others by what they begin with. */
export class ColumnIds {
  readonly #prefix: string
  #given = 0

  constructor(prefix: string) {
    this.#prefix = prefix
  }

  next(): ColumnId {
    return `${this.#prefix}${this.#given++}`
  }
}

/** A column and what it is made of. */
export interface Output {
  readonly id: ColumnId
  readonly expression: Expression
}

/**
 * A query as operators over rows, duplicates counted. Unlike the tree that Kysely makes it has no names to look up, and says for each
 * operator what its rows depend on.
 */
export type Relation =
  | Scan
  | Staged
  | Empty
  | Filter
  | Projection
  | Join
  | SemiJoin
  | Aggregation
  | Window
  | Distinct
  | UnionAll
  | SetOperation
  | Limit

/**
 * Which rows of an upstream: as they were when the table was made (`before`) or are now (`after`); those of one and not of the other; and
 * those of both.
 */
export type Part = 'before' | 'after' | 'removed' | 'added' | 'unchanged'

export interface Scan {
  readonly kind: 'scan'
  /** The name that the query has for the upstream. */
  readonly alias: string
  readonly part: Part
  readonly columns: readonly NamedColumn[]
  /** Columns that together tell all rows apart; each list is one such key. */
  readonly keys: readonly (readonly ColumnId[])[]
  /** Rows outside are not needed, and may be left out. */
  readonly ranges: Ranges
  /** Whether its rows count and none of its values do. */
  readonly countsRows?: true
}

/** A column under the name that a table or the query has for it. */
export interface NamedColumn {
  readonly name: string
  readonly id: ColumnId
  readonly type: ValueType
  readonly nullable: boolean
}

/** Rows that were worked out before, and are kept under a name with the columns `k0`, `k1`, ... */
export interface Staged {
  readonly kind: 'staged'
  readonly name: string
  readonly columns: readonly ColumnId[]
}

export interface Empty {
  readonly kind: 'empty'
  readonly columns: readonly ColumnId[]
}

export interface Filter {
  readonly kind: 'filter'
  readonly input: Relation
  readonly predicate: Expression
}

export interface Projection {
  readonly kind: 'project'
  readonly input: Relation
  readonly outputs: readonly Output[]
}

/** Without `on`, every pair. A `left` join keeps the rows of the left that match none. */
export interface Join {
  readonly kind: 'join'
  readonly type: 'inner' | 'left'
  readonly left: Relation
  readonly right: Relation
  readonly on: Expression | undefined
}

/** The rows of `input` that match some row of `set`, or that match none; each as often as it stands in `input`. */
export interface SemiJoin {
  readonly kind: 'matching'
  readonly keep: 'some' | 'none'
  readonly input: Relation
  readonly set: Relation
  readonly on: readonly Match[]
}

/** `equal`: null matches nothing. `same`: null matches null. */
export type Match =
  | { readonly kind: 'equal' | 'same'; readonly column: ColumnId; readonly among: ColumnId }
  | { readonly kind: 'condition'; readonly condition: Expression }

/** One row for each combination of `keys`, which are columns of the input; without keys, one row. */
export interface Aggregation {
  readonly kind: 'aggregate'
  readonly input: Relation
  readonly keys: readonly ColumnId[]
  readonly functions: readonly Output[]
}

/** The rows of the input with functions over all rows that agree in `partitionBy`, which are columns of the input. */
export interface Window {
  readonly kind: 'window'
  readonly input: Relation
  readonly partitionBy: readonly ColumnId[]
  readonly functions: readonly Output[]
}

export interface Distinct {
  readonly kind: 'distinct'
  readonly input: Relation
}

/** Columns go by their places. */
export interface UnionAll {
  readonly kind: 'union-all'
  readonly columns: readonly ColumnId[]
  readonly inputs: readonly Relation[]
}

/** Columns go by their places, and rows are compared whole: null is the same as null. */
export interface SetOperation {
  readonly kind: 'set-operation'
  readonly operator: 'union' | 'intersect' | 'intersect all' | 'except' | 'except all'
  readonly columns: readonly ColumnId[]
  readonly left: Relation
  readonly right: Relation
}

/** The first rows by an order that tells all rows apart that differ. */
export interface Limit {
  readonly kind: 'limit'
  readonly input: Relation
  readonly orderBy: readonly SortItem[]
  readonly offset: number
  readonly count: number
}

export function columnsOf(relation: Relation): readonly ColumnId[] {
  switch (relation.kind) {
    case 'scan':
      return relation.columns.map(({ id }) => id)
    case 'staged':
    case 'empty':
    case 'union-all':
    case 'set-operation':
      return relation.columns
    case 'filter':
    case 'matching':
    case 'distinct':
    case 'limit':
      return columnsOf(relation.input)
    case 'project':
      return relation.outputs.map(({ id }) => id)
    case 'join':
      return [...columnsOf(relation.left), ...columnsOf(relation.right)]
    case 'aggregate':
      return [...relation.keys, ...relation.functions.map(({ id }) => id)]
    case 'window':
      return [...columnsOf(relation.input), ...relation.functions.map(({ id }) => id)]
  }
}

/** The relations that it is made of directly. */
export function inputsOf(relation: Relation): readonly Relation[] {
  switch (relation.kind) {
    case 'scan':
    case 'staged':
    case 'empty':
      return []
    case 'filter':
    case 'project':
    case 'aggregate':
    case 'window':
    case 'distinct':
    case 'limit':
      return [relation.input]
    case 'join':
    case 'set-operation':
      return [relation.left, relation.right]
    case 'matching':
      return [relation.input, relation.set]
    case 'union-all':
      return relation.inputs
  }
}

export function scansOf(relation: Relation): readonly Scan[] {
  return relation.kind === 'scan' ? [relation] : inputsOf(relation).flatMap(scansOf)
}

/** The relation with its inputs put through `map`. */
export function mapInputs(relation: Relation, map: (input: Relation) => Relation): Relation {
  switch (relation.kind) {
    case 'scan':
    case 'staged':
    case 'empty':
      return relation
    case 'filter':
    case 'project':
    case 'aggregate':
    case 'window':
    case 'distinct':
    case 'limit':
      return { ...relation, input: map(relation.input) }
    case 'join':
    case 'set-operation':
      return { ...relation, left: map(relation.left), right: map(relation.right) }
    case 'matching':
      return { ...relation, input: map(relation.input), set: map(relation.set) }
    case 'union-all':
      return { ...relation, inputs: relation.inputs.map(map) }
  }
}
