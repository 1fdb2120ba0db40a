/** Finds the values in lines of text by a regular expression with named groups. */
import { Buffer, isUtf8 } from 'node:buffer'
import type { TextLinesFormat } from '../../declare/format/file-format.ts'
import { groupNames } from '../../declare/format/group-names.ts'
import { NEWLINE, RETURN } from '../../scanner/ascii.ts'
import { beginsWith, markLength } from '../beginnings.ts'
import { FileRefused } from '../refused-file.ts'
import { MAX_RECORD_BYTES, type RecordFields, type RecordSink, type Splitter } from './record-sink.ts'

/**
 * Splits text into lines. A record is a line, and has its number. A line of white space is no
 * record.
 */
export class TextLinesSplitter implements Splitter {
  readonly #pattern: RegExp
  readonly #comment: Buffer | undefined
  readonly #sink: RecordSink
  readonly #groups: Groups
  #line = 0
  #records = 0

  constructor(format: TextLinesFormat, sink: RecordSink) {
    this.#pattern = new RegExp(`^(?:${format.pattern})$`, format.flags)
    this.#comment = format.comment === undefined ? undefined : Buffer.from(format.comment)
    this.#sink = sink
    const names = groupNames(format) ?? []
    this.#groups = new Groups(names)
    sink.nameFields(names)
  }

  take(bytes: Buffer, isLast: boolean): number {
    let at = 0
    while (at < bytes.length) {
      const newline = bytes.indexOf(NEWLINE, at)
      if (newline === -1 && !isLast) {
        if (bytes.length - at > MAX_RECORD_BYTES) throw new FileRefused(`line ${this.#line + 1} is longer than 64 MiB`)
        break
      }
      const end = newline === -1 ? bytes.length : newline
      this.#line++
      const start = this.#line === 1 ? at + markLength(bytes, at) : at
      this.#take(bytes.subarray(start, end > start && bytes[end - 1] === RETURN ? end - 1 : end))
      at = end + 1
    }
    return Math.min(at, bytes.length)
  }

  #take(line: Buffer): void {
    if (this.#comment && beginsWith(line, 0, this.#comment)) return
    const text = line.toString()
    if (text.trim() === '') return
    this.#records++
    const place = { line: this.#line, record: this.#records, number: this.#line }
    const match = isUtf8(line) ? this.#pattern.exec(text) : undefined
    if (match === undefined) this.#sink.reject('not UTF-8', line, place)
    else if (match === null) this.#sink.reject('does not match the pattern of textLines()', line, place)
    else {
      this.#groups.values = match.groups ?? {}
      this.#sink.takeFields(this.#groups, line, place)
    }
  }
}

/** The texts of the groups of a match. A group that did not take part in it is null. */
class Groups implements RecordFields {
  values: Readonly<Record<string, string | undefined>> = {}
  readonly #names: readonly string[]

  constructor(names: readonly string[]) {
    this.#names = names
  }

  text(index: number): string | undefined {
    return this.values[this.#names[index] ?? '']
  }

  isQuoted(): boolean {
    return false
  }
}
