/** Checks that a query returns the columns that its table declares. */
import { type Column, type ColumnType, typeName } from '../../declare/columns.ts'
import { isAssignable, isNested, type ScalarKind } from '../../expression/value-type.ts'
import type { Report } from '../problem.ts'
import type { ResolvedQuery } from '../resolved-asset.ts'

/**
 * Checks that the query returns exactly the declared columns, with types that can be assigned to
 * theirs.
 */
export function checkOutputs(columns: readonly Column[], { outputs }: ResolvedQuery, report: Report): void {
  const declared = new Map(columns.map((column) => [column.name, column]))
  const given = new Set<string>()
  for (const { name, type } of outputs) {
    const column = declared.get(name)
    if (!column)
      report(`its query returns ${name}, which is not declared`, `declare the column ${name}, or do not select it`)
    else if (given.has(name)) report(`its query returns ${name} twice`, 'select it once, or rename one of them')
    else if (!isAssignable(type, column.type)) {
      report(
        `its query returns ${name} as ${typeName(type)}, but it is declared ${typeName(column.type)}`,
        conversionTo(column.type),
      )
    }
    given.add(name)
  }
  const missing = columns.filter(({ name }) => !given.has(name)).map(({ name }) => name)
  if (missing.length > 0) report(`its query does not return ${missing.join(', ')}`, 'select every declared column')
}

function conversionTo(type: ColumnType): string {
  if (isNested(type)) return `build it with fn.${type.kind}(...), or declare its type`
  const kind = type.kind === 'decimal' ? `fn.toDecimal(x, ${type.precision}, ${type.scale})` : CONVERSIONS[type.kind]
  return `convert it with ${kind}, or declare its type`
}

const CONVERSIONS: Readonly<Record<ScalarKind, string>> = {
  text: 'fn.toText(x)',
  boolean: 'a comparison',
  int: 'fn.toInt(x)',
  bigint: 'fn.toBigint(x)',
  double: 'fn.toDouble(x)',
  decimal: 'fn.toDecimal(x, precision, scale)',
  date: 'fn.toDate(x)',
  timestamp: 'fn.timestampMillis(x)',
  binary: 'fn.toBinary(x)',
}
