/** Describes the types of the columns of a Parquet file. */
import type { SchemaElement } from 'hyparquet'

/**
 * The type of a value in a file. A `binary` value has bytes of any meaning. A column of type `null`
 * has no values. `other` is a type that no column can be read from.
 */
export type FileType =
  | { readonly kind: 'integer'; readonly bits: number; readonly isSigned: boolean }
  | { readonly kind: 'float' | 'double' | 'boolean' | 'text' | 'json' | 'binary' | 'uuid' | 'null' }
  /** `isOld`: dates before 1582-10-15 are in Spark's old calendar (see old-calendar.ts). */
  | { readonly kind: 'date'; readonly isOld?: boolean }
  | { readonly kind: 'decimal'; readonly precision: number; readonly scale: number }
  /**
   * `isMoment`: it is in UTC. Otherwise it is the local time of a clock in an unknown zone.
   * `isOld`: times before 1900 are in Spark's old calendar.
   */
  | { readonly kind: 'timestamp'; readonly isMoment: boolean; readonly isOld?: boolean }
  | { readonly kind: 'list'; readonly element: FileField }
  /** `isRenamed`: fields have other names in the file, or are left out. */
  | { readonly kind: 'struct'; readonly fields: readonly FileField[]; readonly isRenamed?: boolean }
  | { readonly kind: 'map'; readonly key: FileField; readonly value: FileField }
  | { readonly kind: 'other'; readonly words: string }

export interface FileField {
  readonly name: string
  readonly type: FileType
  /** Whether the file declares that it can be null. */
  readonly nullable: boolean
  /** The number by which a Delta table can identify it. */
  readonly id?: number
  /**
   * Its position among the fields of the file, from 0, if that differs from its position in this
   * list.
   */
  readonly at?: number
}

/** Engines have no decimals with more digits. */
const MAX_PRECISION = 38

/** The columns of a file. `schema` is the list of a footer, in which children follow parents. */
export function fileFields(schema: readonly SchemaElement[]): readonly FileField[] {
  return nodesOf(schema).children.map(fieldOf)
}

interface Node {
  readonly element: SchemaElement
  readonly children: readonly Node[]
}

function nodesOf(schema: readonly SchemaElement[]): Node {
  let at = 0
  const next = (): Node => {
    const element = schema[at++]
    if (!element) throw new Error('its schema ends early')
    const children = Array.from({ length: element.num_children ?? 0 }, next)
    return { element, children }
  }
  const root = next()
  if (at !== schema.length) throw new Error('its schema has a second root')
  return root
}

function fieldOf(node: Node): FileField {
  const { name, repetition_type: repetition, field_id: id } = node.element
  return {
    name,
    ...(id !== undefined && { id }),
    type: repetition === 'REPEATED' ? other('a repeated group without LIST') : typeOf(node),
    nullable: repetition !== 'REQUIRED',
  }
}

const other = (words: string): FileType => ({ kind: 'other', words })

function typeOf({ element, children }: Node): FileType {
  const { converted_type: converted, logical_type: logical } = element
  if (children.length === 0) return valueType(element)
  if (logical?.type === 'LIST' || converted === 'LIST') return listType(element, children)
  if (logical?.type === 'MAP' || converted === 'MAP' || converted === 'MAP_KEY_VALUE') return mapType(children)
  if (logical) return other(logical.type)
  return { kind: 'struct', fields: children.map(fieldOf) }
}

/** By the rules of the Parquet format for lists, older forms included. */
function listType({ name }: SchemaElement, children: readonly Node[]): FileType {
  const [repeated, ...more] = children
  if (repeated?.element.repetition_type !== 'REPEATED' || more.length > 0) return other('LIST')
  const [item, ...others] = repeated.children
  const isGroup = item !== undefined && others.length === 0
  const isElement = ['array', `${name}_tuple`].includes(repeated.element.name)
  if (isGroup && !isElement) return { kind: 'list', element: fieldOf(item) }
  return { kind: 'list', element: { name: repeated.element.name, type: typeOf(repeated), nullable: false } }
}

function mapType(children: readonly Node[]): FileType {
  const [key, value] = children[0]?.children ?? []
  return key && value ? { kind: 'map', key: fieldOf(key), value: fieldOf(value) } : other('MAP')
}

