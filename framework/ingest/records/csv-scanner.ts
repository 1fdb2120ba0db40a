/** Finds the fields of one record of delimited text. */
import type { Buffer } from 'node:buffer'
import type { CsvFormat } from '../../declare/format/file-format.ts'
import { NEWLINE, RETURN } from '../../scanner/ascii.ts'
import type { RecordFields } from './record-sink.ts'

/** The result of a scan if the record does not end in the bytes. */
export const UNFINISHED = -1

/** A value that no byte has. */
const NO_BYTE = -1

/** How the bytes of a field represent its text. */
const FIELD = {
  /** The bytes are the text. */
  plain: 0,
  /** The bytes are the text, and were in quotes. */
  quoted: 1,
  /** The bytes differ from the text. */
  other: 2,
} as const

/**
 * The fields of the last scanned record, and its mistakes. Quoted fields can contain line ends.
 * After a mistake, the record ends with the line.
 */
export class CsvScanner implements RecordFields {
  bytes!: Buffer
  /** Where the bytes of each field begin and end. */
  readonly starts: number[] = []
  readonly #ends: number[] = []
  readonly #kinds: number[] = []
  count = 0
  problem: string | undefined
  /** Where the record ends, without its line end. */
  contentEnd = 0
  /** The index of a quote that is not closed. */
  openQuote: number | undefined
  readonly #delimiter: number
  readonly #quote: number
  readonly #escape: number
  readonly #quoteText: string
  readonly #escapeText: string
  readonly #escapesAll: boolean
  /** Whether no bytes follow those of the scan. */
  #isLast = false
  /** Whether the field that was scanned last has an escape outside of quotes. */
  #hasEscape = false
  /** 1 for each byte that can end or break a field without quotes. */
  readonly #special = new Uint8Array(256)

  constructor(format: CsvFormat) {
    this.#delimiter = format.delimiter.charCodeAt(0)
    this.#quoteText = format.quote ?? ''
    this.#escapeText = format.escape ?? ''
    this.#quote = format.quote?.charCodeAt(0) ?? NO_BYTE
    this.#escape = format.escape?.charCodeAt(0) ?? NO_BYTE
    for (const byte of [this.#delimiter, NEWLINE, RETURN]) this.#special[byte] = 1
    if (this.#quote !== NO_BYTE) this.#special[this.#quote] = 1
    this.#escapesAll = format.escapeUnquoted
    if (format.escapeUnquoted) this.#special[this.#escape] = 1
  }

  /** Returns the end of the record with its line end, or UNFINISHED. */
  scan(bytes: Buffer, start: number, isLast: boolean): number {
    this.bytes = bytes
    this.#isLast = isLast
    this.count = 0
    this.problem = undefined
    this.openQuote = undefined
    for (let at = start; ; ) {
      const end = bytes[at] === this.#quote ? this.#quoted(bytes, at) : this.#plain(bytes, at)
      if (end === UNFINISHED) return UNFINISHED
      if (bytes[end] !== this.#delimiter) return this.#lineEnd(bytes, end)
      at = end + 1
    }
  }

  #lineEnd(bytes: Buffer, end: number): number {
    this.contentEnd = end
    const newline = bytes[end] === RETURN ? end + 1 : end
    return Math.min(newline + 1, bytes.length)
  }

  /** Returns where the field ends: at a delimiter, at a line end, or at the end of the bytes. */
  #plain(bytes: Buffer, start: number): number {
    this.#hasEscape = false
    const end = this.#fieldEnd(bytes, start)
    if (end !== UNFINISHED) this.#add(start, end, this.#hasEscape ? FIELD.other : FIELD.plain)
    return end
  }

  #fieldEnd(bytes: Buffer, start: number): number {
    let at = start
    for (;;) {
      while (this.#special[bytes[at] as number] === 0) at++
      if (at >= bytes.length) return this.#isLast ? at : UNFINISHED
      const byte = bytes[at]
      if (byte === this.#delimiter || byte === NEWLINE) return at
      if (this.#escapesAll && byte === this.#escape) {
        if (at + 1 === bytes.length && !this.#isLast) return UNFINISHED
        this.#hasEscape = true
        if (this.#isEscaped(bytes[at + 1])) at++
      } else if (byte === RETURN) {
        if (at + 1 === bytes.length && !this.#isLast) return UNFINISHED
        if (at + 1 === bytes.length || bytes[at + 1] === NEWLINE) return at
        this.problem ??= 'has a carriage return outside of quotes'
      } else this.problem ??= `has a quote within a field that does not begin with one`
      at++
    }
  }

  #isEscaped(byte: number | undefined): boolean {
    if (byte === this.#quote || byte === this.#escape) return true
    return this.#escapesAll && (byte === this.#delimiter || byte === NEWLINE || byte === RETURN)
  }

  #quoted(bytes: Buffer, start: number): number {
    let kind: number = FIELD.quoted
    let at = start + 1
    for (;;) {
      while (bytes[at] !== this.#quote && bytes[at] !== this.#escape && at < bytes.length) at++
      if (at >= bytes.length) {
        this.openQuote = start
        return UNFINISHED
      }
      const next = bytes[at + 1]
      if (next === undefined && !this.#isLast) return UNFINISHED
      const isEscape = bytes[at] === this.#escape && this.#isEscaped(next)
      if (!isEscape && bytes[at] === this.#quote) break
      if (isEscape) kind = FIELD.other
      at += isEscape ? 2 : 1
    }
    const closed = at + 1
    const end = this.#fieldEnd(bytes, closed)
    if (end === UNFINISHED) return UNFINISHED
    if (end > closed) this.problem = 'has text behind a closing quote'
    this.#add(start + 1, at, kind)
    return end
  }

  #add(start: number, end: number, kind: number): void {
    this.starts[this.count] = start
    this.#ends[this.count] = end
    this.#kinds[this.count] = kind
    this.count++
  }

  text(index: number): string {
    const text = this.bytes.toString('utf8', this.starts[index], this.#ends[index])
    return this.#kinds[index] === FIELD.other ? this.#unescaped(text) : text
  }

  #unescaped(text: string): string {
    const quote = this.#quoteText
    if (quote === this.#escapeText) return text.replaceAll(quote + quote, quote)
    let result = ''
    for (let at = 0; at < text.length; at++) {
      const next = text[at + 1]
      if (text[at] === this.#escapeText && next !== undefined && this.#isEscaped(next.charCodeAt(0))) at++
      result += text[at]
    }
    return result
  }

  isQuoted(index: number): boolean {
    const start = this.starts[index] as number
    return this.#kinds[index] !== FIELD.plain && this.bytes[start - 1] === this.#quote
  }
}
