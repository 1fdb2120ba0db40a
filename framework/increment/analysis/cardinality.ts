/** Bounds the cardinality of a relation: how many rows it has, and how many of them change. */
import { type ColumnId, type Expression, referencesIn } from '../../expression/expression.ts'
import { MAX_VALUES } from '../../expression/series.ts'
import { columnAt } from '../../relation/columns.ts'
import { equalities } from '../../relation/conditions.ts'
import { columnsOf, type Expansion, type Join, type Output, type Relation } from '../../relation/relation.ts'
import { isMatchedAtMostOnce, matchesAtMostOne, topWindowOf } from '../../relation/unique.ts'

/** Maximum numbers of removed rows, of added rows, and of keys among them. */
interface RowsChanged {
  readonly removed: number
  readonly added: number
  readonly keys: number
}

/** Bounds of the upstreams, by their aliases in the query. Infinity if nothing is known. */
export interface UpstreamBounds {
  /** Maximum number of rows, before or after the change. */
  rows(alias: string): number
  changed(alias: string): Omit<RowsChanged, 'keys'>
}

/** Maximum number of rows of the relation. */
export function rowsAtMost(relation: Relation, upstreams: UpstreamBounds): number {
  const rows = (input: Relation) => rowsAtMost(input, upstreams)
  switch (relation.kind) {
    case 'scan':
      return upstreams.rows(relation.alias)
    case 'staged':
      return Number.POSITIVE_INFINITY
    case 'empty':
      return 0
    case 'filter':
    case 'project':
    case 'window':
      return rows(relation.input)
    case 'expand':
      return product(rows(relation.input), valuesOfRow(relation))
    case 'semi-join':
    case 'anti-join':
      return rows(relation.left)
    case 'distinct':
      return valuesAtMost(relation.input, columnsOf(relation.input), upstreams)
    case 'aggregate':
      return valuesAtMost(relation.input, relation.keys, upstreams)
    case 'join': {
      const { left, right, type } = relation
      if (matchesAtMostOne(relation)) return rows(left)
      if (type === 'inner' && isMatchedAtMostOnce(relation)) return rows(right)
      return type === 'left' ? rows(left) * Math.max(1, rows(right)) : rows(left) * rows(right)
    }
    case 'limit':
      return Math.min(relation.count, rows(relation.input))
    case 'union-all':
      return relation.inputs.reduce((sum, input) => sum + rows(input), 0)
    case 'set-operation':
      return relation.operator === 'union' ? rows(relation.left) + rows(relation.right) : rows(relation.left)
  }
}

/** Maximum number of values that an expansion gives for a row. */
const valuesOfRow = ({ values }: Expansion): number =>
  values.kind === 'series' ? MAX_VALUES : Number.POSITIVE_INFINITY

/** Maximum number of different combinations of values in the columns. */
export function valuesAtMost(relation: Relation, columns: readonly ColumnId[], upstreams: UpstreamBounds): number {
  if (columns.length === 0) return 1
  return Math.min(rowsAtMost(relation, upstreams), valuesByInputs(relation, columns, upstreams))
}

/** The bound of `valuesAtMost` that follows from the inputs of the columns alone. */
function valuesByInputs(relation: Relation, columns: readonly ColumnId[], upstreams: UpstreamBounds): number {
  const values = (input: Relation, some: readonly ColumnId[]) => valuesAtMost(input, some, upstreams)
  switch (relation.kind) {
    case 'scan':
    case 'staged':
    case 'distinct':
    case 'set-operation':
      return Number.POSITIVE_INFINITY
    case 'empty':
      return 0
    case 'filter':
    case 'limit':
      return values(relation.input, columns)
    case 'semi-join':
    case 'anti-join':
      return values(relation.left, columns)
    case 'project':
      return values(relation.input, sourcesOf(columns, relation.outputs))
    case 'expand':
      return columns.includes(relation.id) ? Number.POSITIVE_INFINITY : values(relation.input, columns)
    case 'aggregate':
      return columns.every((column) => relation.keys.includes(column))
        ? values(relation.input, columns)
        : Number.POSITIVE_INFINITY
    case 'window':
      return columns.every((column) => columnsOf(relation.input).includes(column))
        ? values(relation.input, columns)
        : Number.POSITIVE_INFINITY
    case 'join':
      return valuesOfJoin(relation, columns, upstreams)
    case 'union-all': {
      const indexes = columns.map((column) => relation.columns.indexOf(column))
      const counts = relation.inputs.map((input) =>
        values(
          input,
          indexes.map((index) => columnAt(columnsOf(input), index)),
        ),
      )
      return counts.reduce((sum, count) => sum + count, 0)
    }
  }
}

