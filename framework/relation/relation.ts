/**
 * Defines the operators of a query. Full refreshes, increments and lineage are all made from this
 * one form.
 */
import type { ColumnId, Expression, SortItem } from '../expression/expression.ts'
import type { SeriesStep } from '../expression/series.ts'
import type { ValueType } from '../expression/value-type.ts'
import type { Ranges } from './range.ts'

/** Gives out new column ids. Ids of two objects differ if their prefixes do. */
export class ColumnIds {
  readonly #prefix: string
  #count = 0

  constructor(prefix: string) {
    this.#prefix = prefix
  }

  next(): ColumnId {
    return `${this.#prefix}${this.#count++}`
  }
}

/** A column and the expression that computes it. */
export interface Output {
  readonly id: ColumnId
  readonly expression: Expression
}

/**
 * A query as a tree of operators over bags of rows: copies of a row count. Unlike Kysely's tree, it
 * has no names to resolve, and each operator states what its rows depend on.
 */
export type Relation =
  | Scan
  | Staged
  | Empty
  | Filter
  | Projection
  | Expansion
  | Join
  | SemiJoin
  | Aggregation
  | Window
  | Distinct
  | UnionAll
  | SetOperation
  | Limit

/**
 * The rows of an upstream that a scan reads. `before`: the rows of the version that the table was
 * made from. `after`: the rows of the current version. `removed`: those that only the earlier
 * version has. `added`: those that only the current version has. `unchanged`: those that both have.
 */
export type Part = 'before' | 'after' | 'removed' | 'added' | 'unchanged'

export interface Scan {
  readonly kind: 'scan'
  /** The upstream's name in the query. */
  readonly alias: string
  readonly part: Part
  readonly columns: readonly NamedColumn[]
  /** Unique keys: no two rows agree in all columns of a list. */
  readonly keys: readonly (readonly ColumnId[])[]
  /** The scan can leave out rows whose values are outside of these ranges. */
  readonly ranges: Ranges
  /** True if the query depends only on the number of rows, and on no value. */
  readonly countsRows?: true
  /** The name of kept rows, if the rows that are needed have been looked up. */
  readonly found?: string
}

/** A column with its name in a table or in the query. */
export interface NamedColumn {
  readonly name: string
  readonly id: ColumnId
  readonly type: ValueType
  readonly nullable: boolean
}

/**
 * Rows that were computed before and are kept in a table of this name, with columns `k0`, `k1`, ...
 */
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

/** Repeats each row of the input for every one of its values. */
export interface Expansion {
  readonly kind: 'expand'
  readonly input: Relation
  /** The column of the values. */
  readonly id: ColumnId
  readonly type: ValueType
  readonly values: ExpandedValues
}

/**
 * `series`: the values from `from` to `to`, both included; no values if one of them is null, or
 * `from` is the greater. The values that one row gives are all different. `elements`: the elements
 * of an array, including nulls and repeated ones; none if the array is null.
 */
export type ExpandedValues =
  | { readonly kind: 'series'; readonly from: ColumnId; readonly to: ColumnId; readonly step: SeriesStep }
  | { readonly kind: 'elements'; readonly array: ColumnId }

/** The columns of the input that the values are computed from. */
export const sourcesOfValues = (values: ExpandedValues): readonly ColumnId[] =>
  values.kind === 'series' ? [values.from, values.to] : [values.array]

/** Without `on`, a cross join. A `left` join keeps the rows of the left that match no row. */
export interface Join {
  readonly kind: 'join'
  readonly type: 'inner' | 'left'
  readonly left: Relation
  readonly right: Relation
  readonly on: Expression | undefined
}

/**
 * A semi join keeps the rows of `left` that match some row of `right`. An anti join keeps those
 * that match none. A row comes out as often as it is in `left`.
 */
