/** Takes the records of delimited text that are certainly good rows, without parsing them. */
import { Buffer } from 'node:buffer'
import type { CsvFormat } from '../../declare/format/file-format.ts'
import {
  EMPTY_IS_LEFT,
  EMPTY_IS_NULL,
  EMPTY_IS_TEXT,
  MAX_NULL_BYTES,
  NO_BYTE,
  TAKES_TEXT,
} from '../../scanner/protocol.ts'
import type { LineColumn } from '../lines/line-columns.ts'
import { nothingTaken, type PackedRun, type RowNumbering, Scanner } from './scanner.ts'
import { describeValues, type TakenValues, valuesOf } from './taken-values.ts'

/** A field of the records. */
interface Field {
  /** The bytes before its value in the row, such as `,"key":`. Empty if no column takes it. */
  readonly member: string
  readonly values: TakenValues
  /** Whether the value is text in JSON. */
  readonly isText: boolean
  readonly hasFraction: boolean
  readonly empty: number
}

const UNKNOWN_FIELD: Field = {
  member: '',
  values: { kind: TAKES_TEXT },
  isText: true,
  hasFraction: false,
  empty: EMPTY_IS_LEFT,
}

/**
 * Takes only records that the slow path takes too, with the same values. A record that the fast
 * path leaves can still be a row. All bytes must be valid UTF-8.
 */
export class FastRecords {
  readonly #scanner = new Scanner()

  private constructor(format: CsvFormat, fields: readonly Field[]) {
    const { functions } = this.#scanner
    const { delimiter, quote, comment, decimalPoint } = format
    functions.describeRecords(byteOf(delimiter), byteOf(quote), byteOf(format.escape))
    functions.separateFractionsBy(byteOf(decimalPoint))
    if (comment !== undefined) functions.noteComment(...this.#keep(comment))
    for (const text of format.nullTexts) functions.noteNullLength(Buffer.byteLength(text))
    for (const { member, values, isText, hasFraction, empty } of fields) {
      const [bytes, length] = this.#keep(member)
      const address = functions.declareField(bytes, length, Number(isText), empty)
      describeValues(functions, address, { values, nullable: false })
      if (hasFraction && decimalPoint !== '.') functions.hasFraction(address)
    }
  }

  /** Copies a text to the scanner's memory for good. Returns its address and its length there. */
  #keep(text: string): readonly [bytes: number, length: number] {
    const bytes = Buffer.from(text)
    return [this.#scanner.keep(bytes), bytes.length]
  }

  /** Undefined if all records with fields of these names are left to the slow path. */
  static of(format: CsvFormat, columns: readonly LineColumn[], names: readonly string[]): FastRecords | undefined {
    if (format.nullTexts.some((text) => Buffer.byteLength(text) >= MAX_NULL_BYTES)) return undefined
    const isComplete = columns.every(({ keys, nullable }) => nullable || names.includes(keys[0]))
    const fields: Field[] = []
    let comma = ''
    for (const name of names) {
      const [column, ...others] = columns.filter(({ keys }) => keys[0] === name)
      if (!column) fields.push(UNKNOWN_FIELD)
      else {
        const values = fieldValues(column, format)
        if (!values || others.length > 0) return undefined
        const member = `${comma}${JSON.stringify(column.packed)}:`
        const { kind } = column.type
        fields.push({
          ...{ member, values, isText: isJsonText(column), hasFraction: kind === 'double' || kind === 'decimal' },
          empty: emptyValue(column, format),
        })
        comma = ','
      }
    }
    return isComplete && comma !== '' ? new FastRecords(format, fields) : undefined
  }

  /**
   * Takes records from `start` on that stay in their file, each of which ends with LF. The result
   * contains no bytes.
   */
  scan(bytes: Buffer, start: number): PackedRun {
    const scanner = this.#scanner
    const first = scanner.load(bytes, start)
    if (first === undefined) return nothingTaken(start)
    return scanner.scannedUntil(scanner.functions.scanRecords(first, scanner.limit))
  }

  /** Packs records from `start` on, until there is no room for more rows. */
  pack(bytes: Buffer, start: number, { head, number }: RowNumbering): PackedRun {
    const scanner = this.#scanner
    const first = scanner.load(bytes, start)
    if (first === undefined || !scanner.beginRows(head)) return nothingTaken(start)
    return scanner.packedUntil(scanner.functions.packRecords(first, scanner.limit, number))
  }
}

/**
 * Whether an engine reads the same values from records that the fast path takes: it knows one text
 * for null, and one decimal point.
 */
export function canStayInFile({ nullTexts, decimalPoint }: CsvFormat): boolean {
  return nullTexts.length === 1 && nullTexts[0] === '' && decimalPoint === '.'
}

/** The first byte of a text. */
const byteOf = (text: string | undefined): number => Buffer.from(text ?? '')[0] ?? NO_BYTE

/** Undefined if every value of the column takes the slow path. */
function fieldValues({ type, format, refinements }: LineColumn, declared: CsvFormat): TakenValues | undefined {
  if (refinements.length > 0 || format) return undefined
  switch (type.kind) {
    case 'boolean': {
      const isAsInJson = declared.trueTexts.includes('true') && declared.falseTexts.includes('false')
      return isAsInJson ? valuesOf(type) : undefined
    }
    case 'binary':
    case 'array':
    case 'struct':
    case 'map':
      return undefined
    default:
      return valuesOf(type)
  }
}

/** Decimals are packed as text, because an engine reads a JSON number as a double. */
function isJsonText({ type: { kind } }: LineColumn): boolean {
  return kind === 'text' || kind === 'decimal' || kind === 'date' || kind === 'timestamp'
}

/** What an empty field without quotes becomes. */
function emptyValue({ type, nullable, emptyIsNull }: LineColumn, { nullTexts }: CsvFormat): number {
  const isText = type.kind === 'text'
  if (nullTexts.includes('') || (isText && emptyIsNull)) return nullable ? EMPTY_IS_NULL : EMPTY_IS_LEFT
  return isText ? EMPTY_IS_TEXT : EMPTY_IS_LEFT
}
