/** Counts the lines of a file while its records are found. */
import type { Buffer } from 'node:buffer'
import { NEWLINE } from '../../scanner/ascii.ts'

/** Counts newlines in the bytes that a splitter gets, call by call. */
export class LineCounter {
  #line = 1
  #counted = 0

  /** The line of the byte at `at`, which must not be smaller than in the last call. */
  lineAt(bytes: Buffer, at: number): number {
    while (this.#counted < at) {
      const newline = bytes.indexOf(NEWLINE, this.#counted)
      if (newline === -1 || newline >= at) this.#counted = at
      else {
        this.#line++
        this.#counted = newline + 1
      }
    }
    return this.#line
  }

  /**
   * Counts lines that follow the byte of the last call of `lineAt`. The last of these lines ends at
   * `end`.
   */
  passLines(lines: number, end: number): void {
    this.#line += lines
    this.#counted = end
  }

  /** Counts to `at`, where the bytes of the next call begin. */
  endAt(bytes: Buffer, at: number): void {
    this.lineAt(bytes, at)
    this.#counted = 0
  }
}
