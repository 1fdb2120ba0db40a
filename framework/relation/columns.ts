/**
 * Finds columns by their index or name. A column that is missing is a bug, and never becomes a
 * wrong name in SQL.
 */
import type { ColumnId } from '../expression/expression.ts'

/** The column at this index. Throws if it is missing, also for the index -1 of `indexOf`. */
export function columnAt(columns: readonly ColumnId[], index: number): ColumnId {
  const column = columns[index]
  if (column === undefined) throw new Error(`no column has the index ${index} in [${columns.join(', ')}]`)
  return column
}

/** Each column of the left with the one at the same index on the right, which can have more. */
export const columnPairs = (
  left: readonly ColumnId[],
  right: readonly ColumnId[],
): readonly (readonly [ColumnId, ColumnId])[] => left.map((column, index) => [column, columnAt(right, index)])

interface Named {
  readonly name: string
  readonly id: ColumnId
}

/** The id of the column of this name. Throws if it is missing. */
export function idOfName(columns: readonly Named[], name: string): ColumnId {
  const column = columns.find((known) => known.name === name)
  if (!column) throw new Error(`no column is named ${name} among ${columns.map((known) => known.name).join(', ')}`)
  return column.id
}
