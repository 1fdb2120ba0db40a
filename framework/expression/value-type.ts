/** The types that values have in queries and tables, and which of them widen to which. */

/** A type of the lake. Each has one Delta type, one DuckDB type and one Spark type. */
export type ValueType =
  | { readonly kind: 'text' }
  | { readonly kind: 'boolean' }
  | { readonly kind: 'int' }
  | { readonly kind: 'bigint' }
  | { readonly kind: 'double' }
  | DecimalType
  | { readonly kind: 'date' }
  | { readonly kind: 'timestamp' }

export interface DecimalType {
  readonly kind: 'decimal'
  /** Digits in all, at most 38. */
  readonly precision: number
  /** Digits after the point. */
  readonly scale: number
}

export type TypeKind = ValueType['kind']

export const MAX_PRECISION = 38

/** The type as messages and documents write it: `decimal(10,2)`. */
export function typeName(type: ValueType): string {
  return type.kind === 'decimal' ? `decimal(${type.precision},${type.scale})` : type.kind
}

/** The type that a name means; undefined where it means none. */
export function typeNamed(name: string): ValueType | undefined {
  const [, precision, scale] = /^decimal\((\d+),\s*(\d+)\)$/.exec(name) ?? []
  if (precision !== undefined && scale !== undefined) return decimalType(Number(precision), Number(scale))
  return SIMPLE.get(name)
}

const SIMPLE: ReadonlyMap<string, ValueType> = new Map(
  (['text', 'boolean', 'int', 'bigint', 'double', 'date', 'timestamp'] as const).map((kind) => [kind, { kind }]),
)

export const TEXT: ValueType = { kind: 'text' }
export const BOOLEAN: ValueType = { kind: 'boolean' }
export const INT: ValueType = { kind: 'int' }
export const BIGINT: ValueType = { kind: 'bigint' }
export const DOUBLE: ValueType = { kind: 'double' }
export const DATE: ValueType = { kind: 'date' }
export const TIMESTAMP: ValueType = { kind: 'timestamp' }

export const decimalType = (precision: number, scale: number): DecimalType => ({ kind: 'decimal', precision, scale })

export const NUMERIC: readonly TypeKind[] = ['int', 'bigint', 'decimal', 'double']
export const INTEGERS: readonly TypeKind[] = ['int', 'bigint']
export const EVERY_KIND: readonly TypeKind[] = [...NUMERIC, 'text', 'boolean', 'date', 'timestamp']

export function isSameType(left: ValueType, right: ValueType): boolean {
  if (left.kind === 'decimal' && right.kind === 'decimal') {
    return left.precision === right.precision && left.scale === right.scale
  }
  return left.kind === right.kind
}

/**
 * The narrowest type that holds the values of both; undefined where there is none. A date is a timestamp at midnight, UTC. Where decimals
 * together have more digits than a decimal can have, those after the point are kept, and the query fails for a value that does not fit.
 */
export function commonType(left: ValueType, right: ValueType): ValueType | undefined {
  if (isSameType(left, right)) return left
  const [numeric, other] = [NUMERIC.includes(left.kind), NUMERIC.includes(right.kind)]
  if (numeric && other) return commonNumber(left, right)
  const kinds = [left.kind, right.kind]
  return kinds.includes('date') && kinds.includes('timestamp') ? TIMESTAMP : undefined
}

function commonNumber(left: ValueType, right: ValueType): ValueType | undefined {
  if (left.kind === 'double' || right.kind === 'double') return DOUBLE
  const [one, other] = [asDecimal(left), asDecimal(right)]
  if (left.kind === 'decimal' || right.kind === 'decimal') {
    const scale = Math.max(one.scale, other.scale)
    const precision = Math.max(one.precision - one.scale, other.precision - other.scale) + scale
    return decimalType(Math.min(MAX_PRECISION, precision), scale)
  }
  return BIGINT
}

/** The decimal type that holds an integer type's values. */
export function asDecimal(type: ValueType): DecimalType {
  if (type.kind === 'decimal') return type
  return type.kind === 'int' ? decimalType(10, 0) : decimalType(19, 0)
}

/**
 * Whether a column of type `to` takes values of type `from`: each value is kept as it is, or the run fails because it does not fit. A decimal with
 * more digits after the point would have to be rounded, so it is not taken.
 */
export function isAssignable(from: ValueType, to: ValueType): boolean {
  if (isSameType(from, to)) return true
  switch (to.kind) {
    case 'int':
      return from.kind === 'bigint'
    case 'bigint':
      return from.kind === 'int'
    case 'double':
      return from.kind === 'int'
    case 'decimal':
      return from.kind === 'decimal' ? from.scale <= to.scale : INTEGERS.includes(from.kind)
    case 'text':
    case 'boolean':
    case 'date':
    case 'timestamp':
      return false
  }
}
