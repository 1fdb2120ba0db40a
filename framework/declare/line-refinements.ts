/** What a source's columns ask of the values in its lines beyond their types, as plain data, since lines are validated by Node and by Python. */
import type { Automaton } from '../pattern/automaton.ts'
import { readRegex } from '../pattern/regex.ts'
import type { Column } from './columns.ts'
import { type Refinement, refinementsOf } from './refinements.ts'

/** `expected` is what a reject's reason says was expected. Numbers are text, since JSON's are doubles. */
export type LineRefinement = { readonly expected: string } & (
  | { readonly kind: 'bound'; readonly operator: '>' | '>=' | '<' | '<='; readonly value: string }
  | { readonly kind: 'length'; readonly operator: '>=' | '<=' | '='; readonly value: string }
  | { readonly kind: 'multiple-of'; readonly value: string }
  | { readonly kind: 'pattern'; readonly pattern: Automaton }
  | { readonly kind: 'one-of'; readonly values: readonly string[] }
)

/** In the order of the declaration. A refinement that lines cannot be validated by is left out: see `unsupportedInLines`. */
export function lineRefinements(column: Column): readonly LineRefinement[] {
  return refinementsOf(column).refinements.flatMap((refinement) => lineRefinement(refinement) ?? [])
}

/** What the column asks for and lines cannot be validated by, in words; a project with such a source does not load. */
export function unsupportedInLines(column: Column): readonly string[] {
  return refinementsOf(column).refinements.flatMap((refinement) => {
    const isText = column.type.kind === 'text'
    if ((refinement.kind === 'length' || refinement.kind === 'pattern') && !isText)
      return [`a ${refinement.kind} of a ${column.type.kind}`]
    return refinement.kind === 'pattern' && !readRegex(refinement.source) ? [`/${refinement.source}/`] : []
  })
}

function lineRefinement(refinement: Refinement): LineRefinement | undefined {
  switch (refinement.kind) {
    case 'bound': {
      const { kind, operator, value } = refinement
      const words = value instanceof Date ? value.toISOString() : String(value)
      return { kind, operator, value: boundText(value), expected: `${operator} ${words}` }
    }
    case 'length': {
      const { kind, operator, value } = refinement
      return { kind, operator, value: String(value), expected: `a length ${operator} ${value}` }
    }
    case 'multiple-of':
      return { kind: 'multiple-of', value: String(refinement.value), expected: `a multiple of ${refinement.value}` }
    case 'pattern': {
      const pattern = readRegex(refinement.source)
      return pattern && { kind: 'pattern', pattern, expected: `text that matches /${refinement.source}/` }
    }
    case 'one-of':
      return { kind: 'one-of', values: refinement.values, expected: `one of ${refinement.values.join(', ')}` }
  }
}

/** Of a moment, its microseconds since the epoch. */
function boundText(value: number | bigint | Date): string {
  return value instanceof Date ? String(BigInt(value.getTime()) * 1000n) : String(value)
}
