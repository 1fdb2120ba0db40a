/** Types the texts of a record, and writes them as the JSON members of a row. */
import { Buffer } from 'node:buffer'
import type { TextValues } from '../../declare/format/file-format.ts'
import { fastDateEnd, fastDecimalEnd, fastTimestampEnd, type ValueEnd } from '../lines/fast/fast-text-values.ts'
import { fastIntegerEnd, fastNumberEnd, fastWordEnd, ORDINARY } from '../lines/fast/fast-tokens.ts'
import type { LineColumn } from '../lines/line-columns.ts'
import type { ValueParser } from '../lines/parse-value.ts'
import { columnParser } from '../lines/value-refinements.ts'
import { FIELD, type RecordFields } from './record-sink.ts'
import { jsonOfText } from './text-value.ts'

/**
 * The fields that the fast path takes: text without characters that JSON escapes, or a value that
 * ends at the end of its field. `isText`: the value is text in JSON.
 */
export type FastField = 'text' | { readonly isText: boolean; readonly valueEnd: ValueEnd }

const NOT_FAST = -1
const QUOTE = 0x22
const CLOSE_BRACE = 0x7d
const FIRST_ROW_BYTES = 64 * 1024
/**
 * Maximum number of bytes that one byte of a field needs in JSON (`\u0000`), and room for quotes.
 */
const GROWTH = 6
const ROOM = 64

interface TextColumn {
  readonly column: LineColumn
  readonly member: Buffer
  readonly fast: FastField | undefined
  readonly read: ValueParser
  /** Its index among the fields; undefined if no field has its name. */
  index: number | undefined
}

/** Makes one row after another. `row` contains the last one, up to `end`. */
export class TextRows {
  row = Buffer.allocUnsafe(FIRST_ROW_BYTES)
  end = 0
  readonly #columns: readonly TextColumn[]
  readonly #values: TextValues
  readonly #nullLengths: ReadonlySet<number>
  /** Maximum size of the parts of a row that do not come from the record. */
  readonly #memberBytes: number

  constructor(columns: readonly LineColumn[], values: TextValues) {
    this.#values = values
    this.#nullLengths = new Set(values.nullTexts.map((text) => Buffer.byteLength(text)))
    this.#columns = columns.map((column, place) => ({
      column,
      member: Buffer.from(`${place === 0 ? '' : ','}${JSON.stringify(column.packed)}:`),
      fast: fastField(column, values),
      read: columnParser(column),
      index: undefined,
    }))
    this.#memberBytes = this.#columns.reduce((sum, { member }) => sum + member.length + ROOM, 0)
  }

  nameFields(names: readonly string[]): void {
    for (const one of this.#columns) {
      const index = names.indexOf(one.column.keys[0] ?? '')
      one.index = index < 0 ? undefined : index
    }
  }

  /** Writes the row. Returns why the fields are no row; undefined if they are one. */
  write(fields: RecordFields, recordBytes: number): string | undefined {
    this.#reserve(recordBytes)
    let at = 0
    for (const column of this.#columns) {
      at = put(this.row, at, column.member)
      const { index, fast } = column
      const next = index !== undefined && fast ? this.#fastEnd(fields, index, { fast, at }) : NOT_FAST
      if (next !== NOT_FAST) at = next
      else {
        const value = this.#slowValue(fields, column)
        if ('wrong' in value) return value.wrong
        at += this.row.write(value.json, at)
      }
    }
    this.row[at] = CLOSE_BRACE
    this.end = at + 1
    return undefined
  }

  #reserve(recordBytes: number): void {
    const needed = GROWTH * recordBytes + this.#memberBytes
    if (this.row.length < needed) this.row = Buffer.allocUnsafe(2 * needed)
  }

  /** Copies the field to the row at `at`, and returns its end. NOT_FAST: the slow path decides. */
  #fastEnd(
    fields: RecordFields,
    index: number,
    { fast, at }: { readonly fast: FastField; readonly at: number },
  ): number {
    const start = fields.starts[index] as number
    const end = fields.ends[index] as number
    if (fields.kinds[index] === FIELD.other || this.#nullLengths.has(end - start) || end === start) return NOT_FAST
    if (fast === 'text') return this.#copyText(fields.bytes, start, end, at)
    if (fast.valueEnd(fields.bytes, start) !== end) return NOT_FAST
    if (fast.isText) return this.#copyText(fields.bytes, start, end, at)
    const { row } = this
    let to = at
    for (let from = start; from < end; from++) row[to++] = fields.bytes[from] as number
    return to
  }

  #copyText(bytes: Buffer, start: number, end: number, at: number): number {
    const { row } = this
    let to = at
    row[to++] = QUOTE
    for (let from = start; from < end; from++) {
      const byte = bytes[from] as number
      if (ORDINARY[byte] === 0) return NOT_FAST
      row[to++] = byte
    }
    row[to++] = QUOTE
    return to
  }

  #slowValue(fields: RecordFields, { column, read, index }: TextColumn): ReturnType<ValueParser> {
    const { name, nullable, emptyIsNull, type } = column
    const text = index === undefined ? undefined : fields.text(index)
    const canBeNull = type.kind !== 'text' || index === undefined || !fields.isQuoted(index)
    const isNull =
      text === undefined || (canBeNull && this.#values.nullTexts.includes(text)) || (emptyIsNull && text === '')
    if (isNull) return nullable ? { json: 'null' } : { wrong: `${name} is ${index === undefined ? 'missing' : 'null'}` }
    const value = read(jsonOfText(text, column, this.#values))
    return 'wrong' in value ? { wrong: `${name}: ${value.wrong}` } : value
  }
}

function put(row: Buffer, start: number, bytes: Buffer): number {
  let at = start
  for (let from = 0; from < bytes.length; from++) row[at++] = bytes[from] as number
  return at
}

// Maximum number of digits at which every value is in the type's range.
const INT_DIGITS = 9
const BIGINT_DIGITS = 18

/** Undefined if every value of the column takes the slow path. */
export function fastField(
  column: LineColumn,
  { decimalPoint, trueTexts, falseTexts }: TextValues,
): FastField | undefined {
  if (column.refinements.length > 0 || column.format) return undefined
  const { type } = column
  switch (type.kind) {
    case 'text':
      return 'text'
    case 'int':
      return { isText: false, valueEnd: (bytes, start) => fastIntegerEnd(bytes, start, INT_DIGITS) }
    case 'bigint':
      return { isText: false, valueEnd: (bytes, start) => fastIntegerEnd(bytes, start, BIGINT_DIGITS) }
    case 'double':
      return decimalPoint === '.' ? { isText: false, valueEnd: fastNumberEnd } : undefined
    case 'decimal':
      return decimalPoint === '.' ? { isText: true, valueEnd: fastDecimalEnd(type.precision, type.scale) } : undefined
    case 'date':
      return { isText: true, valueEnd: fastDateEnd }
    case 'timestamp':
      return { isText: true, valueEnd: fastTimestampEnd }
    case 'boolean': {
      const isAsInJson = trueTexts.includes('true') && falseTexts.includes('false')
      return isAsInJson ? { isText: false, valueEnd: fastBooleanEnd } : undefined
    }
    case 'array':
    case 'struct':
    case 'map':
      return undefined
  }
}

const TRUE = Buffer.from('true')
const FALSE = Buffer.from('false')

const fastBooleanEnd: ValueEnd = (bytes, start) => fastWordEnd(bytes, start, bytes[start] === TRUE[0] ? TRUE : FALSE)
