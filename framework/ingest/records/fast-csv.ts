/**
 * Makes rows from records of delimited text that are certainly rows, in one pass over the bytes.
 */
import { Buffer } from 'node:buffer'
import type { CsvFormat } from '../../declare/format/file-format.ts'
import type { ValueEnd } from '../lines/fast/fast-text-values.ts'
import { ORDINARY, SLOW_PATH } from '../lines/fast/fast-tokens.ts'
import type { LineColumn } from '../lines/line-columns.ts'
import { fastField } from './text-rows.ts'

const NEWLINE = 0x0a
const RETURN = 0x0d
const QUOTE = 0x22
const CLOSE_BRACE = 0x7d
const NULL = Buffer.from('null')
const EMPTY_TEXT = Buffer.from('""')
const MAX_ASCII = 0x7f
/** A value that no byte has. */
const NO_BYTE = -1
/** Maximum size of a row. A record with a larger one is left to the slow path. */
const ROW_BYTES = 64 * 1024
/** Room for quotes, and for the brace at the end. */
const ROOM = 8

/** A field of the records. It has no member if no column takes it. */
interface Field {
  readonly member?: Member
  /** Undefined if any text is a value. */
  readonly valueEnd?: ValueEnd | undefined
}

/** How a field is written in the row. */
interface Member {
  /** The bytes before its value, such as `,"key":`. */
  readonly key: Buffer
  readonly isText: boolean
  /** The value if the field is empty; undefined if the slow path decides. */
  readonly empty: Buffer | undefined
}

/**
 * Makes one row after another: `row` contains the last one, up to `end`. It accepts only records
 * that the slow path accepts too, with the same values. A record that it does not accept can still
 * be a row. It allocates nothing per record.
 */
export class FastCsvRows {
  readonly row = Buffer.allocUnsafeSlow(ROW_BYTES)
  end = 0
  /** Whether all texts of the last record are ASCII. If not, they are possibly not UTF-8. */
  isAscii = true
  readonly #fields: readonly Field[]
  readonly #delimiter: number
  readonly #quote: number
  /** 1 for each byte that can be in a field with quotes, or in a field without. */
  readonly #inQuotes = ORDINARY.slice()
  readonly #plain: Uint8Array
  /** 1 for each length of a text that means null. */
  readonly #nullLengths: Uint8Array

  private constructor(format: CsvFormat, fields: readonly Field[]) {
    this.#fields = fields
    this.#delimiter = format.delimiter.charCodeAt(0)
    this.#quote = format.quote?.charCodeAt(0) ?? NO_BYTE
    for (const character of [format.quote, format.escape]) {
      if (character !== undefined) this.#inQuotes[character.charCodeAt(0)] = 0
    }
    this.#plain = this.#inQuotes.slice()
    this.#plain[this.#delimiter] = 0
    const lengths = format.nullTexts.map((text) => Buffer.byteLength(text))
    this.#nullLengths = new Uint8Array(Math.max(0, ...lengths) + 1)
    for (const length of lengths) this.#nullLengths[length] = 1
  }

  /** Undefined if all records with fields of these names are left to the slow path. */
  static of(format: CsvFormat, columns: readonly LineColumn[], names: readonly string[]): FastCsvRows | undefined {
    const isComplete = columns.every(({ keys, nullable }) => nullable || names.includes(keys[0] ?? ''))
    const fields: Field[] = []
    let comma = ''
    for (const name of names) {
      const [column, ...others] = columns.filter(({ keys }) => keys[0] === name)
      if (!column) fields.push({})
      else {
        const fast = fastField(column, format)
        if (!fast || others.length > 0) return undefined
        const key = Buffer.from(`${comma}${JSON.stringify(column.packed)}:`)
        const [isText, valueEnd] = fast === 'text' ? [true, undefined] : [fast.isText, fast.valueEnd]
        fields.push({ member: { key, isText, empty: emptyValue(column, format) }, valueEnd })
        comma = ','
      }
    }
    return isComplete && comma !== '' ? new FastCsvRows(format, fields) : undefined
  }

  /** Takes the record at `start`. Returns where the next record begins, or SLOW_PATH. */
  take(bytes: Buffer, start: number): number {
    this.end = 0
    this.isAscii = true
    let at = start
    for (let index = 0; index < this.#fields.length; index++) {
      if (index > 0 && bytes[at++] !== this.#delimiter) return SLOW_PATH
      at = this.#takeField(bytes, at, this.#fields[index] as Field)
      if (at === SLOW_PATH) return SLOW_PATH
    }
    this.row[this.end++] = CLOSE_BRACE
    const end = bytes[at] === RETURN ? at + 1 : at
    return at > start && bytes[end] === NEWLINE ? end + 1 : SLOW_PATH
  }

  #takeField(bytes: Buffer, start: number, { member, valueEnd }: Field): number {
    const isQuoted = bytes[start] === this.#quote
    if (!isQuoted && this.#isEnd(bytes[start] as number)) return this.#writeEmpty(member) ? start : SLOW_PATH
    const from = isQuoted ? start + 1 : start
    const end = valueEnd ? valueEnd(bytes, from) : this.#textEnd(bytes, from, isQuoted ? this.#inQuotes : this.#plain)
    const isNull = this.#nullLengths[end - from] === 1
    if (end <= from || isNull || (isQuoted && bytes[end] !== this.#quote)) return SLOW_PATH
    if (member && !this.#write(bytes, { from, end }, member)) return SLOW_PATH
    return isQuoted ? end + 1 : end
  }

  #isEnd(byte: number): boolean {
    return byte === this.#delimiter || byte === NEWLINE || byte === RETURN
  }

  #textEnd(bytes: Buffer, start: number, ordinary: Uint8Array): number {
    let at = start
    for (let byte = bytes[at] as number; ordinary[byte] === 1; byte = bytes[++at] as number) {
      if (byte > MAX_ASCII) this.isAscii = false
    }
    return at
  }

  #writeEmpty(member: Member | undefined): boolean {
    if (!member) return true
    const { empty } = member
    return empty !== undefined && this.#write(empty, { from: 0, end: empty.length }, { ...member, isText: false })
  }

  /** Returns whether there was room. */
  #write(bytes: Buffer, { from, end }: { readonly from: number; readonly end: number }, member: Member): boolean {
    const { row } = this
    const { key, isText } = member
    let to = this.end
    if (to + key.length + end - from + ROOM > row.length) return false
    for (let at = 0; at < key.length; at++) row[to++] = key[at] as number
    if (isText) row[to++] = QUOTE
    for (let at = from; at < end; at++) row[to++] = bytes[at] as number
    if (isText) row[to++] = QUOTE
    this.end = to
    return true
  }
}

/** The value of an empty field without quotes. */
function emptyValue({ type, nullable, emptyIsNull }: LineColumn, { nullTexts }: CsvFormat): Buffer | undefined {
  const isText = type.kind === 'text'
  if (nullTexts.includes('') || (isText && emptyIsNull)) return nullable ? NULL : undefined
  return isText ? EMPTY_TEXT : undefined
}
