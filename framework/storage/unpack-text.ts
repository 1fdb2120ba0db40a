/** Decompresses untrusted files of a lake, up to a maximum size. */
import { gunzipSync } from 'node:zlib'

/** The content as text. Throws if it is damaged or larger than `mostBytes`. */
export function unpackText(packed: Uint8Array, mostBytes: number): string {
  return gunzipSync(packed, { maxOutputLength: mostBytes }).toString('utf8')
}
