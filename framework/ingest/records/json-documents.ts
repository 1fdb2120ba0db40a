/** Finds the records of JSON documents in any layout, by the path to the records. */
import type { Buffer } from 'node:buffer'
import type { JsonDocumentsFormat } from '../../declare/format/file-format.ts'
import { type PathStep, readRecordPath } from '../../declare/format/record-path.ts'
import { CLOSE_BRACE, CLOSE_BRACKET, COLON, COMMA, OPEN_BRACE, OPEN_BRACKET, QUOTE } from '../../scanner/ascii.ts'
import { printableLine } from '../../text/printable.ts'
import { MARK_BYTES, markLength } from '../beginnings.ts'
import { FileRefused } from '../refused-file.ts'
import { isBlank, MORE, nextItem, stringEnd, valueEnd } from './json-tokens.ts'
import { LineCounter } from './line-counter.ts'
import { MAX_RECORD_BYTES, type RecordSink, type Splitter } from './record-sink.ts'

/** An array or object that leads to records, and has not ended. */
interface Container {
  readonly step: PathStep
  /** Whether an item or member was read. If so, a comma or the end must follow. */
  hasItem: boolean
  /** Whether the member of the path was read. */
  hasMember: boolean
}

/**
 * Splits JSON documents. The records are the values to which the path leads from each top-level
 * value. A file of another shape is refused, and so is a file with a value that does not end.
 */
export class JsonDocumentsSplitter implements Splitter {
  readonly #path: readonly PathStep[]
  readonly #format: JsonDocumentsFormat
  readonly #sink: RecordSink
  readonly #lines = new LineCounter()
  /** The open containers, from the outermost to the innermost. */
  readonly #open: Container[] = []
  #records = 0
  #hasBegun = false
  /** Whether no bytes follow those of the present `take`. */
  #isLast = false

  constructor(format: JsonDocumentsFormat, sink: RecordSink) {
    this.#path = readRecordPath(format.records) ?? []
    this.#format = format
    this.#sink = sink
  }

  take(bytes: Buffer, isLast: boolean): number {
    this.#isLast = isLast
    let at = this.#begin(bytes)
    for (;;) {
      while (isBlank(bytes[at])) at++
      if (at >= bytes.length) break
      const next = this.#step(bytes, at)
      if (next === MORE) {
        if (isLast) throw this.#refused(bytes, at, 'ends within a value')
        if (bytes.length - at > MAX_RECORD_BYTES) throw this.#refused(bytes, at, 'has a value of more than 64 MiB')
        break
      }
      at = next
    }
    if (isLast && this.#open.length > 0) throw this.#refused(bytes, at, 'ends within a value')
    this.#lines.endAt(bytes, at)
    return at
  }

  #begin(bytes: Buffer): number {
    if (this.#hasBegun || (bytes.length < MARK_BYTES && !this.#isLast)) return 0
    this.#hasBegun = true
    return markLength(bytes, 0)
  }

  /** Reads the next token or value. Returns its end, or MORE. */
  #step(bytes: Buffer, at: number): number {
    const container = this.#open.at(-1)
    if (!container) return this.#value(bytes, at)
    const isArray = container.step.kind === 'items'
    if (bytes[at] === (isArray ? CLOSE_BRACKET : CLOSE_BRACE)) return this.#close(bytes, at, container)
    let start = at
    if (container.hasItem) {
      if (bytes[at] !== COMMA) throw this.#refused(bytes, at, 'is not JSON')
      start = nextItem(bytes, at + 1)
      if (start >= bytes.length) return MORE
    }
    const end = isArray ? this.#value(bytes, start) : this.#member(bytes, start)
    if (end !== MORE) container.hasItem = true
    return end
  }

  #close(bytes: Buffer, at: number, { step, hasMember }: Container): number {
    if (step.kind === 'member' && !hasMember) {
      throw this.#refused(bytes, at, `has a document without ${printableLine(JSON.stringify(step.key))}`)
    }
    this.#open.pop()
    return at + 1
  }

  /** Reads a value on the path. It is a record, or the beginning of a container. */
  #value(bytes: Buffer, at: number): number {
    const step = this.#path[this.#open.length]
    if (!step) return this.#record(bytes, at)
    const wanted = step.kind === 'items' ? OPEN_BRACKET : OPEN_BRACE
    if (bytes[at] !== wanted) throw this.#wrongShape(bytes, at, step.kind === 'items' ? 'an array' : 'an object')
    this.#open.push({ step, hasItem: false, hasMember: false })
    return at + 1
  }

  #record(bytes: Buffer, at: number): number {
    if (this.#open.length === 0 && bytes[at] !== OPEN_BRACE) throw this.#wrongShape(bytes, at, 'an object')
    const end = valueEnd(bytes, at, this.#isLast)
    if (end === MORE) return MORE
    if (end === at) throw this.#refused(bytes, at, 'is not JSON')
    this.#records++
    const place = { line: this.#lines.lineAt(bytes, at), record: this.#records, number: this.#records }
    this.#sink.takeJson(bytes.subarray(at, end), place)
    return end
  }

  /**
   * Reads a member. If the path goes through it, reads up to the start of its value, else to its
   * end.
   */
  #member(bytes: Buffer, at: number): number {
    const container = this.#open.at(-1)
    if (bytes[at] !== QUOTE || container?.step.kind !== 'member') throw this.#refused(bytes, at, 'is not JSON')
    const keyEnd = stringEnd(bytes, at)
    if (keyEnd === MORE) return MORE
    const colon = nextItem(bytes, keyEnd)
    const start = nextItem(bytes, colon + 1)
    if (start >= bytes.length) return MORE
    if (bytes[colon] !== COLON) throw this.#refused(bytes, colon, 'is not JSON')
    if (keyOf(bytes.subarray(at, keyEnd)) !== container.step.key) {
      const end = valueEnd(bytes, start, this.#isLast)
      if (end === start) throw this.#refused(bytes, start, 'is not JSON')
      return end
    }
    if (container.hasMember) throw this.#refused(bytes, at, `has ${bytes.toString('utf8', at, keyEnd)} twice`)
    const end = this.#value(bytes, start)
    if (end !== MORE) container.hasMember = true
    return end
  }

  #wrongShape(bytes: Buffer, at: number, wanted: string): FileRefused {
    const found = bytes[at] === OPEN_BRACKET ? 'an array' : bytes[at] === OPEN_BRACE ? 'an object' : 'another value'
    const isArray = found === 'an array' && this.#open.length === 0
    const hint = isArray ? "; the items of an array are the records of jsonDocuments({ records: '$[*]' })" : ''
    return this.#refused(bytes, at, `has ${found} where records: '${this.#format.records}' needs ${wanted}${hint}`)
  }

  #refused(bytes: Buffer, at: number, problem: string): FileRefused {
    return new FileRefused(`the file ${problem} (line ${this.#lines.lineAt(bytes, at)})`)
  }
}

function keyOf(quoted: Buffer): string {
  try {
    return JSON.parse(quoted.toString())
  } catch {
    return ''
  }
}
