/** Cuts a stream of bytes into blocks of complete lines. */
import { Buffer } from 'node:buffer'
import { NEWLINE } from '../../scanner/ascii.ts'

/**
 * A piece of a file: complete lines (the file's last one can lack its newline), or the beginning of
 * a line that is too long.
 */
export interface LineBlock {
  readonly kind: 'lines' | 'too-long'
  readonly bytes: Buffer
}

/** Consecutive lines, and whether all of them are UTF-8. */
export interface ReadLines extends LineBlock {
  readonly isUtf8: boolean
}

export interface LineLimits {
  /** Maximum length of a line, in bytes. */
  readonly longestLine: number
  /** How much of a line that is too long is kept, in bytes. */
  readonly beginning: number
}

/** Cuts a stream at its newlines. Holds at most one chunk and the unfinished line in memory. */
export async function* lineBlocks(chunks: AsyncIterable<Uint8Array>, limits: LineLimits): AsyncGenerator<LineBlock> {
  const unfinished = new UnfinishedLine(limits)
  for await (const chunk of chunks) {
    const linesEnd = chunk.lastIndexOf(NEWLINE) + 1
    const firstEnd = unfinished.isEmpty ? 0 : chunk.indexOf(NEWLINE) + 1
    if (firstEnd > 0) yield unfinished.finish(chunk.subarray(0, firstEnd))
    if (linesEnd > firstEnd) yield { kind: 'lines', bytes: asBuffer(chunk.subarray(firstEnd, linesEnd)) }
    unfinished.add(chunk.subarray(linesEnd))
  }
  if (!unfinished.isEmpty) yield unfinished.finish(new Uint8Array())
}

class UnfinishedLine {
  readonly #limits: LineLimits
  #pieces: Buffer[] = []
  #length = 0

  constructor(limits: LineLimits) {
    this.#limits = limits
  }

  get isEmpty(): boolean {
    return this.#length === 0
  }

  // Copies the piece, because the stream can reuse the chunk's memory.
  add(piece: Uint8Array): void {
    if (this.#isTooLong) return
    this.#length += piece.length
    this.#pieces.push(Buffer.from(piece))
    if (this.#isTooLong) this.#pieces = [Buffer.concat(this.#pieces, this.#limits.beginning)]
  }

  finish(end: Uint8Array): LineBlock {
    this.add(end)
    const bytes = Buffer.concat(this.#pieces)
    const kind = this.#isTooLong ? 'too-long' : 'lines'
    this.#pieces = []
    this.#length = 0
    return { kind, bytes }
  }

  get #isTooLong(): boolean {
    return this.#length > this.#limits.longestLine
  }
}

export function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
