/** Selects the columns that lines have values for, as plain data. */
import type { Column } from '../../declare/columns.ts'
import { type LineRefinement, lineRefinements } from '../../declare/line-refinements.ts'

/** A column with all that its values are validated by. Another thread can be sent a copy of it. */
export interface LineColumn extends Pick<Column, 'name' | 'type' | 'nullable' | 'emptyIsNull'> {
  readonly refinements: readonly LineRefinement[]
}

/** The columns of a source without those that lake adds. */
export const declaredColumns = (columns: readonly Column[]): readonly Column[] =>
  columns.filter(({ name }) => name !== '_file' && name !== '_line')

/** The declared columns of a source, with all that lines are validated by. */
export function lineColumns(columns: readonly Column[]): readonly LineColumn[] {
  return declaredColumns(columns).map((column) => {
    const { name, type, nullable, emptyIsNull } = column
    return { name, type, nullable, emptyIsNull, refinements: lineRefinements(column) }
  })
}