/** If a column equals a column of the other side, counts it only on the side with fewer values. */
function valuesOfJoin(
  { type, left, right, on }: Join,
  columns: readonly ColumnId[],
  upstreams: UpstreamBounds,
): number {
  const [ofLeft, ofRight] = [new Set(columnsOf(left)), new Set(columnsOf(right))]
  const equal = type === 'inner' ? equalities(on, ofLeft, ofRight) : []
  const product = (some: readonly ColumnId[]) => {
    const [one, other] = [some.filter((column) => ofLeft.has(column)), some.filter((column) => ofRight.has(column))]
    // A row of the left without a match adds the combination of nulls.
    const nulls = type === 'left' && other.length > 0 ? 1 : 0
    return valuesAtMost(left, one, upstreams) * (valuesAtMost(right, other, upstreams) + nulls)
  }
  const toLeft = new Map(equal.map((sides) => [sides.right, sides.left]))
  const toRight = new Map(equal.map((sides) => [sides.left, sides.right]))
  const mapped = (to: ReadonlyMap<ColumnId, ColumnId>) => [
    ...new Set(columns.map((column) => to.get(column) ?? column)),
  ]
  return equal.length === 0 ? product(columns) : Math.min(product(mapped(toLeft)), product(mapped(toRight)))
}

/** The input's columns that the outputs are computed from. */
function sourcesOf(columns: readonly ColumnId[], outputs: readonly Output[]): readonly ColumnId[] {
  const expressions = outputs.flatMap(({ id, expression }): readonly Expression[] =>
    columns.includes(id) ? [expression] : [],
  )
  return [...new Set(expressions.flatMap(referencesIn))]
}

/** Maximum number of the relation's rows that change when its upstreams do. */
export function changedAtMost(relation: Relation, upstreams: UpstreamBounds): RowsChanged {
  const rows = rowsAtMost(relation, upstreams)
  const { removed, added, keys } = changedByInputs(relation, upstreams)
  const [fewerRemoved, fewerAdded] = [Math.min(rows, removed), Math.min(rows, added)]
  return { removed: fewerRemoved, added: fewerAdded, keys: Math.min(keys, fewerRemoved + fewerAdded) }
}

/** The bound of `changedAtMost` that follows from the changes of the inputs alone. */
function changedByInputs(relation: Relation, upstreams: UpstreamBounds): RowsChanged {
  const changed = (input: Relation) => changedAtMost(input, upstreams)
  const isUnchanged = (input: Relation) => changed(input).keys === 0
  const all = (): RowsChanged => {
    const rows = rowsAtMost(relation, upstreams)
    return { removed: rows, added: rows, keys: 2 * rows }
  }
  switch (relation.kind) {
    case 'scan': {
      const { removed, added } = upstreams.changed(relation.alias)
      return { removed, added, keys: removed + added }
    }
    case 'staged':
    case 'empty':
      return UNCHANGED
    case 'filter':
      return topWindowOf(relation) && relation.input.kind === 'window'
        ? ofGroups(changed(relation.input.input))
        : changed(relation.input)
    case 'project':
      return changed(relation.input)
    case 'expand':
      return times(changed(relation.input), valuesOfRow(relation))
    case 'aggregate':
    case 'distinct':
      return ofGroups(changed(relation.input))
    case 'window':
    case 'limit':
      return isUnchanged(relation.input) ? UNCHANGED : all()
    case 'semi-join':
    case 'anti-join':
      return isUnchanged(relation.right) ? changed(relation.left) : all()
    case 'join': {
      const follows = isUnchanged(relation.right) && (isUnchanged(relation.left) || matchesAtMostOne(relation))
      return follows ? changed(relation.left) : all()
    }
    case 'union-all':
      return relation.inputs.map(changed).reduce(plus, UNCHANGED)
    case 'set-operation':
      return ofGroups(plus(changed(relation.left), changed(relation.right)))
  }
}

const UNCHANGED: RowsChanged = { removed: 0, added: 0, keys: 0 }

/** Each changed row touches one group, which loses at most one row and gains at most one. */
function ofGroups({ removed, added }: RowsChanged): RowsChanged {
  const touched = removed + added
  return { removed: touched, added: touched, keys: touched }
}

const times = ({ removed, added, keys }: RowsChanged, most: number): RowsChanged => ({
  removed: product(removed, most),
  added: product(added, most),
  keys: product(keys, most),
})

/** Zero rows give zero values, even if the maximum is infinite. */
const product = (count: number, most: number): number => (count === 0 ? 0 : count * most)

const plus = (one: RowsChanged, other: RowsChanged): RowsChanged => ({
  removed: one.removed + other.removed,
  added: one.added + other.added,
  keys: one.keys + other.keys,
})
