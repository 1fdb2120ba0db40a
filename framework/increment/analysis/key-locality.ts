import type { ColumnId } from '../../expression/expression.ts'
import { referencesIn } from '../../expression/expression.ts'
import { columnsOf, inputsOf, type Relation } from '../../relation/relation.ts'

/** What makes rows of different values of a column depend on each other. */
export interface WiderThanKey {
  readonly by: 'a window' | 'a group'
  /** The upstreams' columns that it is over, as far as it is over columns as they are. */
  readonly over: readonly string[]
}

/**
 * The last window or group on the column's way through the relation, where it spans several values of the column; undefined where every row
 * depends on rows of its own value alone.
 */
export function widerThan(relation: Relation, column: ColumnId): WiderThanKey | undefined {
  switch (relation.kind) {
    case 'scan':
    case 'staged':
    case 'empty':
      return undefined
    // Rows are compared whole.
    case 'distinct':
    case 'set-operation':
      return undefined
    case 'filter':
    case 'matching':
    // Which rows are the first depends on all of them, and all of them are looked at.
    case 'limit':
      return widerThan(relation.input, column)
    case 'project': {
      const made = relation.outputs.find(({ id }) => id === column)
      return first(made ? referencesIn(made.expression) : [], (part) => widerThan(relation.input, part))
    }
    case 'join': {
      const { left, right } = relation
      return widerThan(columnsOf(left).includes(column) ? left : right, column)
    }
    case 'union-all': {
      const place = relation.columns.indexOf(column)
      return first(relation.inputs, (input) => widerThan(input, columnsOf(input)[place] ?? ''))
    }
    case 'aggregate':
      return relation.keys.includes(column) ? undefined : { by: 'a group', over: namesOf(relation, relation.keys) }
    case 'window':
      if (relation.partitionBy.includes(column)) return undefined
      return { by: 'a window', over: namesOf(relation, relation.partitionBy) }
  }
}

function first<Item, Found>(items: readonly Item[], find: (item: Item) => Found | undefined): Found | undefined {
  for (const item of items) {
    const found = find(item)
    if (found !== undefined) return found
  }
  return undefined
}

const namesOf = (relation: Relation, columns: readonly ColumnId[]): readonly string[] =>
  columns.flatMap((column) => nameOf(relation, column) ?? [])

function nameOf(relation: Relation, column: ColumnId): string | undefined {
  if (relation.kind === 'scan') return relation.columns.find(({ id }) => id === column)?.name
  return first(inputsOf(relation), (input) => nameOf(input, column))
}
