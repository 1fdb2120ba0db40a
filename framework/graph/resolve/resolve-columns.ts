/** Resolves the columns of an asset, and reports mistakes in them. */
import { COLUMN_NAME, type Column, type ColumnSchemas, partColumns, resolveColumn } from '../../declare/columns.ts'
import { refinementsOf } from '../../declare/refinements.ts'
import { FIELD_NAME, isNested } from '../../expression/value-type.ts'
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
    if (column) {
      columns.push(column)
      checkParts(name, column, report)
    } else report(`the column ${name} has no lake type`, 'declare it with text(), int(), bigint(), double(), ...')
  }
  if (columns.length === 0) report('it has no columns', 'declare at least one column')
  checkRefinements(columns, report)
  return columns
}

/** Reports mistakes in a nested column and its parts. */
function checkParts(column: string, whole: Column, report: Report): void {
  if (!isNested(whole.type)) return
  const parts = partColumns(whole)
  if (whole.type.kind === 'struct') checkFields(column, parts, report)
  const isRefined = (part: Column) => {
    const { refinements, unsupported } = refinementsOf(part)
    return refinements.length + unsupported.length > 0
  }
  if (isRefined(whole) || parts.some((part) => part.emptyIsNull || (!isNested(part.type) && isRefined(part)))) {
    report(
      `the column ${column} has a refinement of an array or of parts, which lake does not check`,
      'drop it, and check the rows of a table with sqlCheck(...)',
    )
  }
  if (parts.some(({ place, unreadablePlace, format }) => place ?? unreadablePlace ?? format?.kind === 'json')) {
    report(
      `the column ${column} has a part that is JSON or that has a from or fromPath, which only a whole column can have`,
      'drop from, fromPath and json() inside arrays, structs and maps',
    )
  }
  for (const part of parts) checkParts(column, part, report)
}

function checkFields(column: string, fields: readonly Column[], report: Report): void {
  if (fields.length === 0) report(`the struct ${column} has no fields`, 'declare at least one field')
  const seen = new Map<string, string>()
  for (const { name } of fields) {
    const twin = seen.get(name.toLowerCase())
    if (twin !== undefined)
      report(`the fields ${twin} and ${name} of ${column} differ only in case`, 'rename one of them')
    seen.set(name.toLowerCase(), name)
    if (!FIELD_NAME.test(name)) {
      report(
        `${JSON.stringify(name)} cannot name a field of ${column}`,
        'use letters, digits and underscores, no digit first, at most 100 characters',
      )
    }
  }
}

function checkRefinements(columns: readonly Column[], report: Report): void {
  for (const column of columns) {
    if (isNested(column.type)) continue
    for (const check of refinementsOf(column).unsupported) {
      report(
        `the column ${column.name} has a refinement (${check}) that no engine can check`,
        'use min, max, length, regex without flags, multipleOf or oneOf(...), or an sqlCheck',
      )
    }
  }
}
