/** Chooses a column's type from the common properties of its values. */
import type { ColumnType } from '../declare/columns.ts'
import type { ValueFormat } from '../declare/reading/value-format.ts'
import type { NotedNumbers, NotedValues } from './value-notes.ts'

/** Integers above this are declared as bigint, because later values can be greater. */
const MAX_INT = 100_000_000
export const MAX_DIGITS = 38
/** Number of additional digits before the point in a declared decimal. */
export const SPARE_DIGITS = 4

/** How a column is declared. */
export interface InferredType {
  readonly type: ColumnType
  readonly format?: ValueFormat
}

const JSON_TEXT: InferredType = { type: { kind: 'text' }, format: { kind: 'json' } }

/** Doubles with NaN and infinities. */
export const ANY_DOUBLE: InferredType = { type: { kind: 'double' }, format: { kind: 'special-numbers' } }

/** A declaration that holds every value exactly. */
export function inferType(values: NotedValues): InferredType {
  if (values.nested > 0) return JSON_TEXT
  if (values.isSpecialNumber && values.strings > 0 && values.number?.inexact !== true) return ANY_DOUBLE
  const type = simpleType(values)
  if (!type) return JSON_TEXT
  const isTime = type.kind === 'text' && values.isLocalTime && values.strings > 0
  return isTime ? { type: { kind: 'timestamp' }, format: { kind: 'time', time: { zone: 'UTC' } } } : { type }
}

function simpleType(values: NotedValues): ColumnType | undefined {
  const holds = (kind: NotedValues['holds'][number]) => values.holds.includes(kind)
  if (values.number && holds('double')) return numberType(values, values.number)
  for (const kind of ['boolean', 'date', 'timestamp'] as const) if (holds(kind) && !holds('int')) return { kind }
  return holds('text') ? { kind: 'text' } : undefined
}

function numberType({ holds }: NotedValues, number: NotedNumbers): ColumnType {
  const { digits, inexact, least, greatest } = number
  if (holds.includes('int') && Math.max(-least, greatest) <= MAX_INT) return { kind: 'int' }
  if (holds.includes('bigint')) return { kind: 'bigint' }
  if (!inexact) return { kind: 'double' }
  const precision = Math.min(MAX_DIGITS, digits.before + digits.after + SPARE_DIGITS)
  // Text keeps a number as it is written.
  return digits.before + digits.after <= MAX_DIGITS
    ? { kind: 'decimal', precision, scale: digits.after }
    : { kind: 'text' }
}
