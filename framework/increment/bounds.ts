import { equalities } from './conditions.ts'
import { firstRowsOf } from './first-rows.ts'
import { type ColumnId, columnsOf, type Join, type Relation, referenced } from './relation.ts'

/** What is known of the upstreams, by the names that the query has for them. Infinity where nothing is known. */
export interface UpstreamBounds {
  /** Rows before and after, whichever are more. */
  rows(alias: string): number
  /** Rows that go and rows that come, together. */
  moved(alias: string): number
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

/** When the upstreams' rows move: how many rows it can lose, how many it can gain, and how many keys these can have, at most. */
export function movedAtMost(relation: Relation, upstreams: UpstreamBounds): number {
  const moved = (input: Relation) => movedAtMost(input, upstreams)
  switch (relation.kind) {
    case 'scan':
      return upstreams.moved(relation.alias)
    case 'staged':
    case 'empty':
      return 0
    case 'filter':
      return firstRowsOf(relation) && relation.input.kind === 'window'
        ? moved(relation.input.input)
        : moved(relation.input)
    case 'matching':
      return moved(relation.set) === 0 ? moved(relation.input) : rowsAtMost(relation, upstreams)
    case 'project':
    // Of each group that a moved row is in, one row.
    case 'aggregate':
    case 'distinct':
      return moved(relation.input)
    case 'window':
      return moved(relation.input) === 0 ? 0 : rowsAtMost(relation, upstreams)
    case 'join': {
      const [left, right] = [moved(relation.left), moved(relation.right)]
      const follows = right === 0 && (left === 0 || matchesOne(relation))
      return follows ? left : rowsAtMost(relation, upstreams)
    }
    case 'union-all':
      return relation.inputs.reduce((sum, input) => sum + moved(input), 0)
    case 'set-operation':
      return moved(relation.left) + moved(relation.right)
  }
}

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
