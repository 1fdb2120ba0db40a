/** Finds windows and groups that make rows of one key depend on rows of another. */
import { type ColumnId, referencesIn } from '../../expression/expression.ts'
import { columnAt } from '../../relation/columns.ts'
import { columnsOf, inputsOf, type Relation, sourcesOfValues } from '../../relation/relation.ts'

/** The window or group that makes rows with different values of a column depend on each other. */
export interface WiderThanKey {
  readonly operator: 'a window' | 'a group'
  /** The upstreams' columns that it partitions or groups by. Computed columns are left out. */
  readonly columns: readonly string[]
}

/**
 * Follows the column from the output to its scans. Returns the last window or group on the way if
 * it spans several values of the column; undefined if each row depends only on rows with its own
 * value.
 */
export function widerThan(relation: Relation, column: ColumnId): WiderThanKey | undefined {
  switch (relation.kind) {
    case 'scan':
    case 'staged':
    case 'empty':
      return undefined
    // DISTINCT compares all columns of the rows, so it also compares this one.
    case 'distinct':
    case 'set-operation':
      return undefined
    case 'filter':
    // A limit looks at all rows, for any key: increments recompute it in full.
    case 'limit':
      return widerThan(relation.input, column)
    case 'semi-join':
    case 'anti-join':
      return widerThan(relation.left, column)
    case 'project': {
      const output = relation.outputs.find(({ id }) => id === column)
      return first(output ? referencesIn(output.expression) : [], (source) => widerThan(relation.input, source))
    }
    case 'expand':
      return first(column === relation.id ? sourcesOfValues(relation.values) : [column], (source) =>
        widerThan(relation.input, source),
      )
    case 'join': {
      const { left, right } = relation
      return widerThan(columnsOf(left).includes(column) ? left : right, column)
    }
    case 'union-all': {
      const index = relation.columns.indexOf(column)
      return first(relation.inputs, (input) => widerThan(input, columnAt(columnsOf(input), index)))
    }
    case 'aggregate':
      // A group of all rows is recomputed in full too.
      if (relation.keys.length === 0) return undefined
      return relation.keys.includes(column)
        ? undefined
        : { operator: 'a group', columns: namesOf(relation, relation.keys) }
    case 'window':
      if (relation.partitionBy.includes(column)) return undefined
      return { operator: 'a window', columns: namesOf(relation, relation.partitionBy) }
  }
}

/** The first thing that `find` finds among the items. */
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
