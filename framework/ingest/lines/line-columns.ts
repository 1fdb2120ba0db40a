/** Selects the columns that lines have values for. */
import type { Column } from '../../declare/columns.ts'

/** The columns of a source without those that lake adds. */
export function lineColumns(columns: readonly Column[]): readonly Column[] {
  return columns.filter(({ name }) => name !== '_file' && name !== '_line')
}
