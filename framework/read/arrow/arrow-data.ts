/** Writes values of a column into the buffers that Arrow uses in memory. */
import type { Data, DataType } from 'apache-arrow'
import { LakeError } from '../../errors.ts'
import { entryType } from '../../expression/value-type.ts'
import { type ColumnPart, elementOf, fieldsOf, type StoredValue, UnexpectedNull } from '../values.ts'
import { type ArrowLibrary, arrowType } from './arrow-types.ts'

/** A value of a part, or undefined where the struct that has the part is null. */
type PartValue = StoredValue | undefined

const MAX_OFFSET = 0x7fffffff

/** Throws UnexpectedNull. */
export function arrowData(arrow: ArrowLibrary, part: ColumnPart, values: readonly PartValue[]): Data<DataType> {
  const { name, nullable } = part
  const type = arrowType(arrow, part.type)
  let nullCount = 0
  for (const value of values) {
    if (value === null && !nullable) throw new UnexpectedNull(name)
    if (value === null || value === undefined) nullCount++
  }
  // Inside a null struct, the values of parts that are not nullable count as valid, although they
  // have no meaning.
  if (!nullable) nullCount = 0
  const nulls = nullCount > 0 ? { nullBitmap: bits(values, (value) => value !== null && value !== undefined) } : {}
  return arrow.makeData({ type, length: values.length, nullCount, ...nulls, ...buffers(arrow, part, values) } as never)
}

function buffers(arrow: ArrowLibrary, { name, type }: ColumnPart, values: readonly PartValue[]): object {
  switch (type.kind) {
    case 'text':
      return bytesBuffers(
        name,
        values.map((value) => Buffer.from(typeof value === 'string' ? value : '')),
      )
    case 'binary':
      return bytesBuffers(
        name,
        values.map((value) => (value instanceof Uint8Array ? value : NO_BYTES)),
      )
    case 'boolean':
      return { data: bits(values, (value) => value === true) }
    case 'int':
    case 'date':
      return { data: Int32Array.from(values, (value) => Number(value ?? 0)) }
    case 'double':
      return { data: Float64Array.from(values, (value) => Number(value ?? 0)) }
    case 'bigint':
    case 'timestamp':
      return { data: BigInt64Array.from(values, wholeOf) }
    case 'decimal':
      return { data: decimals(values) }
    case 'array':
      return listBuffers(arrow, elementOf(name, type), values)
    case 'map':
      return listBuffers(arrow, { name: `${name}.entries`, type: entryType(type), nullable: false }, values)
    case 'struct': {
      const parts = fieldsOf(name, type)
      const fieldValues = (at: number) =>
        values.map((value) => (Array.isArray(value) ? ((value as readonly StoredValue[])[at] ?? null) : undefined))
      return { children: parts.map((part, at) => arrowData(arrow, part, fieldValues(at))) }
    }
  }
}

/** The buffers of a list with these elements, or of a map with these entries. */
function listBuffers(arrow: ArrowLibrary, element: ColumnPart, values: readonly PartValue[]): object {
  const lists = values.map((value) => (Array.isArray(value) ? (value as readonly StoredValue[]) : []))
  const valueOffsets = offsets(
    element.name,
    lists.map(({ length }) => length),
  )
  return { valueOffsets, child: arrowData(arrow, element, lists.flat()) }
}

const wholeOf = (value: PartValue): bigint => (typeof value === 'bigint' ? value : 0n)

function bits(values: readonly PartValue[], isSet: (value: PartValue) => boolean): Uint8Array {
  const bytes = new Uint8Array(Math.ceil(values.length / 8))
  for (const [at, value] of values.entries()) {
    if (isSet(value)) bytes[at >> 3] = (bytes[at >> 3] ?? 0) | (1 << (at & 7))
  }
  return bytes
}

/** 128 bits each, the lower half first. */
function decimals(values: readonly PartValue[]): Uint32Array {
  const halves = new BigInt64Array(values.length * 2)
  for (const [at, value] of values.entries()) {
    const digits = wholeOf(value)
    halves[at * 2] = BigInt.asIntN(64, digits)
    halves[at * 2 + 1] = digits >> 64n
  }
  return new Uint32Array(halves.buffer)
}

const NO_BYTES = new Uint8Array()

function bytesBuffers(name: string, values: readonly Uint8Array[]): object {
  const valueOffsets = offsets(
    name,
    values.map(({ length }) => length),
  )
  return { valueOffsets, data: Buffer.concat(values) }
}

/** Where each value begins, and where the last one ends. */
function offsets(name: string, lengths: readonly number[]): Int32Array {
  const found = new Int32Array(lengths.length + 1)
  let end = 0
  for (const [at, length] of lengths.entries()) {
    end += length
    if (end > MAX_OFFSET)
      throw new LakeError('usage', {
        problem: `The values of ${name} are too large for Arrow: more than 2 GiB in ${lengths.length} rows`,
        remedy: 'Read the rows with `rows()`, or select other columns.',
      })
    found[at + 1] = end
  }
  return found
}
