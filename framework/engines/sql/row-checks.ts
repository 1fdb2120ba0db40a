/** Makes SQL predicates of the checks of single rows. */
import type { Column } from '../../declare/columns.ts'
import { type Refinement, refinementsOf, refinementWords } from '../../declare/refinements.ts'
import type { SqlDialect } from '../../expression/dialect.ts'
import { partsPresentSql } from '../../expression/functions/nested/nested-sql.ts'
import type { ResolvedTable } from '../../graph/resolved-asset.ts'

/** A predicate over one row. Rows for which it is not true violate the check. */
export interface RowCheck {
  readonly name: string
  readonly severity: 'error' | 'warn'
  readonly predicate: string
}

/** The parts of a check that engines write differently. */
export interface CheckDialect extends Pick<SqlDialect, 'name' | 'text' | 'timestamp'> {
  identifier(name: string): string
  /**
   * Whether a part of the text matches the regular expression, in JavaScript's syntax and RE2's
   * meaning.
   */
  matches(text: string, source: string): string
}

/** The not-null, refinement and SQL checks of the table. */
export function rowChecksIn(
  { columns, declared, partitionBy }: ResolvedTable,
  dialect: CheckDialect,
): readonly RowCheck[] {
  return [
    ...columns.flatMap((column) => columnChecks(column, partitionBy, dialect)),
    ...declared.checks.flatMap((check) => {
      if (check.kind !== 'sql') return []
      return [{ name: check.name, severity: check.severity, predicate: `(${check.predicate})` }]
    }),
  ]
}

function columnChecks(column: Column, partitionBy: readonly string[], dialect: CheckDialect): readonly RowCheck[] {
  const name = dialect.identifier(column.name)
  const checks: RowCheck[] = []
  const error = (check: string, predicate: string) => checks.push({ name: check, severity: 'error', predicate })
  if (!column.nullable) error(`${column.name} is not null`, `${name} IS NOT NULL`)
  const present = partsPresentSql(name, column.type, dialect.name)
  if (present !== undefined) error(`${column.name} has no null in it that cannot be`, `(${name} IS NULL OR ${present})`)
  // Delta writes the partition value null as '', so it cannot write '' itself.
  if (column.type.kind === 'text' && partitionBy.includes(column.name)) {
    error(`${column.name}, a partition, is not empty`, `(${name} IS NULL OR ${name} <> '')`)
  }
  for (const refinement of refinementsOf(column).refinements) {
    error(
      `${column.name} ${refinementWords(refinement)}`,
      `(${name} IS NULL OR ${refinementCondition(name, refinement, dialect)})`,
    )
  }
  return checks
}

/** Whether the value, which is not null, fulfils the refinement. */
export function refinementCondition(name: string, refinement: Refinement, dialect: CheckDialect): string {
  switch (refinement.kind) {
    case 'bound': {
      const { operator, value } = refinement
      return `${name} ${operator} ${value instanceof Date ? dialect.timestamp(value.toISOString()) : value}`
    }
    case 'length':
      return `length(${name}) ${refinement.operator} ${refinement.value}`
    case 'pattern':
      return dialect.matches(name, refinement.source)
    case 'multiple-of':
      return `${name} % ${refinement.value} = 0`
    case 'one-of':
      return `${name} IN (${refinement.values.map(dialect.text).join(', ')})`
  }
}
