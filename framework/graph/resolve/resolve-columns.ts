/** Resolves the columns of an asset, and reports mistakes in them. */
import { COLUMN_NAME, type Column, type ColumnSchemas, resolveColumn } from '../../declare/columns.ts'
import { refinementsOf } from '../../declare/refinements.ts'
import type { Report } from '../problem.ts'

export function resolveColumns(schemas: ColumnSchemas, report: Report): readonly Column[] {
  const columns: Column[] = []
  const seen = new Map<string, string>()
  for (const [name, schema] of Object.entries(schemas)) {
    const twin = seen.get(name.toLowerCase())
    if (twin !== undefined) {
      report(
        `the columns ${twin} and ${name} differ only in case`,
        'engines do not distinguish them: rename one of them',
      )
    }
    seen.set(name.toLowerCase(), name)
    if (!COLUMN_NAME.test(name)) {
      report(
        `${JSON.stringify(name)} cannot name a column`,
        'use letters, digits and underscores, no digit first, at most 100 characters',
      )
    }
    const column = resolveColumn(name, schema)
    if (column) columns.push(column)
    else report(`the column ${name} has no lake type`, 'declare it with text(), int(), bigint(), double(), ...')
  }
  if (columns.length === 0) report('it has no columns', 'declare at least one column')
  checkRefinements(columns, report)
  return columns
}

function checkRefinements(columns: readonly Column[], report: Report): void {
  for (const column of columns) {
    for (const check of refinementsOf(column).unsupported) {
      report(
        `the column ${column.name} has a refinement (${check}) that no engine can check`,
        'use min, max, length, regex without flags, multipleOf or oneOf(...), or an sqlCheck',
      )
    }
  }
}
