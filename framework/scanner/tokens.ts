/**
 * Scans the tokens that the fast path takes. Each function returns where its token ends, or SLOW.
 * None reads beyond a newline, or beyond the zeros behind the last record.
 */
import { BACKSLASH, DIGIT_0, MINUS, PLUS, POINT, QUOTE, SPACE } from './ascii'
import { byteAt, isDigit, SLOW, STRIDE } from './bytes'

const TO_LOWER: u32 = 0x20
const LOWER_B: u32 = 0x62
const LOWER_D: u32 = 0x64
const LOWER_E: u32 = 0x65
const LOWER_F: u32 = 0x66
const LOWER_N: u32 = 0x6e
const LOWER_R: u32 = 0x72
const LOWER_T: u32 = 0x74
const LOWER_U: u32 = 0x75
const SLASH: u32 = 0x2f

// The bytes of `null`, `true`, and the first four of `false`, as one number.
const NULL: u32 = 0x6c6c756e
const TRUE: u32 = 0x65757274
const FALS: u32 = 0x736c6166

/** Bit n is set if byte n from `at` on cannot be in a string without an escape. */
export function specialBytes(at: usize): u32 {
  const bytes = v128.load(at)
  const controls = i8x16.lt_u(bytes, i8x16.splat(SPACE as i8))
  const quotes = i8x16.eq(bytes, i8x16.splat(QUOTE as i8))
  const backslashes = i8x16.eq(bytes, i8x16.splat(BACKSLASH as i8))
  return i8x16.bitmask(v128.or(controls, v128.or(quotes, backslashes)))
}

/**
 * Takes a string in which no escape is half of a surrogate pair. `start` is after its opening
 * quote.
 */
export function quotedEnd(start: usize): usize {
  let at = start
  while (true) {
    const special = specialBytes(at)
    if (special === 0) at += STRIDE
    else {
      at += ctz(special)
      if (byteAt(at) === QUOTE) return at + 1
      if (byteAt(at) !== BACKSLASH) return SLOW
      at = escapeEnd(at + 1)
      if (at === SLOW) return SLOW
    }
  }
}

function escapeEnd(start: usize): usize {
  const byte = byteAt(start)
  if (byte !== LOWER_U) return isSimpleEscape(byte) ? start + 1 : SLOW
  for (let at = start + 1; at <= start + 4; at++) if (!isHexDigit(byteAt(at))) return SLOW
  return isSurrogate(byteAt(start + 1), byteAt(start + 2)) ? SLOW : start + 5
}

function isSimpleEscape(byte: u32): bool {
  switch (byte) {
    case QUOTE:
    case SLASH:
    case BACKSLASH:
    case LOWER_B:
    case LOWER_F:
    case LOWER_N:
    case LOWER_R:
    case LOWER_T:
      return true
    default:
      return false
  }
}

function isHexDigit(byte: u32): bool {
  return isDigit(byte) || (byte | TO_LOWER) - 0x61 <= 5
}

/**
 * Whether four hexadecimal digits are a surrogate, d800 to dfff, by the first two of them: `d`,
 * then 8 to f.
 */
function isSurrogate(first: u32, second: u32): bool {
  return (first | TO_LOWER) === LOWER_D && second >= 0x38
}

/** Takes a key without any escape. `start` is its opening quote. */
export function keyEnd(start: usize): usize {
  if (byteAt(start) !== QUOTE) return SLOW
  let at = start + 1
  while (true) {
    const special = specialBytes(at)
    if (special === 0) at += STRIDE
    else {
      at += ctz(special)
      return byteAt(at) === QUOTE ? at + 1 : SLOW
    }
  }
}

/**
 * Takes an integer of at most `maxDigits` digits, without fraction or exponent. Leaves `-0` to the
 * slow path.
 */
export function integerEnd(start: usize, maxDigits: usize): usize {
  const first = byteAt(start) === MINUS ? start + 1 : start
  if (byteAt(first) === DIGIT_0) return first === start ? start + 1 : SLOW
  const at = digitsEnd(first)
  return at > first && at - first <= maxDigits ? at : SLOW
}

let decimalPoint: u32 = POINT

/** Numbers have their fractions after this byte: a comma in some delimited text. */
export function separateFractionsBy(byte: u32): void {
  decimalPoint = byte
}

export function isDecimalPoint(byte: u32): bool {
  return byte === decimalPoint
}

const MAX_NUMBER_LENGTH: usize = 30

/**
 * Takes a number that is far from overflow: at most 30 characters, with at most two digits in the
 * exponent. Leaves `-0` and `-0e1` to the slow path.
 */
export function numberEnd(start: usize): usize {
  const first = byteAt(start) === MINUS ? start + 1 : start
  const integer = byteAt(first) === DIGIT_0 ? first + 1 : digitsEnd(first)
  if (integer === first) return SLOW
  if (first > start && byteAt(first) === DIGIT_0 && !isDecimalPoint(byteAt(integer))) return SLOW
  const fraction = isDecimalPoint(byteAt(integer)) ? someDigitsEnd(integer + 1) : integer
  if (fraction === SLOW) return SLOW
  const end = exponentEnd(fraction)
  return end - start <= MAX_NUMBER_LENGTH ? end : SLOW
}

function exponentEnd(start: usize): usize {
  if ((byteAt(start) | TO_LOWER) !== LOWER_E) return start
  const sign = byteAt(start + 1)
  const power = sign === PLUS || sign === MINUS ? start + 2 : start + 1
  const end = someDigitsEnd(power)
  return end !== SLOW && end - power <= 2 ? end : SLOW
}

function someDigitsEnd(start: usize): usize {
  const end = digitsEnd(start)
  return end === start ? SLOW : end
}

export function digitsEnd(start: usize): usize {
  let at = start
  while (isDigit(byteAt(at))) at++
  return at
}

export function nullEnd(start: usize): usize {
  return load<u32>(start) === NULL ? start + 4 : SLOW
}

export function booleanEnd(start: usize): usize {
  if (load<u32>(start) === TRUE) return start + 4
  return load<u32>(start) === FALS && byteAt(start + 4) === LOWER_E ? start + 5 : SLOW
}
