import type { Column } from '../../declare/columns.ts'
import { type Refinement, refinementsOf } from '../../declare/refinements.ts'
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
    const { words, condition } = describe(name, refinement)
    error(`${column.name} ${words}`, `(${name} IS NULL OR ${condition})`)
  }
  return checks
}

function describe(name: string, refinement: Refinement): { readonly words: string; readonly condition: string } {
  switch (refinement.kind) {
    case 'bound': {
      const { operator, value } = refinement
      const [words, literal] = value instanceof Date ? [value.toISOString(), timestamp(value)] : [value, value]
      return { words: `${operator} ${words}`, condition: `${name} ${operator} ${literal}` }
    }
    case 'length': {
      const { operator, value } = refinement
      return { words: `length ${operator} ${value}`, condition: `length(${name}) ${operator} ${value}` }
    }
    case 'pattern':
      return {
        words: `matches /${refinement.source}/`,
        condition: `regexp_matches(${name}, ${textLiteral(refinement.source)})`,
      }
    case 'multiple-of':
      return { words: `is a multiple of ${refinement.value}`, condition: `${name} % ${refinement.value} = 0` }
    case 'one-of': {
      const values = refinement.values.map(textLiteral).join(', ')
      return { words: `is one of ${refinement.values.join(', ')}`, condition: `${name} IN (${values})` }
    }
  }
}

const timestamp = (value: Date) => `TIMESTAMPTZ '${value.toISOString()}'`
