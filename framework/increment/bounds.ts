import { equalities } from './conditions.ts'
import { firstRowsOf } from './first-rows.ts'
import { type ColumnId, columnsOf, type Join, type Relation, referenced } from './relation.ts'

/** Rows that go and that come, no more than these, and keys that they have in all. */
export interface RowsMoved {
  readonly removed: number
  readonly added: number
  readonly keys: number
}

/** What is known of the upstreams, by the names that the query has for them. Infinity where nothing is known. */
export interface UpstreamBounds {
  /** Rows before and after, whichever are more. */
  rows(alias: string): number
  moved(alias: string): Omit<RowsMoved, 'keys'>
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
    case 'distinct':
      return rows(relation.input)
    case 'aggregate':
      return relation.keys.length === 0 ? 1 : rows(relation.input)
    case 'join': {
      const { left, right, type } = relation
      if (matchesOne(relation)) return rows(left)
      return type === 'left' ? rows(left) * Math.max(1, rows(right)) : rows(left) * rows(right)
    }
    case 'union-all':
      return relation.inputs.reduce((sum, input) => sum + rows(input), 0)
    case 'set-operation':
      return relation.operator === 'union' ? rows(relation.left) + rows(relation.right) : rows(relation.left)
  }
}

/** How many of its rows change at most when the upstreams' do. */
export function movedAtMost(relation: Relation, upstreams: UpstreamBounds): RowsMoved {
  const moved = (input: Relation) => movedAtMost(input, upstreams)
  const isStill = (input: Relation) => moved(input).keys === 0
  const all = (): RowsMoved => {
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
      return firstRowsOf(relation) && relation.input.kind === 'window'
        ? ofGroups(moved(relation.input.input))
        : moved(relation.input)
    case 'project':
      return moved(relation.input)
    case 'aggregate':
    case 'distinct':
      return ofGroups(moved(relation.input))
    case 'window':
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

const STILL: RowsMoved = { removed: 0, added: 0, keys: 0 }

/** Each moved row touches a group, which loses one row and gains one. */
function ofGroups({ removed, added }: RowsMoved): RowsMoved {
  const touched = removed + added
  return { removed: touched, added: touched, keys: touched }
}

const plus = (one: RowsMoved, other: RowsMoved): RowsMoved => ({
  removed: one.removed + other.removed,
  added: one.added + other.added,
  keys: one.keys + other.keys,
})

/** Whether a row of the left can match no more than one of the right. */
function matchesOne({ left, right, on }: Join): boolean {
  const equal = equalities(on, new Set(columnsOf(left)), new Set(columnsOf(right)))
  return isUniqueBy(right, new Set(equal.map((sides) => sides.right)))
}

function isUniqueBy(relation: Relation, columns: ReadonlySet<ColumnId>): boolean {
  switch (relation.kind) {
    case 'filter': {
      const first = firstRowsOf(relation)
      return first
        ? first.window.partitionBy.every((column) => columns.has(column))
        : isUniqueBy(relation.input, columns)
    }
    case 'matching':
    case 'window':
      return isUniqueBy(relation.input, columns)
    case 'project': {
      const sources = relation.outputs.flatMap(({ id, expression }) => {
        const source = columns.has(id) ? referenced(expression) : undefined
        return source === undefined ? [] : [source]
      })
      return isUniqueBy(relation.input, new Set(sources))
    }
    case 'aggregate':
      return relation.keys.every((key) => columns.has(key))
    case 'distinct':
      return columnsOf(relation.input).every((column) => columns.has(column))
    case 'scan':
    case 'staged':
    case 'empty':
    case 'join':
    case 'union-all':
    case 'set-operation':
      return false
  }
}
