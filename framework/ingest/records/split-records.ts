/** Feeds a stream to a splitter, so that each record is complete when it is taken. */
import { Buffer } from 'node:buffer'
import type { Splitter } from './record-sink.ts'

/**
 * `afterChunk` is called with the number of bytes of each chunk. Memory holds one chunk and the
 * unfinished record. The bytes of that record are scanned again only when their number has doubled,
 * so that the time is linear in the length of the record.
 */
export async function splitRecords(
  chunks: AsyncIterable<Uint8Array>,
  splitter: Splitter,
  afterChunk: (bytes: number) => Promise<void>,
): Promise<void> {
  let pieces: Buffer[] = []
  let [length, wanted] = [0, 0]
  for await (const chunk of chunks) {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)
    length += bytes.length
    if (length < wanted) pieces.push(Buffer.from(bytes))
    else {
      const all = pieces.length === 0 ? bytes : Buffer.concat([...pieces, bytes])
      const taken = splitter.take(all, false)
      // Copies the rest, because the stream can reuse the chunk's memory.
      pieces = taken === all.length ? [] : [Buffer.from(all.subarray(taken))]
      length = all.length - taken
      wanted = 2 * length
    }
    await afterChunk(bytes.length)
  }
  splitter.take(Buffer.concat(pieces), true)
}
