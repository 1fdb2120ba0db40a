/** Reads the refinements of a column out of its zod schema. */
import * as z from 'zod'
import type { Column } from './columns.ts'

/** A refinement as data, so that an engine can check it on every row. */
export type Refinement =
  | { readonly kind: 'bound'; readonly operator: '>' | '>=' | '<' | '<='; readonly value: number | bigint | Date }
  | { readonly kind: 'length'; readonly operator: '>=' | '<=' | '='; readonly value: number }
  | { readonly kind: 'pattern'; readonly source: string }
  | { readonly kind: 'multiple-of'; readonly value: number | bigint }
  | { readonly kind: 'one-of'; readonly values: readonly string[] }

export interface Refinements {
  readonly refinements: readonly Refinement[]
  /** zod's names for the refinements that no engine can check. */
  readonly unsupported: readonly string[]
}

const NONE: Refinements = { refinements: [], unsupported: [] }

/** Returns the refinements beyond the type. The type of a decimal already checks its format. */
export function refinementsOf(column: Column): Refinements {
  const { schema } = column
  if (schema instanceof z.ZodEnum) {
    return { refinements: [{ kind: 'one-of', values: schema.options.map(String) }], unsupported: [] }
  }
  const checks = (schema._zod.def.checks ?? []).slice(column.type.kind === 'decimal' ? 1 : 0)
  if (checks.length === 0) return NONE
  const refinements: Refinement[] = []
  const unsupported: string[] = []
  for (const check of checks) {
    const definition = check._zod.def
    const refinement = toRefinement(definition)
    if (refinement) refinements.push(refinement)
    else unsupported.push(definition.check)
  }
  return { refinements, unsupported }
}

/**
 * Describes what must hold, as text that follows the name of the column: `>= 0`, `is one of free,
 * paid`. Lakes store hashes of this text, so a change of it makes sources stale.
 */
export function refinementWords(refinement: Refinement): string {
  switch (refinement.kind) {
    case 'bound': {
      const { operator, value } = refinement
      return `${operator} ${value instanceof Date ? value.toISOString() : value}`
    }
    case 'length':
      return `length ${refinement.operator} ${refinement.value}`
    case 'pattern':
      return `matches /${refinement.source}/`
    case 'multiple-of':
      return `is a multiple of ${refinement.value}`
    case 'one-of':
      return `is one of ${refinement.values.join(', ')}`
  }
}

type CheckDefinition = z.core.$ZodCheckDef

function toRefinement(definition: CheckDefinition): Refinement | undefined {
  switch (definition.check) {
    case 'greater_than': {
      const { value, inclusive } = definition as z.core.$ZodCheckGreaterThanDef
      return { kind: 'bound', operator: inclusive ? '>=' : '>', value: value as number }
    }
    case 'less_than': {
      const { value, inclusive } = definition as z.core.$ZodCheckLessThanDef
      return { kind: 'bound', operator: inclusive ? '<=' : '<', value: value as number }
    }
    case 'multiple_of':
      return { kind: 'multiple-of', value: (definition as z.core.$ZodCheckMultipleOfDef).value }
    case 'min_length':
      return { kind: 'length', operator: '>=', value: (definition as z.core.$ZodCheckMinLengthDef).minimum }
    case 'max_length':
      return { kind: 'length', operator: '<=', value: (definition as z.core.$ZodCheckMaxLengthDef).maximum }
    case 'length_equals':
      return { kind: 'length', operator: '=', value: (definition as z.core.$ZodCheckLengthEqualsDef).length }
    case 'string_format': {
      const { pattern } = definition as z.core.$ZodCheckStringFormatDef
      return pattern && pattern.flags.replace('u', '') === '' ? { kind: 'pattern', source: pattern.source } : undefined
    }
    default:
      return undefined
  }
}
