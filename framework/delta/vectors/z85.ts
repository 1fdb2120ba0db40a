/**
 * Encodes bytes as text in ZeroMQ's base 85, as the log does with UUIDs and inline deletion
 * vectors.
 */

const DIGITS = '0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#'
const VALUES: ReadonlyMap<string, number> = new Map([...DIGITS].map((digit, value) => [digit, value]))
const MAX = 0xffffffff

/** Fills up with zeros to a multiple of four bytes. */
export function encodeZ85(bytes: Uint8Array): string {
  const padded = Buffer.alloc(Math.ceil(bytes.length / 4) * 4)
  padded.set(bytes)
  let text = ''
  for (let at = 0; at < padded.length; at += 4) {
    let rest = padded.readUInt32BE(at)
    let digits = ''
    for (let count = 0; count < 5; count++) {
      digits = `${DIGITS[rest % 85]}${digits}`
      rest = Math.floor(rest / 85)
    }
    text += digits
  }
  return text
}

/** Undefined if the text is not such a code. */
export function decodeZ85(text: string): Uint8Array | undefined {
  if (text.length % 5 !== 0) return undefined
  const bytes = Buffer.alloc((text.length / 5) * 4)
  for (let at = 0; at < text.length; at += 5) {
    let value = 0
    for (const digit of text.slice(at, at + 5)) value = value * 85 + (VALUES.get(digit) ?? Number.NaN)
    if (!(value <= MAX)) return undefined
    bytes.writeUInt32BE(value, (at / 5) * 4)
  }
  return bytes
}
