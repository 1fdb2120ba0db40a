/**
 * Each function says where a plain token ends, as the index of the byte behind it, or NOT_PLAIN. None reads beyond a newline, and the
 * `undefined` behind the last byte is like any byte that does not belong to the token.
 */
export const NOT_PLAIN = -1

const QUOTE = 0x22
const PLUS = 0x2b
const MINUS = 0x2d
const POINT = 0x2e
const ZERO = 0x30
const BACKSLASH = 0x5c
const LOWER_D = 0x64
const LOWER_E = 0x65
const LOWER_U = 0x75
const TO_LOWER = 0x20

/** What a string holds without an escape: all but control characters, quotes and backslashes. */
const ORDINARY = new Uint8Array(256).fill(1, 0x20)
ORDINARY[QUOTE] = 0
ORDINARY[BACKSLASH] = 0
const SIMPLE_ESCAPES = bytesOf('"\\/bfnrt')
const HEX_DIGITS = bytesOf('0123456789abcdefABCDEF')

function bytesOf(characters: string): Uint8Array {
  const set = new Uint8Array(256)
  for (const character of characters) set[character.charCodeAt(0)] = 1
  return set
}

/** A string in which no escape is half of a surrogate pair; `start` is behind its opening quote. */
export function plainStringEnd(bytes: Uint8Array, start: number): number {
  let at = start
  for (;;) {
    let byte = bytes[at] as number
    while (ORDINARY[byte] === 1) byte = bytes[++at] as number
    if (byte === QUOTE) return at + 1
    if (byte !== BACKSLASH) return NOT_PLAIN
    at = plainEscapeEnd(bytes, at + 1)
    if (at === NOT_PLAIN) return NOT_PLAIN
  }
}

function plainEscapeEnd(bytes: Uint8Array, start: number): number {
  if (SIMPLE_ESCAPES[bytes[start] as number] === 1) return start + 1
  if (bytes[start] !== LOWER_U) return NOT_PLAIN
  for (let at = start + 1; at <= start + 4; at++) if (HEX_DIGITS[bytes[at] as number] !== 1) return NOT_PLAIN
  return isSurrogate(bytes[start + 1] as number, bytes[start + 2] as number) ? NOT_PLAIN : start + 5
}

/** d800 to dfff, by the first two digits: `d`, and anything but 0 to 7. */
function isSurrogate(first: number, second: number): boolean {
  return (first | TO_LOWER) === LOWER_D && second >= 0x38
}

/** A key without any escape; `start` is its opening quote. */
export function plainKeyEnd(bytes: Uint8Array, start: number): number {
  if (bytes[start] !== QUOTE) return NOT_PLAIN
  let at = start + 1
  while (ORDINARY[bytes[at] as number] === 1) at++
  return bytes[at] === QUOTE ? at + 1 : NOT_PLAIN
}

/** An integer of at most `maxDigits` digits, without fraction or exponent. `-0` is left to the exact path. */
export function plainIntegerEnd(bytes: Uint8Array, start: number, maxDigits: number): number {
  const first = bytes[start] === MINUS ? start + 1 : start
  if (bytes[first] === ZERO) return first === start ? start + 1 : NOT_PLAIN
  const at = digitsEnd(bytes, first)
  return at > first && at - first <= maxDigits ? at : NOT_PLAIN
}

const LONGEST_NUMBER = 30

/** A number far from overflow: at most 30 characters, two of them in the exponent. `-0` and `-0e1` are left to the exact path. */
export function plainNumberEnd(bytes: Uint8Array, start: number): number {
  const first = bytes[start] === MINUS ? start + 1 : start
  const wholeEnd = bytes[first] === ZERO ? first + 1 : digitsEnd(bytes, first)
  if (wholeEnd === first) return NOT_PLAIN
  if (first > start && bytes[first] === ZERO && bytes[wholeEnd] !== POINT) return NOT_PLAIN
  const fractionEnd = bytes[wholeEnd] === POINT ? someDigitsEnd(bytes, wholeEnd + 1) : wholeEnd
  if (fractionEnd === NOT_PLAIN) return NOT_PLAIN
  const end = exponentEnd(bytes, fractionEnd)
  return end - start <= LONGEST_NUMBER ? end : NOT_PLAIN
}

function exponentEnd(bytes: Uint8Array, start: number): number {
  if (((bytes[start] as number) | TO_LOWER) !== LOWER_E) return start
  const signed = bytes[start + 1] === PLUS || bytes[start + 1] === MINUS
  const power = signed ? start + 2 : start + 1
  const end = someDigitsEnd(bytes, power)
  return end - power <= 2 ? end : NOT_PLAIN
}

function someDigitsEnd(bytes: Uint8Array, start: number): number {
  const end = digitsEnd(bytes, start)
  return end === start ? NOT_PLAIN : end
}

function digitsEnd(bytes: Uint8Array, start: number): number {
  let at = start
  while (isDigit(bytes[at] as number)) at++
  return at
}

function isDigit(byte: number): boolean {
  return byte >= 0x30 && byte <= 0x39
}

export function plainWordEnd(bytes: Uint8Array, start: number, word: Uint8Array): number {
  return startsWith(bytes, start, word) ? start + word.length : NOT_PLAIN
}

export function startsWith(bytes: Uint8Array, start: number, expected: Uint8Array): boolean {
  for (let i = 0; i < expected.length; i++) if (bytes[start + i] !== expected[i]) return false
  return true
}
