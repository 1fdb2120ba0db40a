import type { Column } from '../../declare/columns.ts'

/** The columns of a source that its lines have values of: without those that the framework adds. */
export function lineColumns(columns: readonly Column[]): readonly Column[] {
  return columns.filter(({ name }) => name !== '_file' && name !== '_line')
}
