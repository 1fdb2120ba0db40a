/** How many rows a relation has, and how many of them change, at most. */
import type { Relation } from '../relation/relation.ts'
import { firstOfPartition, isMatchedOnce, matchesOne } from '../relation/unique.ts'

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
