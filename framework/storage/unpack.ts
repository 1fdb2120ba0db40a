/** Decompresses what stands in a lake: a small file can unpack to more than the machine has. */
import { gunzipSync } from 'node:zlib'

/** The content as text. Throws where it is damaged, or more than `mostBytes`. */
export function unpackText(packed: Uint8Array, mostBytes: number): string {
  return gunzipSync(packed, { maxOutputLength: mostBytes }).toString('utf8')
}
