import type { Column } from '../../declare/columns.ts'
import { type Refinement, refinementsOf, refinementWords } from '../../declare/refinements.ts'
import type { ResolvedTable } from '../../graph/resolved-asset.ts'
import { identifier, textLiteral } from './sql.ts'

/** A predicate over one row. Rows for which it is not true offend. */
export interface RowCheck {
  readonly name: string
  readonly severity: 'error' | 'warn'
  readonly predicate: string
}

/** All that must hold for each row of the table by itself. */
export function rowChecks({ columns, declared, partitionBy }: ResolvedTable): readonly RowCheck[] {
  return [
    ...columns.flatMap((column) => columnChecks(column, partitionBy)),
    ...declared.checks.flatMap((check) => {
      if (check.kind !== 'sql') return []
      return [{ name: check.name, severity: check.severity, predicate: `(${check.predicate})` }]
    }),
  ]
}

function columnChecks(column: Column, partitionBy: readonly string[]): readonly RowCheck[] {
  const name = identifier(column.name)
  const checks: RowCheck[] = []
  const error = (check: string, predicate: string) => checks.push({ name: check, severity: 'error', predicate })
  if (!column.nullable) error(`${column.name} is not null`, `${name} IS NOT NULL`)
  // Delta writes the partition value null as '', so '' itself has no way to be written.
  if (column.type.kind === 'text' && partitionBy.includes(column.name)) {
    error(`${column.name}, a partition, is not empty`, `(${name} IS NULL OR ${name} <> '')`)
  }
  for (const refinement of refinementsOf(column).refinements) {
    error(
      `${column.name} ${refinementWords(refinement)}`,
      `(${name} IS NULL OR ${refinementCondition(name, refinement)})`,
    )
  }
  return checks
}

function refinementCondition(name: string, refinement: Refinement): string {
  switch (refinement.kind) {
    case 'bound': {
      const { operator, value } = refinement
      return `${name} ${operator} ${value instanceof Date ? timestamp(value) : value}`
    }
    case 'length':
      return `length(${name}) ${refinement.operator} ${refinement.value}`
    case 'pattern':
      return `regexp_matches(${name}, ${textLiteral(refinement.source)})`
    case 'multiple-of':
      return `${name} % ${refinement.value} = 0`
    case 'one-of':
      return `${name} IN (${refinement.values.map(textLiteral).join(', ')})`
  }
}

const timestamp = (value: Date) => `TIMESTAMPTZ '${value.toISOString()}'`
