/** Represents values of rows for text and JSON without losing a digit. */

/**
 * A number of a type that a double cannot hold exactly: bigint, decimal and wider. Text shows its
 * digits. JSON holds even a small one as a string, so that a column has one JSON type.
 */
export class ExactDigits {
  readonly digits: string

  constructor(digits: string) {
    this.digits = digits
  }

  toString(): string {
    return this.digits
  }

  toJSON(): string {
    return this.digits
  }
}

export type PlainValue =
  | null
  | boolean
  | number
  | string
  | ExactDigits
  | readonly PlainValue[]
  | { readonly [name: string]: PlainValue }

/** The value as JSON on one line, except that exact digits have no quotes and -0 keeps its sign. */
export function valueText(value: unknown): string {
  if (value instanceof ExactDigits) return value.digits
  if (typeof value === 'number') return Object.is(value, -0) ? '-0' : String(value)
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null'
  if (Array.isArray(value)) return `[${value.map(valueText).join(',')}]`
  return `{${Object.entries(value)
    .map(([name, part]) => `${JSON.stringify(name)}:${valueText(part)}`)
    .join(',')}}`
}
