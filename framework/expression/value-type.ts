/** Defines the types of values in queries and tables, and which types widen to which. */

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
  | { readonly kind: 'binary' }
  | ArrayType
  | StructType
  | MapType

export interface DecimalType {
  readonly kind: 'decimal'
  /** Maximum number of digits in all, up to 38. */
  readonly precision: number
  /** Number of digits after the point. */
  readonly scale: number
}

/** An ordered list of values of one type. */
export interface ArrayType {
  readonly kind: 'array'
  readonly element: ValueType
  /** Whether elements can be null. */
  readonly nullable: boolean
}

/** Named values of different types. */
export interface StructType {
  readonly kind: 'struct'
  readonly fields: readonly StructField[]
}

export interface StructField {
  readonly name: string
  readonly type: ValueType
  readonly nullable: boolean
}

/** Kinds of a map's keys: types whose values engines write, order and distinguish alike. */
export type KeyKind = 'text' | 'int' | 'bigint' | 'date'

/**
 * A value for each of some keys. No key is null or comes twice. The entries are in the order of
 * their keys, so that maps with the same entries are the same value.
 */
export interface MapType {
  readonly kind: 'map'
  readonly key: { readonly kind: KeyKind }
  readonly value: ValueType
  /** Whether values can be null. */
  readonly nullable: boolean
}

/** A type whose values consist of other values. */
export type NestedType = ArrayType | StructType | MapType

export type TypeKind = ValueType['kind']

export type NestedKind = NestedType['kind']

/** Kinds of types with no parts that are types. */
export type ScalarKind = Exclude<TypeKind, NestedKind>

export const MAX_PRECISION = 38

/** The type's name in messages and documents, such as `decimal(10,2)`. */
export function typeName(type: ValueType): string {
  switch (type.kind) {
    case 'decimal':
      return `decimal(${type.precision},${type.scale})`
    case 'array':
      return `array(${typeName(type.element)}${type.nullable ? ' null' : ''})`
    case 'struct':
      return `struct(${type.fields.map((field) => `${field.name} ${typeName(field.type)}${field.nullable ? ' null' : ''}`).join(', ')})`
    case 'map':
      return `map(${type.key.kind}, ${typeName(type.value)}${type.nullable ? ' null' : ''})`
    default:
      return type.kind
  }
}

/** The scalar type of a name; undefined if no type has it. */
export function typeNamed(name: string): ValueType | undefined {
  const [, precision, scale] = /^decimal\((\d+),\s*(\d+)\)$/.exec(name) ?? []
  if (precision !== undefined && scale !== undefined) return decimalType(Number(precision), Number(scale))
  return SIMPLE.get(name)
}

const SIMPLE: ReadonlyMap<string, ValueType> = new Map(
  (['text', 'boolean', 'int', 'bigint', 'double', 'date', 'timestamp', 'binary'] as const).map((kind) => [
    kind,
    { kind },
  ]),
)

export const TEXT: ValueType = { kind: 'text' }
export const BOOLEAN: ValueType = { kind: 'boolean' }
export const INT: ValueType = { kind: 'int' }
export const BIGINT: ValueType = { kind: 'bigint' }
export const DOUBLE: ValueType = { kind: 'double' }
export const DATE: ValueType = { kind: 'date' }
export const TIMESTAMP: ValueType = { kind: 'timestamp' }
export const BINARY: ValueType = { kind: 'binary' }

export const decimalType = (precision: number, scale: number): DecimalType => ({ kind: 'decimal', precision, scale })

export const NUMERIC: readonly TypeKind[] = ['int', 'bigint', 'decimal', 'double']
export const INTEGERS: readonly TypeKind[] = ['int', 'bigint']
/** Kinds of scalars. Values of these compare. */
export const EVERY_KIND: readonly TypeKind[] = [...NUMERIC, 'text', 'boolean', 'date', 'timestamp', 'binary']
const NESTED_KINDS: readonly TypeKind[] = ['array', 'struct', 'map']
export const KEY_KINDS: readonly KeyKind[] = ['text', 'int', 'bigint', 'date']
export const ANY_KIND: readonly TypeKind[] = [...EVERY_KIND, ...NESTED_KINDS]

