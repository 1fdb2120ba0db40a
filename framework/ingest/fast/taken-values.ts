/** Describes to the scanner which values it takes for a column. */
import type { ColumnType } from '../../declare/columns.ts'
import type { LineRefinement } from '../../declare/line-refinements.ts'
import {
  TAKES_BOOLEAN,
  TAKES_DATE,
  TAKES_DECIMAL,
  TAKES_DOUBLE,
  TAKES_INTEGER,
  TAKES_NOTHING,
  TAKES_SOME_TEXT,
  TAKES_TEXT,
  TAKES_TIMESTAMP,
} from '../../scanner/protocol.ts'
import type { LineColumn, ValueRules } from '../lines/line-columns.ts'
import type { ScannerFunctions } from './scanner.ts'

/** The values that the scanner takes. */
export interface TakenValues {
  readonly kind: number
  /** Maximum number of digits of an integer, or the precision of a decimal. */
  readonly digits?: number
  readonly scale?: number
  readonly bounds?: { readonly min: number; readonly max: number }
}

export const NO_VALUES: TakenValues = { kind: TAKES_NOTHING }

// Maximum number of digits at which every value is in the type's range.
const INT_DIGITS = 9
const BIGINT_DIGITS = 18
/** Maximum number of digits at which a double holds every integer exactly. */
const EXACT_DIGITS = 15

/** The values of a type as JSON, or as delimited text with a decimal point. */
export function valuesOf(type: ColumnType): TakenValues {
  switch (type.kind) {
    case 'text':
      return { kind: TAKES_TEXT }
    case 'int':
      return { kind: TAKES_INTEGER, digits: INT_DIGITS }
    case 'bigint':
      return { kind: TAKES_INTEGER, digits: BIGINT_DIGITS }
    case 'double':
      return { kind: TAKES_DOUBLE }
    case 'boolean':
      return { kind: TAKES_BOOLEAN }
    case 'decimal':
      return { kind: TAKES_DECIMAL, digits: type.precision, scale: type.scale }
    case 'date':
      return { kind: TAKES_DATE }
    case 'timestamp':
      return { kind: TAKES_TIMESTAMP }
    case 'binary':
    case 'array':
    case 'struct':
    case 'map':
      return NO_VALUES
  }
}

/** The values that a column takes from a line of JSON. */
export function jsonValues(column: LineColumn): TakenValues {
  const { type, format, nullable, emptyIsNull, refinements } = column
  if (format && format.kind !== 'special-numbers') return NO_VALUES
  if (refinements.length > 0) return boundedValues(column)
  // The engine reads an empty text of such a column as null.
  return emptyIsNull && !nullable ? { kind: TAKES_SOME_TEXT } : valuesOf(type)
}

/** Takes only integers with bounds. Other refinements are left to the slow path. */
function boundedValues({ type, refinements }: ValueRules): TakenValues {
  const bounds = boundsOf(refinements)
  if (!bounds) return NO_VALUES
  if (type.kind === 'int') return { kind: TAKES_INTEGER, digits: INT_DIGITS, bounds }
  return type.kind === 'bigint' ? { kind: TAKES_INTEGER, digits: EXACT_DIGITS, bounds } : NO_VALUES
}

function boundsOf(refinements: readonly LineRefinement[]): TakenValues['bounds'] {
  let [min, max] = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY]
  for (const refinement of refinements) {
    if (refinement.kind !== 'bound') return undefined
    const { operator } = refinement
    const value = Number(refinement.value)
    // An integer greater than 4.5 is 5 or more. A double can round a long bound, but values have
    // too few digits for that to matter.
    if (operator === '>=') min = Math.max(min, Math.ceil(value))
    else if (operator === '>') min = Math.max(min, Math.floor(value) + 1)
    else if (operator === '<=') max = Math.min(max, Math.floor(value))
    else max = Math.min(max, Math.ceil(value) - 1)
  }
  return { min, max }
}

/** Tells the scanner which values it takes for the key or the field at `address`. */
export function describeValues(
  scanner: ScannerFunctions,
  address: number,
  { values, nullable }: { readonly values: TakenValues; readonly nullable: boolean },
): void {
  const { kind, digits, scale = 0, bounds } = values
  scanner.takes(address, kind, Number(nullable))
  if (digits !== undefined) scanner.takesDigits(address, digits, scale)
  if (bounds) scanner.takesBounds(address, bounds.min, bounds.max)
}
