import type { Buffer } from 'node:buffer'
import { closeSync, openSync, writeSync } from 'node:fs'
import { LakeError } from '../../errors.ts'

const NEWLINE = 0x0a
const COMMA = 0x2c
const ZERO = 0x30
const MOST_DIGITS = 16

/** What a packed line is made of: `head`, the line number, a comma, and the bytes of `body` from `start` to `end`. */
export interface PackedLine {
  readonly head: Buffer
  readonly line: number
  readonly body: Buffer
  readonly start: number
  readonly end: number
}

/** A local file of packed lines while it is written. The buffer is lent: it serves one file after another. */
export class BatchFile {
  readonly path: string
  rows = 0
  /** Bytes of the longest line, its newline left out. */
  longestLine = 0
  readonly #descriptor: number
  readonly #buffer: Buffer
  #buffered = 0
  #written = 0

  constructor(path: string, buffer: Buffer) {
    this.path = path
    this.#buffer = buffer
    // Exclusively, so that no batch is overwritten while it is read.
    this.#descriptor = attempt(path, () => openSync(path, 'wx'))
  }

  get bytes(): number {
    return this.#written + this.#buffered
  }

  add({ head, line, body, start, end }: PackedLine): void {
    const before = this.bytes
    this.#reserve(head.length + MOST_DIGITS + 2)
    this.#copy(head, 0, head.length)
    this.#putNumber(line)
    this.#putByte(COMMA)
    this.#copy(body, start, end)
    this.longestLine = Math.max(this.longestLine, this.bytes - before)
    this.rows++
    this.#reserve(1)
    this.#putByte(NEWLINE)
  }

  /** Nothing of the file is in the buffer afterwards. */
  finish(): void {
    try {
      this.#flush()
    } finally {
      // A full disk keeps the space of an open file, though it be deleted.
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
      this.#buffer[at] = ZERO + (rest % 10)
      rest = Math.floor(rest / 10)
    }
    this.#buffered += digits
  }

  #putByte(byte: number): void {
    this.#buffer[this.#buffered++] = byte
  }

  /** Afterwards the buffer has room for so many bytes, or is empty. */
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
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new LakeError(
      'storage',
      `could not write the scratch file ${path} (${reason}): make room there and run again`,
      {
        details: { file: path },
        cause,
      },
    )
  }
}
