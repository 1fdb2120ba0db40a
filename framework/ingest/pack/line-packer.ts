/** Packs the lines of a file whose records are lines. */
import type { Buffer } from 'node:buffer'
import { NEWLINE, RETURN } from '../../scanner/ascii.ts'
import { MIB } from '../../storage/units.ts'
import { markLength } from '../beginnings.ts'
import { TEXT_BYTES } from './batches.ts'
import type { LineLimits, ReadLines } from './line-blocks.ts'
import type { Packer } from './packer.ts'

const MAX_LINE_BYTES = 256 * MIB
export const LINE_LIMITS: LineLimits = { longestLine: MAX_LINE_BYTES, beginning: TEXT_BYTES }

/** Takes the lines of the packer's current file, in their order. */
export class LinePacker {
  readonly #packer: Packer
  /** The number of the last line that was taken. */
  #line = 0

  constructor(packer: Packer) {
    this.#packer = packer
  }

  /** The text of the file's only line, if the line is rejected. */
  get onlyReject(): string | undefined {
    return this.#line === 1 ? this.#packer.onlyReject : undefined
  }

  /** Takes lines from `start` until the batch is overfull. Returns where the next line begins. */
  take(lines: ReadLines, start: number): number {
    if (lines.kind === 'too-long') return this.#takeTooLong(lines)
    let at = this.#line === 0 ? start + markLength(lines.bytes, start) : start
    do at = this.#takeLines(lines, at)
    while (at < lines.bytes.length && !this.#packer.isOverfull)
    return at
  }

  #takeTooLong({ bytes }: ReadLines): number {
    const line = ++this.#line
    this.#packer.rejectRecord(`longer than ${MAX_LINE_BYTES / MIB} MiB`, bytes, { line, number: line })
    return bytes.length
  }

  /** Takes lines on the fast path, or the next line on the slow path. */
  #takeLines({ bytes, isUtf8 }: ReadLines, start: number): number {
    const packer = this.#packer
    if (!isUtf8 || packer.refusal !== undefined || start === bytes.length) return this.#takeLine(bytes, start)
    const run = packer.packLines(bytes, start, this.#line + 1)
    this.#line += run.rows
    const isEnough = run.rows > 0 && packer.isOverfull
    return run.isLeft && !isEnough ? this.#takeLine(bytes, run.end) : run.end
  }

  #takeLine(bytes: Buffer, start: number): number {
    const line = ++this.#line
    const newline = bytes.indexOf(NEWLINE, start)
    const end = newline === -1 ? bytes.length : newline
    this.#packer.takeLine(bytes.subarray(start, withoutReturn(bytes, start, end)), line)
    return end + 1
  }
}

/**
 * Removes a CR at the end. CRLF ends a line like LF, and a last line that ends with only CR was cut
 * between the two.
 */
function withoutReturn(bytes: Buffer, start: number, end: number): number {
  return end > start && bytes[end - 1] === RETURN ? end - 1 : end
}
