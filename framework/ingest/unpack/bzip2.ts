/** Unpacks bzip2: any number of streams, each block checked by its checksum. */

import { Buffer } from 'node:buffer'
import Bunzip from 'seek-bzip'
import { messageOf } from '../../errors.ts'
import type { ByteSource } from './byte-source.ts'
import { ArchiveDamaged, torn } from './damaged-archive.ts'

/** More than the maximum size of a packed block, in bytes. */
const MAX_BLOCK_BYTES = 1_200_000
const FIRST_OUTPUT_BYTES = 1_000_000

/** Throws ArchiveDamaged. */
export async function* bunzip2(source: ByteSource): AsyncGenerator<Uint8Array> {
  const input = new BlockInput()
  const output = new BlockOutput()
  await input.fill(source)
  let unpacker: Bunzip | undefined
  while (!unpacker || input.hasMore) {
    if (unpacker) attempt(() => unpacker?._start_bunzip(input, output))
    else unpacker = attempt(() => new Bunzip(input, output))
    const stream = unpacker
    while (attempt(() => stream._init_block())) {
      attempt(() => stream._read_bunzip())
      yield output.take()
      await input.fill(source)
    }
    if (attempt(() => stream.reader.read(32)) >>> 0 !== stream.streamCRC) {
      throw new ArchiveDamaged('is damaged: a checksum is wrong')
    }
    await input.fill(source)
  }
}

function attempt<Result>(action: () => Result): Result {
  try {
    return action()
  } catch (error) {
    if (error instanceof ArchiveDamaged) throw error
    throw new ArchiveDamaged(`is damaged: ${messageOf(error)}`)
  }
}

/** Contains at least the next block, because the library reads a block without waiting. */
class BlockInput extends Bunzip.Stream {
  #bytes = Buffer.alloc(0)
  #at = 0

  get hasMore(): boolean {
    return this.#at < this.#bytes.length
  }

  async fill(source: ByteSource): Promise<void> {
    if (this.#bytes.length - this.#at >= MAX_BLOCK_BYTES) return
    const pieces = [Buffer.from(this.#bytes.subarray(this.#at))]
    for (let length = pieces[0]?.length ?? 0; length < MAX_BLOCK_BYTES; ) {
      const piece = await source.next()
      if (!piece) break
      pieces.push(Buffer.from(piece))
      length += piece.length
    }
    this.#bytes = Buffer.concat(pieces)
    this.#at = 0
  }

  override readByte(): number {
    const byte = this.#bytes[this.#at++]
    if (byte === undefined) throw torn('a block')
    return byte
  }
}

class BlockOutput {
  #bytes = Buffer.allocUnsafe(FIRST_OUTPUT_BYTES)
  #length = 0

  writeByte(byte: number): void {
    if (this.#length === this.#bytes.length) this.#bytes = Buffer.concat([this.#bytes], 2 * this.#length)
    this.#bytes[this.#length++] = byte
  }

  /** The bytes since the last call. The next block reuses their memory. */
  take(): Buffer {
    const bytes = this.#bytes.subarray(0, this.#length)
    this.#length = 0
    return bytes
  }
}