export interface SemiJoin {
  readonly kind: 'semi-join' | 'anti-join'
  readonly left: Relation
  readonly right: Relation
  /** Two rows match if all of these hold. */
  readonly on: readonly Match[]
}

export type Match = KeyMatch | ConditionMatch

/**
 * Compares a column of the left with one of the right. `equality`: null matches nothing.
 * `null-safe`: null matches null.
 */
export interface KeyMatch {
  readonly kind: 'equality' | 'null-safe'
  readonly left: ColumnId
  readonly right: ColumnId
}

interface ConditionMatch {
  readonly kind: 'condition'
  readonly condition: Expression
}

/**
 * One row for each combination of values of `keys`, which are columns of the input. Without keys,
 * one row, even if the input has none.
 */
export interface Aggregation {
  readonly kind: 'aggregate'
  readonly input: Relation
  readonly keys: readonly ColumnId[]
  readonly functions: readonly Output[]
}

/**
 * The rows of the input, with functions over all rows that agree in `partitionBy`, which are
 * columns of the input.
 */
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

/** Each input has its columns in the order of `columns`. */
export interface UnionAll {
  readonly kind: 'union-all'
  readonly columns: readonly ColumnId[]
  readonly inputs: readonly Relation[]
}

/**
 * Each side has its columns in the order of `columns`. All columns of the rows are compared,
 * null-safe.
 */
export interface SetOperation {
  readonly kind: 'set-operation'
  readonly operator: 'union' | 'intersect' | 'intersect all' | 'except' | 'except all'
  readonly columns: readonly ColumnId[]
  readonly left: Relation
  readonly right: Relation
}

/** The first rows, by an order in which only equal rows tie. */
export interface Limit {
  readonly kind: 'limit'
  readonly input: Relation
  readonly orderBy: readonly SortItem[]
  readonly offset: number
  readonly count: number
}

/** The columns of a relation's rows, in their order. */
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
    case 'distinct':
    case 'limit':
      return columnsOf(relation.input)
    case 'semi-join':
    case 'anti-join':
      return columnsOf(relation.left)
    case 'project':
      return relation.outputs.map(({ id }) => id)
    case 'expand':
      return [...columnsOf(relation.input), relation.id]
    case 'join':
      return [...columnsOf(relation.left), ...columnsOf(relation.right)]
    case 'aggregate':
      return [...relation.keys, ...relation.functions.map(({ id }) => id)]
    case 'window':
      return [...columnsOf(relation.input), ...relation.functions.map(({ id }) => id)]
  }
}

/** The direct inputs of an operator. */
export function inputsOf(relation: Relation): readonly Relation[] {
  switch (relation.kind) {
    case 'scan':
    case 'staged':
    case 'empty':
      return []
    case 'filter':
    case 'project':
    case 'expand':
    case 'aggregate':
    case 'window':
    case 'distinct':
    case 'limit':
      return [relation.input]
    case 'join':
    case 'semi-join':
    case 'anti-join':
    case 'set-operation':
      return [relation.left, relation.right]
    case 'union-all':
      return relation.inputs
  }
}

/** All scans in the tree. */
export function scansOf(relation: Relation): readonly Scan[] {
  return relation.kind === 'scan' ? [relation] : inputsOf(relation).flatMap(scansOf)
}

/** A copy of the operator with `map` applied to each of its inputs. */
export function mapInputs(relation: Relation, map: (input: Relation) => Relation): Relation {
  switch (relation.kind) {
    case 'scan':
    case 'staged':
    case 'empty':
      return relation
    case 'filter':
    case 'project':
    case 'expand':
    case 'aggregate':
    case 'window':
    case 'distinct':
    case 'limit':
      return { ...relation, input: map(relation.input) }
    case 'join':
    case 'semi-join':
    case 'anti-join':
    case 'set-operation':
      return { ...relation, left: map(relation.left), right: map(relation.right) }
    case 'union-all':
      return { ...relation, inputs: relation.inputs.map(map) }
  }
}