/** The allowed names of a struct's fields. */
export const FIELD_NAME = /^[\p{L}_][\p{L}\p{N}_]{0,99}$/u

/** The type of a map's entries, which are structs. */
export const entryType = ({ key, value, nullable }: MapType): StructType => ({
  kind: 'struct',
  fields: [
    { name: 'key', type: key, nullable: false },
    { name: 'value', type: value, nullable },
  ],
})

export const isKey = (type: ValueType): type is MapType['key'] => (KEY_KINDS as readonly TypeKind[]).includes(type.kind)

/** `a map` */
export const nestedName = ({ kind }: NestedType): string => `${kind === 'array' ? 'an' : 'a'} ${kind}`

export const arrayOf = (element: ValueType, nullable: boolean): ArrayType => ({ kind: 'array', element, nullable })

export const isNested = (type: ValueType): type is NestedType => NESTED_KINDS.includes(type.kind)

/** Whether values of the two types are stored alike. Parts can be null in one of them only. */
export function isSameType(left: ValueType, right: ValueType): boolean {
  if (left.kind === 'array' && right.kind === 'array') return isSameType(left.element, right.element)
  if (left.kind === 'struct' && right.kind === 'struct') {
    return (
      left.fields.length === right.fields.length &&
      left.fields.every(({ name, type }, index) => {
        const other = right.fields[index]
        return other !== undefined && other.name === name && isSameType(type, other.type)
      })
    )
  }
  if (left.kind === 'map' && right.kind === 'map') {
    return left.key.kind === right.key.kind && isSameType(left.value, right.value)
  }
  if (left.kind === 'decimal' && right.kind === 'decimal') {
    return left.precision === right.precision && left.scale === right.scale
  }
  return left.kind === right.kind
}

/**
 * The narrowest type that holds the values of both; undefined if there is none. A date becomes the
 * timestamp of its midnight, UTC. The common type of decimals has all digits after the point of
 * both. It has at most 38 digits in all, so that the query fails for a value with too many digits
 * before the point.
 */
export function commonType(left: ValueType, right: ValueType): ValueType | undefined {
  if (isSameType(left, right)) return nullableIn(left, right)
  const [numeric, other] = [NUMERIC.includes(left.kind), NUMERIC.includes(right.kind)]
  if (numeric && other) return commonNumber(left, right)
  const kinds = [left.kind, right.kind]
  return kinds.includes('date') && kinds.includes('timestamp') ? TIMESTAMP : undefined
}

/**
 * The first of two types that hold the same values. A part can be null if it can be null in either
 * type.
 */
function nullableIn(left: ValueType, right: ValueType): ValueType {
  if (left.kind === 'array' && right.kind === 'array') {
    return arrayOf(nullableIn(left.element, right.element), left.nullable || right.nullable)
  }
  if (left.kind === 'map' && right.kind === 'map') {
    return { ...left, value: nullableIn(left.value, right.value), nullable: left.nullable || right.nullable }
  }
  if (left.kind !== 'struct' || right.kind !== 'struct') return left
  const fields = left.fields.map((field, index): StructField => {
    const other = right.fields[index] ?? field
    return { name: field.name, type: nullableIn(field.type, other.type), nullable: field.nullable || other.nullable }
  })
  return { kind: 'struct', fields }
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

/** The decimal type that holds all values of an integer type; a decimal type unchanged. */
export function asDecimal(type: ValueType): DecimalType {
  if (type.kind === 'decimal') return type
  return type.kind === 'int' ? decimalType(10, 0) : decimalType(19, 0)
}

/**
 * Whether a column of type `to` takes values of type `from`: each value is stored unchanged, or the
 * run fails because it does not fit. A decimal with more digits after the point is refused, because
 * it would have to be rounded.
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
    case 'binary':
    case 'array':
    case 'struct':
    case 'map':
      return false
  }
}
