/** Decodes the values of a Parquet file exactly, as the types of a table's columns. */
import type { ParquetParsers, SchemaElement, SchemaTree } from 'hyparquet'
import type { ColumnType } from '../../declare/columns.ts'
import type { ArrayType, MapType, StructType } from '../../expression/value-type.ts'
import type { StoredValue } from '../values.ts'

/** Thrown if the file is damaged, or has something that lake does not read. */
export class UnreadableParquet extends Error {
  override readonly name = 'UnreadableParquet'
}

// A byte order mark at the beginning of a text is a part of the text.
const utf8 = new TextDecoder('utf-8', { ignoreBOM: true })

const parsers: Partial<ParquetParsers> = {
  stringFromBytes: (bytes) => bytes && utf8.decode(bytes),
  // hyparquet decodes timestamps of 96 bits even if their meaning was removed from the schema.
  timestampFromNanoseconds: (nanos) => nanos,
}

/**
 * Options of hyparquet, which rounds decimals and timestamps unless it is kept from decoding them.
 */
export const RAW = { utf8: false, geoparquet: false, useOffsetIndex: false, parsers } as const

/**
 * The schema element without the meaning of its numbers, so that hyparquet returns them as they are
 * stored. The meaning of nested elements stays: hyparquet needs it to assemble lists.
 */
export function withoutMeaning({ converted_type, logical_type, ...element }: SchemaElement): SchemaElement {
  if (converted_type === 'UTF8' || logical_type?.type === 'STRING') return { ...element, converted_type: 'UTF8' }
  return converted_type === 'LIST' || logical_type?.type === 'LIST' ? { ...element, converted_type: 'LIST' } : element
}

/**
 * The name of a field while hyparquet reads it: hyparquet makes an object of each struct, in which
 * `__proto__` would not be a field.
 */
export const fieldNameOf = (name: string): string => (name.startsWith('_') ? `_${name}` : name)

/** Decodes a value that is not null. */
export type Decode = (raw: unknown) => StoredValue

/** A column, or a part of one. */
interface Decoded {
  /** In messages. */
  readonly name: string
  readonly type: ColumnType
}

/**
 * Decodes stored values of a column. Throws UnreadableParquet if the file has another type. `node`
 * has the names of `fieldNameOf`, and each element with its meaning.
 */
export function decoderFor(column: Decoded, node: SchemaTree | undefined): Decode {
  const { name, type } = column
  if (!node || node.element.repetition_type === 'REPEATED') throw unlike(column, node?.element)
  if (type.kind === 'array') return arrayDecoder({ name, type }, node)
  if (type.kind === 'struct') return structDecoder({ name, type }, node)
  if (type.kind === 'map') return mapDecoder({ name, type }, node)
  const { element } = node
  if (node.children.length > 0) throw unlike(column, element)
  const wrong = (): never => {
    throw unlike(column, element)
  }
  switch (type.kind) {
    case 'text':
      return (raw) => (typeof raw === 'string' ? raw : raw instanceof Uint8Array ? utf8.decode(raw) : wrong())
    case 'boolean':
      return (raw) => (typeof raw === 'boolean' ? raw : wrong())
    case 'int':
    case 'date':
      return (raw) => (typeof raw === 'number' && Number.isInteger(raw) ? raw : wrong())
    case 'double':
      return (raw) => (typeof raw === 'number' ? raw : wrong())
    case 'bigint':
      return (raw) => (typeof raw === 'bigint' ? raw : typeof raw === 'number' ? BigInt(raw) : wrong())
    case 'decimal': {
      const scale = scaleOf(element)
      return (raw) => rescaled(digitsOf(raw) ?? wrong(), { from: scale, to: type.scale, name })
    }
    case 'binary':
      return (raw) => (raw instanceof Uint8Array ? raw : wrong())
    case 'timestamp': {
      const toMicros = microsFrom(element) ?? wrong()
      return (raw) => (typeof raw === 'bigint' ? toMicros(raw) : wrong())
    }
  }
}

/** Parquet holds a list as a group with one repeated group, which has the element. */
function arrayDecoder(column: Decoded & { readonly type: ArrayType }, node: SchemaTree): Decode {
  const { name, type } = column
  const [repeated, second] = node.children
  const isList = repeated?.element.repetition_type === 'REPEATED' && repeated.children.length === 1 && !second
  if (!isList) throw unlike(column, node.element)
  const decode = decoderFor({ name: `${name}.element`, type: type.element }, repeated.children[0])
  return (raw) => {
    if (!Array.isArray(raw)) throw unlike(column, node.element)
    return raw.map((element) => decodedOrNull(element, decode))
  }
}

