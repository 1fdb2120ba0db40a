/** Unpacks Zstandard (RFC 8878): any number of frames, with the reference library. */
import type { Buffer } from 'node:buffer'
import { ZSTDDecoder } from 'zstddec/stream'
import type { ByteSource } from './byte-source.ts'
import { ArchiveDamaged, torn } from './damaged-archive.ts'

/** Maximum number of bytes that the library gets at once. */
const PIECE_BYTES = 64 * 1024

/** Throws ArchiveDamaged. */
export async function* unzstd(source: ByteSource): AsyncGenerator<Uint8Array> {
  const decoder = new ZSTDDecoder()
  await decoder.init()
  const pieces = new Pieces()
  const output = decoder.decodeStreaming(pieces)
  let calls = 0
  for (;;) {
    // The library reads at most one piece in each call, and cannot wait for it.
    if (pieces.isEmpty) pieces.give(await nextPiece(source))
    const before = pieces.taken
    const { done, value } = unpackNext(output)
    if (done) return
    if (value.length > 0) yield value
    // The library loops forever on a piece that it cannot unpack. With a valid piece, each call
    // takes a byte or returns one.
    calls = value.length > 0 || pieces.taken > before ? 0 : calls + 1
    if (calls > PIECE_BYTES) throw new ArchiveDamaged('is damaged, or needs a window of more than 128 MiB')
  }
}

function unpackNext(output: Generator<Uint8Array>): IteratorResult<Uint8Array> {
  try {
    return output.next()
  } catch {
    throw torn('a frame')
  }
}

async function nextPiece(source: ByteSource): Promise<Buffer | undefined> {
  const bytes = await source.next()
  if (!bytes || bytes.length <= PIECE_BYTES) return bytes
  source.unread(bytes.subarray(PIECE_BYTES))
  return bytes.subarray(0, PIECE_BYTES)
}

/** The pieces that the library reads. It copies each of them. */
class Pieces implements Iterable<Uint8Array> {
  /** The number of pieces that were taken. */
  taken = 0
  #piece: Buffer | undefined
  #hasEnded = false

  get isEmpty(): boolean {
    return this.#piece === undefined && !this.#hasEnded
  }

  give(piece: Buffer | undefined): void {
    this.#piece = piece
    this.#hasEnded = piece === undefined
  }

  *[Symbol.iterator](): Generator<Uint8Array> {
    for (let piece = this.#piece; piece; piece = this.#piece) {
      this.#piece = undefined
      this.taken++
      yield piece
    }
  }
}
