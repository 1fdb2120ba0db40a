/** How many rows a relation has, and how many of them change, at most. */
import { type ColumnId, type Expression, referencesIn } from '../../expression/expression.ts'
import { equalities } from '../../relation/conditions.ts'
import { columnsOf, type Join, type Output, type Relation } from '../../relation/relation.ts'
import { firstOfPartition, isMatchedOnce, matchesOne } from '../../relation/unique.ts'

/** Rows that go and that come, no more than these, and keys that they have in all. */
export interface RowsChanged {
  readonly removed: number
  readonly added: number
  readonly keys: number
}

/** What is known of the upstreams, by the names that the query has for them. Infinity where nothing is known. */
export interface UpstreamBounds {
  /** Rows before and after, whichever are more. */
  rows(alias: string): number
  moved(alias: string): Omit<RowsChanged, 'keys'>
}

/** How many rows the relation has at most. */
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
    case 'matching':
    case 'window':
      return rows(relation.input)
    case 'distinct':
      return valuesAtMost(relation.input, columnsOf(relation.input), upstreams)
    case 'aggregate':
      return valuesAtMost(relation.input, relation.keys, upstreams)
    case 'join': {
      const { left, right, type } = relation
      if (matchesOne(relation)) return rows(left)
      if (type === 'inner' && isMatchedOnce(relation)) return rows(right)
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

/** How many different values the columns together have at most. */
export function valuesAtMost(relation: Relation, columns: readonly ColumnId[], upstreams: UpstreamBounds): number {
  if (columns.length === 0) return 1
  return Math.min(rowsAtMost(relation, upstreams), valuesBelow(relation, columns, upstreams))
}

/** The same, by where the columns come from. */
function valuesBelow(relation: Relation, columns: readonly ColumnId[], upstreams: UpstreamBounds): number {
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
    case 'matching':
    case 'limit':
      return values(relation.input, columns)
    case 'project':
      return values(relation.input, madeOf(columns, relation.outputs))
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
      const places = columns.map((column) => relation.columns.indexOf(column))
      const counts = relation.inputs.map((input) =>
        values(
          input,
          places.map((place) => columnsOf(input)[place] ?? ''),
        ),
      )
      return counts.reduce((sum, count) => sum + count, 0)
    }
  }
}

/** What equals a column of the other side has no values of its own. */
function valuesOfJoin(
  { type, left, right, on }: Join,
  columns: readonly ColumnId[],
  upstreams: UpstreamBounds,
): number {
  const [ofLeft, ofRight] = [new Set(columnsOf(left)), new Set(columnsOf(right))]
  const equal = type === 'inner' ? equalities(on, ofLeft, ofRight) : []
  const product = (some: readonly ColumnId[]) => {
    const [one, other] = [some.filter((column) => ofLeft.has(column)), some.filter((column) => ofRight.has(column))]
    // A row of the left that matches none has nulls.
    const nulls = type === 'left' && other.length > 0 ? 1 : 0
    return valuesAtMost(left, one, upstreams) * (valuesAtMost(right, other, upstreams) + nulls)
  }
  const toLeft = new Map(equal.map((sides) => [sides.right, sides.left]))
  const toRight = new Map(equal.map((sides) => [sides.left, sides.right]))
  const moved = (to: ReadonlyMap<ColumnId, ColumnId>) => [...new Set(columns.map((column) => to.get(column) ?? column))]
  return equal.length === 0 ? product(columns) : Math.min(product(moved(toLeft)), product(moved(toRight)))
}

function madeOf(columns: readonly ColumnId[], outputs: readonly Output[]): readonly ColumnId[] {
  const expressions = outputs.flatMap(({ id, expression }): readonly Expression[] =>
    columns.includes(id) ? [expression] : [],
  )
  return [...new Set(expressions.flatMap(referencesIn))]
}

/** How many of its rows change at most when the upstreams' do. */
export function changedAtMost(relation: Relation, upstreams: UpstreamBounds): RowsChanged {
  const rows = rowsAtMost(relation, upstreams)
  const { removed, added, keys } = movedBelow(relation, upstreams)
  const [fewerRemoved, fewerAdded] = [Math.min(rows, removed), Math.min(rows, added)]
  return { removed: fewerRemoved, added: fewerAdded, keys: Math.min(keys, fewerRemoved + fewerAdded) }
}

/** The same, by what changes in the relations that it is made of. */
function movedBelow(relation: Relation, upstreams: UpstreamBounds): RowsChanged {
  const moved = (input: Relation) => changedAtMost(input, upstreams)
  const isStill = (input: Relation) => moved(input).keys === 0
  const all = (): RowsChanged => {
    const rows = rowsAtMost(relation, upstreams)
    return { removed: rows, added: rows, keys: 2 * rows }
  }
  switch (relation.kind) {
    case 'scan': {
      const { removed, added } = upstreams.moved(relation.alias)
      return { removed, added, keys: removed + added }
    }
    case 'staged':
    case 'empty':
      return STILL
    case 'filter':
      return firstOfPartition(relation) && relation.input.kind === 'window'
        ? ofGroups(moved(relation.input.input))
        : moved(relation.input)
    case 'project':
      return moved(relation.input)
    case 'aggregate':
    case 'distinct':
      return ofGroups(moved(relation.input))
    case 'window':
    case 'limit':
      return isStill(relation.input) ? STILL : all()
    case 'matching':
      return isStill(relation.set) ? moved(relation.input) : all()
    case 'join': {
      const follows = isStill(relation.right) && (isStill(relation.left) || matchesOne(relation))
      return follows ? moved(relation.left) : all()
    }
    case 'union-all':
      return relation.inputs.map(moved).reduce(plus, STILL)
    case 'set-operation':
      return ofGroups(plus(moved(relation.left), moved(relation.right)))
  }
}

const STILL: RowsChanged = { removed: 0, added: 0, keys: 0 }

/** Each moved row touches a group, which loses one row and gains one. */
function ofGroups({ removed, added }: RowsChanged): RowsChanged {
  const touched = removed + added
  return { removed: touched, added: touched, keys: touched }
}

const plus = (one: RowsChanged, other: RowsChanged): RowsChanged => ({
  removed: one.removed + other.removed,
  added: one.added + other.added,
  keys: one.keys + other.keys,
})