/** A field that an older file lacks is null. */
function structDecoder(column: Decoded & { readonly type: StructType }, node: SchemaTree): Decode {
  const { name, type } = column
  const isList = node.element.converted_type === 'LIST' || node.element.converted_type === 'MAP'
  if (node.children.length === 0 || isList) throw unlike(column, node.element)
  const fields = type.fields.map((field) => {
    const stored = fieldNameOf(field.name)
    const found = node.children.find((child) => child.element.name === stored)
    const decode = found && decoderFor({ name: `${name}.${field.name}`, type: field.type }, found)
    return { stored, decode }
  })
  return (raw) => {
    if (typeof raw !== 'object' || raw === null) throw unlike(column, node.element)
    const values = raw as Readonly<Record<string, unknown>>
    return fields.map(({ stored, decode }) => (decode ? decodedOrNull(values[stored], decode) : null))
  }
}

/**
 * Parquet holds a map as a group with one repeated group, which has the key and the value. Without
 * its meaning, hyparquet makes structs of these, which keep every key as it is.
 */
function mapDecoder(column: Decoded & { readonly type: MapType }, node: SchemaTree): Decode {
  const { name, type } = column
  const [repeated, second] = node.children
  const [key, value, third] = repeated?.children ?? []
  const isMap = repeated?.element.repetition_type === 'REPEATED' && !second && key && value && !third
  if (!isMap) throw unlike(column, node.element)
  const decodeKey = decoderFor({ name: `${name}.key`, type: type.key }, key)
  const decodeValue = decoderFor({ name: `${name}.value`, type: type.value }, value)
  return (raw) => {
    const entries = (raw as Readonly<Record<string, unknown>> | null)?.[repeated.element.name]
    if (!Array.isArray(entries)) throw unlike(column, node.element)
    return entries.map((entry: Readonly<Record<string, unknown>>) => [
      decodedOrNull(entry[key.element.name], decodeKey),
      decodedOrNull(entry[value.element.name], decodeValue),
    ])
  }
}

export const decodedOrNull = (raw: unknown, decode: Decode): StoredValue =>
  raw === null || raw === undefined ? null : decode(raw)

const unlike = ({ name, type }: Decoded, element: SchemaElement | undefined): UnreadableParquet => {
  const found = element?.logical_type?.type ?? element?.converted_type ?? element?.type ?? 'nothing'
  return new UnreadableParquet(`its column ${name} holds ${found}, where the log of the table says ${type.kind}`)
}

const scaleOf = ({ scale, logical_type }: SchemaElement): number =>
  scale ?? (logical_type?.type === 'DECIMAL' ? logical_type.scale : 0)

function digitsOf(raw: unknown): bigint | undefined {
  if (typeof raw === 'bigint') return raw
  if (typeof raw === 'number' && Number.isInteger(raw)) return BigInt(raw)
  if (!(raw instanceof Uint8Array) || raw.length === 0) return undefined
  const hex = Buffer.from(raw.buffer, raw.byteOffset, raw.byteLength).toString('hex')
  return BigInt.asIntN(raw.length * 8, BigInt(`0x${hex}`))
}

interface ScaleChange {
  readonly from: number
  readonly to: number
  readonly name: string
}

function rescaled(digits: bigint, { from, to, name }: ScaleChange): bigint {
  if (from === to) return digits
  if (from < to) return digits * 10n ** BigInt(to - from)
  const factor = 10n ** BigInt(from - to)
  if (digits % factor === 0n) return digits / factor
  throw new UnreadableParquet(`its column ${name} has more than ${to} digits after the point`)
}

/** Undefined if the column holds no timestamps. */
function microsFrom({ type, converted_type, logical_type }: SchemaElement): ((stored: bigint) => bigint) | undefined {
  if (type === 'INT96') return nanosToMicros
  const unit = logical_type?.type === 'TIMESTAMP' ? logical_type.unit : undefined
  if (unit === 'MICROS' || converted_type === 'TIMESTAMP_MICROS') return (micros) => micros
  if (unit === 'MILLIS' || converted_type === 'TIMESTAMP_MILLIS') return (millis) => millis * 1000n
  return unit === 'NANOS' ? nanosToMicros : undefined
}

/** Rounds down. */
const nanosToMicros = (nanos: bigint): bigint => (nanos - (((nanos % 1000n) + 1000n) % 1000n)) / 1000n
