/** Reads a stream of bytes piece by piece, and takes pieces back. */
import { Buffer } from 'node:buffer'

const NOTHING = Buffer.alloc(0)

/** A stream of chunks. The next chunk can reuse the memory of the last one. */
export class ByteSource {
  readonly #chunks: AsyncIterator<Uint8Array>
  #rest: Buffer = NOTHING

  constructor(chunks: AsyncIterable<Uint8Array>) {
    this.#chunks = chunks[Symbol.asyncIterator]()
  }

  /** The bytes that were read ahead, or the next chunk; undefined at the end. */
  async next(): Promise<Buffer | undefined> {
    const rest = this.#rest
    if (rest.length === 0) return this.#pull()
    this.#rest = NOTHING
    return rest
  }

  /** Gives back the end of what `next` returned last. */
  unread(bytes: Buffer): void {
    this.#rest = bytes
  }

  /** The next bytes, which stay in the stream; fewer at its end. */
  async peek(count: number): Promise<Buffer> {
    while (this.#rest.length < count) {
      const kept = Buffer.from(this.#rest)
      const more = await this.#pull()
      if (!more) {
        this.#rest = kept
        break
      }
      this.#rest = kept.length === 0 ? more : Buffer.concat([kept, more])
    }
    return this.#rest.subarray(0, count)
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Buffer> {
    for (let bytes = await this.next(); bytes; bytes = await this.next()) yield bytes
  }

  async #pull(): Promise<Buffer | undefined> {
    for (;;) {
      const { done, value } = await this.#chunks.next()
      if (done) return undefined
      if (value.length > 0) return Buffer.from(value.buffer, value.byteOffset, value.byteLength)
    }
  }

  /** Lets the stream free its resources. */
  async close(): Promise<void> {
    await this.#chunks.return?.()
  }
}
