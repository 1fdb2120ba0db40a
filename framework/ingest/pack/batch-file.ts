/** Writes packed lines to a local file through a buffer. */
import type { Buffer } from 'node:buffer'
import { closeSync, ftruncateSync, openSync, writeSync } from 'node:fs'
import { LakeError, messageOf } from '../../errors.ts'
import { COMMA, DIGIT_0, NEWLINE } from '../../scanner/ascii.ts'

const MAX_DIGITS = 16
/** Rows of this size are written at once. */
const DIRECT_BYTES = 128 * 1024

/** The parts of a packed row: `head`, its number, a comma, and the bytes of `row` up to `end`. */
export interface PackedRow {
  readonly head: Buffer
  readonly number: number
  readonly row: Buffer
  readonly end: number
}

/** Complete packed rows, each with its newline. */
export interface PackedRows {
  readonly bytes: Buffer
  readonly rows: number
  /** Length of the longest row, in bytes without its newline. */
  readonly longest: number
}

/** The state of a file at some time. */
export interface BatchMark {
  readonly bytes: number
  readonly rows: number
  readonly longestLine: number
}

export const NO_BATCH: BatchMark = { bytes: 0, rows: 0, longestLine: 0 }

/**
 * A local file of packed lines that is being written. Its caller reuses one buffer for all files.
 */
export class BatchFile {
  readonly path: string
  rows = 0
  /** Length of the longest line, in bytes without its newline. */
  longestLine = 0
  readonly #descriptor: number
  readonly #buffer: Buffer
  #buffered = 0
  #written = 0

  constructor(path: string, buffer: Buffer) {
    this.path = path
    this.#buffer = buffer
    // Fails if the file exists, so that no batch is overwritten while an engine reads it. Appends,
    // so that a shortened file continues at its new end.
    this.#descriptor = attempt(path, () => openSync(path, 'ax'))
  }

  get bytes(): number {
    return this.#written + this.#buffered
  }

  add({ head, number, row, end }: PackedRow): void {
    const before = this.bytes
    this.#reserve(head.length + MAX_DIGITS + 2)
    this.#copy(head, 0, head.length)
    this.#putNumber(number)
    this.#putByte(COMMA)
    this.#copy(row, 0, end)
    this.longestLine = Math.max(this.longestLine, this.bytes - before)
    this.rows++
    this.#reserve(1)
    this.#putByte(NEWLINE)
  }

  addRows({ bytes, rows, longest }: PackedRows): void {
    if (bytes.length < DIRECT_BYTES) this.#copy(bytes, 0, bytes.length)
    else {
      this.#flush()
      this.#write(bytes, 0, bytes.length)
    }
    this.rows += rows
    this.longestLine = Math.max(this.longestLine, longest)
  }

  get mark(): BatchMark {
    return { bytes: this.bytes, rows: this.rows, longestLine: this.longestLine }
  }

  /** Drops the lines since the mark was taken. */
  returnTo({ bytes, rows, longestLine }: BatchMark): void {
    this.rows = rows
    this.longestLine = longestLine
    if (bytes < this.#written) {
      attempt(this.path, () => ftruncateSync(this.#descriptor, bytes))
      this.#written = bytes
    }
    this.#buffered = bytes - this.#written
  }

  /** Writes the rest of the buffer and closes the file. */
  finish(): void {
    try {
      this.#flush()
    } finally {
      // A deleted file takes up space on a full disk until it is closed.
      this.close()
    }
  }

  close(): void {
    closeSync(this.#descriptor)
  }

  #copy(source: Buffer, start: number, end: number): void {
    this.#reserve(end - start)
    if (end - start > this.#buffer.length) this.#write(source, start, end)
    else this.#buffered += source.copy(this.#buffer, this.#buffered, start, end)
  }

  #putNumber(number: number): void {
    let digits = 1
    for (let rest = number; rest >= 10; rest = Math.floor(rest / 10)) digits++
    let rest = number
    for (let at = this.#buffered + digits - 1; at >= this.#buffered; at--) {
      this.#buffer[at] = DIGIT_0 + (rest % 10)
      rest = Math.floor(rest / 10)
    }
    this.#buffered += digits
  }

  #putByte(byte: number): void {
    this.#buffer[this.#buffered++] = byte
  }

  /** Makes room for this number of bytes, or empties a smaller buffer. */
  #reserve(bytes: number): void {
    if (this.#buffered + bytes > this.#buffer.length) this.#flush()
  }

  #flush(): void {
    const buffered = this.#buffered
    this.#buffered = 0
    this.#write(this.#buffer, 0, buffered)
  }

  #write(bytes: Buffer, start: number, end: number): void {
    for (let at = start; at < end; ) {
      at += attempt(this.path, () => writeSync(this.#descriptor, bytes, at, end - at))
    }
    this.#written += end - start
  }
}

function attempt<Result>(path: string, action: () => Result): Result {
  try {
    return action()
  } catch (cause) {
    const reason = messageOf(cause)
    throw new LakeError('storage', {
      problem: `could not write the scratch file ${path} (${reason})`,
      remedy: 'Make room there and run again.',
      details: { file: path },
      cause,
    })
  }
}