function valueType(element: SchemaElement): FileType {
  const { type = 'none', logical_type: logical, converted_type: converted } = element
  if (logical) return logicalType(element, logical) ?? other(logical.type)
  if (converted) return convertedType(element, converted) ?? other(converted)
  switch (type) {
    case 'INT32':
      return integer(32, true)
    case 'INT64':
      return integer(64, true)
    case 'INT96':
      return { kind: 'timestamp', isMoment: true }
    case 'BOOLEAN':
      return { kind: 'boolean' }
    case 'FLOAT':
      return { kind: 'float' }
    case 'DOUBLE':
      return { kind: 'double' }
    case 'BYTE_ARRAY':
    case 'FIXED_LEN_BYTE_ARRAY':
      return { kind: 'binary' }
    case 'none':
      return other('a group without columns')
  }
}

const integer = (bits: number, isSigned: boolean): FileType => ({ kind: 'integer', bits, isSigned })

function logicalType(
  element: SchemaElement,
  logical: NonNullable<SchemaElement['logical_type']>,
): FileType | undefined {
  switch (logical.type) {
    case 'STRING':
    case 'ENUM':
      return TEXT
    case 'JSON':
      return JSON_TEXT
    case 'NULL':
      return NULL
    case 'UUID':
      return UUID
    case 'DATE':
      return DATE
    case 'FLOAT16':
      return FLOAT
    case 'INTEGER':
      return integer(logical.bitWidth, logical.isSigned)
    case 'DECIMAL':
      return decimalType(logical)
    case 'TIMESTAMP':
      return { kind: 'timestamp', isMoment: logical.isAdjustedToUTC }
    default:
      return element.converted_type === undefined ? undefined : convertedType(element, element.converted_type)
  }
}

const TEXT = { kind: 'text' } as const
const JSON_TEXT = { kind: 'json' } as const
const NULL = { kind: 'null' } as const
const UUID = { kind: 'uuid' } as const
const DATE = { kind: 'date' } as const
const FLOAT = { kind: 'float' } as const

function convertedType(
  { precision = 0, scale = 0 }: SchemaElement,
  converted: NonNullable<SchemaElement['converted_type']>,
): FileType | undefined {
  switch (converted) {
    case 'UTF8':
    case 'ENUM':
      return TEXT
    case 'JSON':
      return JSON_TEXT
    case 'DATE':
      return DATE
    case 'DECIMAL':
      return decimalType({ precision, scale })
    case 'TIMESTAMP_MILLIS':
    case 'TIMESTAMP_MICROS':
      return { kind: 'timestamp', isMoment: true }
    default: {
      const [, sign, bits] = /^(U?)INT_(\d+)$/.exec(converted) ?? []
      return bits === undefined ? undefined : integer(Number(bits), sign === '')
    }
  }
}

/** DuckDB reads a decimal with more digits as a double, which rounds it. */
function decimalType({ precision, scale }: { readonly precision: number; readonly scale: number }): FileType {
  return precision <= MAX_PRECISION ? { kind: 'decimal', precision, scale } : other(`decimal(${precision},${scale})`)
}

/** The first type within the type that cannot be written as JSON. */
export function withoutJson(type: FileType): FileType | undefined {
  switch (type.kind) {
    case 'binary':
    case 'other':
      return type
    case 'list':
      return withoutJson(type.element.type)
    case 'struct':
      if (type.isRenamed) return type
      return type.fields.map((field) => withoutJson(field.type)).find((found) => found !== undefined)
    case 'map':
      return withoutJson(type.key.type) ?? withoutJson(type.value.type)
    default:
      return undefined
  }
}

/** The type as reasons name it. */
export function fileTypeName(type: FileType): string {
  switch (type.kind) {
    case 'integer':
      return `${type.isSigned ? '' : 'unsigned '}integers of ${type.bits} bits`
    case 'decimal':
      return `decimal(${type.precision},${type.scale})`
    case 'timestamp':
      return type.isMoment ? 'timestamps' : 'timestamps without a zone'
    case 'list':
      return `lists of ${fileTypeName(type.element.type)}`
    case 'struct': {
      const renamed = type.isRenamed ? ', which have another name in the file' : ''
      return `structs of ${type.fields.map(({ name }) => name).join(', ')}${renamed}`
    }
    case 'map':
      return `maps from ${fileTypeName(type.key.type)} to ${fileTypeName(type.value.type)}`
    case 'other':
      return type.words
    default:
      return NAMES[type.kind]
  }
}

const NAMES = {
  float: 'numbers of 32 bits',
  double: 'numbers of 64 bits',
  boolean: 'booleans',
  date: 'dates',
  text: 'text',
  json: 'JSON',
  binary: 'binary values',
  uuid: 'UUIDs',
  null: 'nothing but nulls',
} as const
