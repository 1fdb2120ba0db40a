/** Decodes the values of a Parquet file exactly, as the types of a table's columns. */
import type { ParquetParsers, SchemaElement } from 'hyparquet'
import type { TableColumn } from '../../delta/schema.ts'
import type { Comparable } from '../values.ts'

/** The file is damaged, or has something that lake does not read. */
export class UnreadableParquet extends Error {
  override readonly name = 'UnreadableParquet'
}

// A byte order mark at the beginning of a text is a part of the text.
const utf8 = new TextDecoder('utf-8', { ignoreBOM: true })

const parsers: Partial<ParquetParsers> = {
  stringFromBytes: (bytes) => bytes && utf8.decode(bytes),
  // Timestamps with 96 bits have no meaning that could be taken away.
  timestampFromNanoseconds: (nanos) => nanos,
}

/**
 * Options of hyparquet, which rounds decimals and timestamps unless it is kept from decoding them.
 */
export const RAW = { utf8: false, geoparquet: false, useOffsetIndex: false, parsers } as const

/** The column without what its numbers mean, so that hyparquet gives them as they are stored. */
export function withoutMeaning({ converted_type, logical_type, ...element }: SchemaElement): SchemaElement {
  const isText = converted_type === 'UTF8' || logical_type?.type === 'STRING'
  return isText ? { ...element, converted_type: 'UTF8' } : element
}

export type Decode = (raw: unknown) => Comparable

/** Decodes stored values of a column. Throws UnreadableParquet if the file has another type. */
export function decoderFor(column: TableColumn, element: SchemaElement | undefined): Decode {
  const { name, type } = column
  if (!element || element.num_children || element.repetition_type === 'REPEATED') throw unlike(column, element)
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
    case 'timestamp': {
      const toMicros = microsFrom(element) ?? wrong()
      return (raw) => (typeof raw === 'bigint' ? toMicros(raw) : wrong())
    }
    case 'array':
    case 'struct':
    case 'map':
      // `refuseNested` has refused it.
      return wrong()
  }
}

const unlike = ({ name, type }: TableColumn, element: SchemaElement | undefined): UnreadableParquet => {
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

interface Rescaling {
  readonly from: number
  readonly to: number
  readonly name: string
}

function rescaled(digits: bigint, { from, to, name }: Rescaling): bigint {
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
