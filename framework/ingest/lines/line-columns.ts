/** Selects the columns that lines have values for, as plain data. */
import type { Column } from '../../declare/columns.ts'
import { type LineRefinement, lineRefinements } from '../../declare/line-refinements.ts'

/** A column with all that its values are validated by. Another thread can be sent a copy of it. */
export interface LineColumn extends Pick<Column, 'name' | 'type' | 'nullable' | 'emptyIsNull'> {
  readonly refinements: readonly LineRefinement[]
}

/** The columns of a source without those that lake adds. */
export function lineColumns(columns: readonly Column[]): readonly LineColumn[] {
  const declared = columns.filter(({ name }) => name !== '_file' && name !== '_line')
  return declared.map((column) => {
    const { name, type, nullable, emptyIsNull } = column
    return { name, type, nullable, emptyIsNull, refinements: lineRefinements(column) }
  })
}
