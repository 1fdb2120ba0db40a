/** Finds the records of delimited text (RFC 4180 and its dialects). */
import { Buffer, isUtf8 } from 'node:buffer'
import type { CsvFormat } from '../../declare/format/file-format.ts'
import { NEWLINE } from '../../scanner/ascii.ts'
import { printableLine } from '../../text/printable.ts'
import { beginsWith, MARK_BYTES, markLength } from '../beginnings.ts'
import type { LineColumn } from '../lines/line-columns.ts'
import { FileRefused } from '../refused-file.ts'
import { CsvScanner, UNFINISHED } from './csv-scanner.ts'
import { LineCounter } from './line-counter.ts'
import { type FastRun, MAX_RECORD_BYTES, type RecordSink, type Splitter } from './record-sink.ts'

const NO_BYTES = Buffer.alloc(0)
/** Excel reads a first line such as `sep=;`, which names the delimiter. */
const EXCEL_LINE = 'sep='
/** Delimiters to try if the header names no column. */
const USUAL_DELIMITERS = [',', ';', '\t', '|']

/** A column, and the name of its field in the header. */
interface FieldColumn {
  readonly name: string
  readonly nullable: boolean
}

/**
 * Splits delimited text. A record has the number of the line on which it begins. An empty line is
 * no record. A file is refused if its header does not fit the columns, or if a quote is not closed.
 */
export class CsvSplitter implements Splitter {
  readonly #format: CsvFormat
  readonly #columns: readonly FieldColumn[]
  readonly #sink: RecordSink
  readonly #scanner: CsvScanner
  readonly #comment: Buffer | undefined
  readonly #lines = new LineCounter()
  /** Number of fields; undefined before the header. */
  #fields: number | undefined
  #records = 0
  #hasBegun = false
  /** Whether no bytes follow those of the present `take`. */
  #isLast = false

  constructor(format: CsvFormat, columns: readonly Pick<LineColumn, 'keys' | 'nullable'>[], sink: RecordSink) {
    this.#format = format
    this.#columns = columns.map(({ keys: [name], nullable }) => ({ name, nullable }))
    this.#sink = sink
    this.#scanner = new CsvScanner(format)
    this.#comment = format.comment === undefined ? undefined : Buffer.from(format.comment)
    if (!format.header) this.#name(this.#columns.map(({ name }) => name))
  }

  take(bytes: Buffer, isLast: boolean): number {
    this.#isLast = isLast
    let at = this.#begin(bytes)
    const fastBytes = this.#fastBytes(bytes)
    while (at < bytes.length) {
      const run = at < fastBytes.length ? this.#takeFast(fastBytes, at) : undefined
      if (run) at = run.end
      if (run && !run.isLeft) continue
      const next = this.#next(bytes, at)
      if (next === UNFINISHED) {
        this.#refuseEndless(bytes, at)
        break
      }
      at = next
    }
    this.#lines.endAt(bytes, at)
    return at
  }

  #begin(bytes: Buffer): number {
    if (this.#hasBegun || (bytes.length < MARK_BYTES && !this.#isLast)) return 0
    this.#hasBegun = true
    return markLength(bytes, 0)
  }

  #next(bytes: Buffer, at: number): number {
    if (this.#isComment(bytes, at)) {
      const newline = bytes.indexOf(NEWLINE, at)
      return newline >= 0 ? newline + 1 : this.#isLast ? bytes.length : UNFINISHED
    }
    const end = this.#scanner.scan(bytes, at, this.#isLast)
    if (end !== UNFINISHED && this.#scanner.contentEnd > at) this.#take(bytes, at)
    return end
  }

