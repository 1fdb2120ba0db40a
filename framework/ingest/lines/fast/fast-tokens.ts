/** Scans the tokens of a line that the fast path takes. */

/**
 * The result of a function here if the token is left to the slow path. Otherwise the result is the
 * index of the byte after the token. No function reads beyond a newline. The `undefined` after the
 * last byte counts as a byte that is not part of the token.
 */
export const SLOW_PATH = -1

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

/**
 * The bytes that a string holds without an escape: all but control characters, quotes and
 * backslashes.
 */
export const ORDINARY = new Uint8Array(256).fill(1, 0x20)
ORDINARY[QUOTE] = 0
ORDINARY[BACKSLASH] = 0
const SIMPLE_ESCAPES = bytesOf('"\\/bfnrt')
const HEX_DIGITS = bytesOf('0123456789abcdefABCDEF')

function bytesOf(characters: string): Uint8Array {
  const set = new Uint8Array(256)
  for (const character of characters) set[character.charCodeAt(0)] = 1
  return set
}

/**
 * Takes a string in which no escape is half of a surrogate pair. `start` is after its opening
 * quote.
 */
export function fastStringEnd(bytes: Uint8Array, start: number): number {
  let at = start
  for (;;) {
    let byte = bytes[at] as number
    while (ORDINARY[byte] === 1) byte = bytes[++at] as number
    if (byte === QUOTE) return at + 1
    if (byte !== BACKSLASH) return SLOW_PATH
    at = fastEscapeEnd(bytes, at + 1)
    if (at === SLOW_PATH) return SLOW_PATH
  }
}

function fastEscapeEnd(bytes: Uint8Array, start: number): number {
  if (SIMPLE_ESCAPES[bytes[start] as number] === 1) return start + 1
  if (bytes[start] !== LOWER_U) return SLOW_PATH
  for (let at = start + 1; at <= start + 4; at++) if (HEX_DIGITS[bytes[at] as number] !== 1) return SLOW_PATH
  return isSurrogate(bytes[start + 1] as number, bytes[start + 2] as number) ? SLOW_PATH : start + 5
}

/**
 * Whether four hexadecimal digits are a surrogate, d800 to dfff, by the first two of them: `d`,
 * then 8 to f.
 */
function isSurrogate(first: number, second: number): boolean {
  return (first | TO_LOWER) === LOWER_D && second >= 0x38
}

/** Takes a key without any escape. `start` is its opening quote. */
export function fastKeyEnd(bytes: Uint8Array, start: number): number {
  if (bytes[start] !== QUOTE) return SLOW_PATH
  let at = start + 1
  while (ORDINARY[bytes[at] as number] === 1) at++
  return bytes[at] === QUOTE ? at + 1 : SLOW_PATH
}

/**
 * Takes an integer of at most `maxDigits` digits, without fraction or exponent. Leaves `-0` to the
 * slow path.
 */
export function fastIntegerEnd(bytes: Uint8Array, start: number, maxDigits: number): number {
  const first = bytes[start] === MINUS ? start + 1 : start
  if (bytes[first] === ZERO) return first === start ? start + 1 : SLOW_PATH
  const at = digitsEnd(bytes, first)
  return at > first && at - first <= maxDigits ? at : SLOW_PATH
}

const MAX_NUMBER_LENGTH = 30

/**
 * Takes a number that is far from overflow: at most 30 characters, with at most two digits in the
 * exponent. Leaves `-0` and `-0e1` to the slow path.
 */
export function fastNumberEnd(bytes: Uint8Array, start: number): number {
  const first = bytes[start] === MINUS ? start + 1 : start
  const integerEnd = bytes[first] === ZERO ? first + 1 : digitsEnd(bytes, first)
  if (integerEnd === first) return SLOW_PATH
  if (first > start && bytes[first] === ZERO && bytes[integerEnd] !== POINT) return SLOW_PATH
  const fractionEnd = bytes[integerEnd] === POINT ? someDigitsEnd(bytes, integerEnd + 1) : integerEnd
  if (fractionEnd === SLOW_PATH) return SLOW_PATH
  const end = exponentEnd(bytes, fractionEnd)
  return end - start <= MAX_NUMBER_LENGTH ? end : SLOW_PATH
}

function exponentEnd(bytes: Uint8Array, start: number): number {
  if (((bytes[start] as number) | TO_LOWER) !== LOWER_E) return start
  const signed = bytes[start + 1] === PLUS || bytes[start + 1] === MINUS
  const power = signed ? start + 2 : start + 1
  const end = someDigitsEnd(bytes, power)
  return end - power <= 2 ? end : SLOW_PATH
}

function someDigitsEnd(bytes: Uint8Array, start: number): number {
  const end = digitsEnd(bytes, start)
  return end === start ? SLOW_PATH : end
}

function digitsEnd(bytes: Uint8Array, start: number): number {
  let at = start
  while (isDigit(bytes[at] as number)) at++
  return at
}

function isDigit(byte: number): boolean {
  return byte >= 0x30 && byte <= 0x39
}

export function fastWordEnd(bytes: Uint8Array, start: number, word: Uint8Array): number {
  return startsWith(bytes, start, word) ? start + word.length : SLOW_PATH
}

export function startsWith(bytes: Uint8Array, start: number, expected: Uint8Array): boolean {
  for (let i = 0; i < expected.length; i++) if (bytes[start + i] !== expected[i]) return false
  return true
}
