/** Reads the text of bytes, and writes bytes as packed lines hold them. */
import type { BytesFormat } from '../declare/reading/value-format.ts'

export type BytesEncoding = BytesFormat | 'base64'

/**
 * Undefined unless the bytes encode to exactly this text. Node also reads other texts, up to the
 * first mistake.
 */
export function bytesIn(text: string, encoding: BytesEncoding): Buffer | undefined {
  const bytes = Buffer.from(text, encoding)
  return bytes.toString(encoding) === plain(text, encoding) ? bytes : undefined
}

export const textOfBytes = (bytes: Uint8Array, encoding: BytesEncoding): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString(encoding)

/**
 * The text as Node writes it: without padding if the encoding needs none, and with lower-case
 * digits.
 */
function plain(text: string, encoding: BytesEncoding): string {
  if (encoding === 'hex') return text.toLowerCase()
  return encoding === 'base64url' && text.length % 4 === 0 ? text.replace(/={1,2}$/, '') : text
}

// Each byte in the form that DuckDB's cast from text to BLOB reads.
const PACKED = Array.from({ length: 256 }, (_, byte) => {
  const isPlain = byte >= 0x20 && byte < 0x7f && byte !== 0x22 && byte !== 0x5c
  return isPlain ? String.fromCharCode(byte) : `\\x${byte.toString(16).toUpperCase().padStart(2, '0')}`
})

/** The bytes as text of ASCII: `AB\x00\xFF`. */
export const packedBytes = (bytes: Uint8Array): string => Array.from(bytes, (byte) => PACKED[byte]).join('')