  #isComment(bytes: Buffer, at: number): boolean {
    const comment = this.#comment
    return comment !== undefined && beginsWith(bytes, at, comment)
  }

  /** The complete lines, if all of them are UTF-8: the slow path finds those that are not. */
  #fastBytes(bytes: Buffer): Buffer {
    const lines = bytes.subarray(0, bytes.lastIndexOf(NEWLINE) + 1)
    return isUtf8(lines) ? lines : NO_BYTES
  }

  #takeFast(bytes: Buffer, at: number): FastRun | undefined {
    if (this.#fields === undefined) return undefined
    const run = this.#sink.takeFast?.(bytes, at, this.#lines.lineAt(bytes, at))
    if (run && run.rows > 0) {
      this.#records += run.rows
      this.#lines.passLines(run.rows, run.end)
    }
    return run
  }

  #take(bytes: Buffer, at: number): void {
    const scanner = this.#scanner
    if (this.#fields === undefined) {
      this.#readHeader()
      return
    }
    this.#records++
    const line = this.#lines.lineAt(bytes, at)
    const place = { line, record: this.#records, number: line }
    const record = bytes.subarray(at, scanner.contentEnd)
    const problem = scanner.problem ?? (scanner.count === this.#fields ? undefined : this.#ragged(scanner.count))
    if (problem === undefined) this.#sink.takeFields(scanner, record, place)
    else this.#sink.reject(problem, record, place)
  }

  #ragged(count: number): string {
    const expected = this.#format.header ? `the header has ${this.#fields}` : `${this.#fields} columns are declared`
    return `has ${count} ${count === 1 ? 'field' : 'fields'}, and ${expected}`
  }

  #readHeader(): void {
    const { problem, count, contentEnd, bytes } = this.#scanner
    if (problem !== undefined) throw new FileRefused(`the header ${problem}`)
    const names = Array.from({ length: count }, (_, index) => this.#scanner.text(index))
    const twice = names.find((name, index) => names.indexOf(name) < index)
    if (twice !== undefined) throw new FileRefused(`the header names ${shown(twice)} twice`)
    const missing = this.#columns.filter(({ name }) => !names.includes(name))
    const hasNone = missing.length === this.#columns.length
    const needed = hasNone ? missing[0] : missing.find(({ nullable }) => !nullable)
    if (needed) {
      const header = shown(bytes.toString('utf8', this.#scanner.starts[0], contentEnd))
      throw new FileRefused(`the header does not name ${needed.name}: ${header}${this.#hint(needed.name, names)}`)
    }
    this.#name(names)
  }

  /** The probable mistake and what to declare, to follow a message about a missing column. */
  #hint(needed: string, names: readonly string[]): string {
    const [name = '', ...others] = names
    if (name.startsWith(EXCEL_LINE)) return `; it is a line of Excel: declare comment: '${EXCEL_LINE}'`
    const similar = names.find((one) => folded(one) === folded(needed))
    if (similar !== undefined) return `; it names ${shown(similar)}: declare .from(${JSON.stringify(shown(similar))})`
    const delimiter = USUAL_DELIMITERS.find((one) => one !== this.#format.delimiter && name.includes(one))
    if (others.length > 0 || delimiter === undefined) return '; if the file has no header, declare header: false'
    return `; the delimiter seems to be ${JSON.stringify(delimiter)}: declare it with csv({ delimiter })`
  }

  #name(names: readonly string[]): void {
    this.#fields = names.length
    this.#sink.nameFields(names)
  }

  #refuseEndless(bytes: Buffer, at: number): void {
    if (!this.#isLast && bytes.length - at <= MAX_RECORD_BYTES) return
    const { openQuote } = this.#scanner
    const line = this.#lines.lineAt(bytes, openQuote ?? at)
    if (openQuote === undefined) throw new FileRefused(`the record on line ${line} is longer than 64 MiB`)
    throw new FileRefused(`the quote that opens on line ${line} is not closed; quote and escape are options of csv()`)
  }
}

/** A name in a form in which small differences in spelling disappear. */
const folded = (name: string): string => name.trim().toLowerCase()

const MAX_SHOWN = 200

function shown(text: string): string {
  const line = printableLine(text)
  return line.length > MAX_SHOWN ? `${line.slice(0, MAX_SHOWN).replace(/[\ud800-\udbff]$/, '')}…` : line
}
