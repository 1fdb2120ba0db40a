/** Scans values that the fast path takes as they are written: decimals, dates and times. */
import { SLOW_PATH } from './fast-tokens.ts'

const PLUS = 0x2b
const MINUS = 0x2d
const POINT = 0x2e
const ZERO = 0x30
const COLON = 0x3a
const UPPER_T = 0x54
const UPPER_Z = 0x5a
const MAX_FRACTION = 6
/** Maximum number of digits, point and sign of a number for which a double is exact enough. */
const EXACT_CHARACTERS = 15
/** Length of `0.0001`. */
const ONE_BY_10000 = 6
/** The days of each month in every year. The months count from 1. */
const MONTH_DAYS = [0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]

/**
 * Byte -> its digit. For all other bytes, a number so large that any arithmetic with it exceeds
 * every bound.
 */
const DIGITS = new Int32Array(256).fill(100_000)
for (let digit = 0; digit <= 9; digit++) DIGITS[ZERO + digit] = digit

/** Returns the end of the value that begins at `start`, or SLOW_PATH. */
export type ValueEnd = (bytes: Uint8Array, start: number) => number

/**
 * Takes a number without an exponent, whose digits fit a decimal of this precision and scale.
 * Leaves numbers with leading zeros and `-0` to the slow path.
 */
export function fastDecimalEnd(precision: number, scale: number): ValueEnd {
  return (bytes, start) => {
    const first = bytes[start] === MINUS ? start + 1 : start
    const integerEnd = digitsEnd(bytes, first)
    const before = integerEnd - first
    const isOne = bytes[first] === ZERO ? before === 1 && first === start : before > 0 && before <= precision - scale
    if (!isOne) return SLOW_PATH
    if (bytes[integerEnd] !== POINT) return integerEnd
    const end = digitsEnd(bytes, integerEnd + 1)
    const after = end - integerEnd - 1
    return after > 0 && after <= scale ? end : SLOW_PATH
  }
}

/**
 * Takes a number as `fastDecimalEnd` does, but only if an engine can read it as a double on its way
 * to the decimal: the double that is nearest to at most 15 digits is written with these digits
 * again. Leaves numbers below 0.0001 to the slow path, because their doubles are written with an
 * exponent.
 */
export function fastDecimalNumberEnd(precision: number, scale: number): ValueEnd {
  const decimalEnd = fastDecimalEnd(precision, scale)
  return (bytes, start) => {
    const end = decimalEnd(bytes, start)
    const isSmall = bytes[start] === ZERO && end - start > ONE_BY_10000 && number4(bytes, start + 2) === 0
    return isSmall || end - start > EXACT_CHARACTERS ? SLOW_PATH : end
  }
}

/** Takes `yyyy-mm-dd`, except 29 February and the year 0. */
export function fastDateEnd(bytes: Uint8Array, start: number): number {
  const year = number4(bytes, start)
  const month = number2(bytes, start + 5)
  const day = number2(bytes, start + 8)
  const isDay = year >= 1 && year <= 9999 && month <= 12 && day >= 1 && day <= (MONTH_DAYS[month] as number)
  return isDay && bytes[start + 4] === MINUS && bytes[start + 7] === MINUS ? start + 10 : SLOW_PATH
}

/**
 * Takes `yyyy-mm-ddThh:mm:ss`, a fraction of at most 6 digits, and `Z` or an offset. Leaves offsets
 * in the years 1 and 9999 to the slow path.
 */
export function fastTimestampEnd(bytes: Uint8Array, start: number): number {
  const dateEnd = fastDateEnd(bytes, start)
  if (dateEnd === SLOW_PATH || bytes[dateEnd] !== UPPER_T) return SLOW_PATH
  const isTime =
    number2(bytes, dateEnd + 1) <= 23 && number2(bytes, dateEnd + 4) <= 59 && number2(bytes, dateEnd + 7) <= 59
  if (!isTime || bytes[dateEnd + 3] !== COLON || bytes[dateEnd + 6] !== COLON) return SLOW_PATH
  const secondEnd = dateEnd + 9
  const end = bytes[secondEnd] === POINT ? digitsEnd(bytes, secondEnd + 1) : secondEnd
  const isFraction = end === secondEnd || (end > secondEnd + 1 && end <= secondEnd + 1 + MAX_FRACTION)
  if (!isFraction) return SLOW_PATH
  return bytes[end] === UPPER_Z ? end + 1 : offsetEnd(bytes, end, number4(bytes, start))
}

function offsetEnd(bytes: Uint8Array, start: number, year: number): number {
  const isSigned = bytes[start] === PLUS || bytes[start] === MINUS
  const isOffset = isSigned && number2(bytes, start + 1) <= 23 && number2(bytes, start + 4) <= 59
  return isOffset && bytes[start + 3] === COLON && year > 1 && year < 9999 ? start + 6 : SLOW_PATH
}

const number4 = (bytes: Uint8Array, start: number): number => number2(bytes, start) * 100 + number2(bytes, start + 2)

/**
 * The number of two digits. If a byte is not a digit, the result is greater than any number of four
 * digits.
 */
function number2(bytes: Uint8Array, start: number): number {
  const tens = DIGITS[bytes[start] as number] as number
  return tens * 10 + (DIGITS[bytes[start + 1] as number] as number)
}

function digitsEnd(bytes: Uint8Array, start: number): number {
  let at = start
  while ((bytes[at] as number) >= ZERO && (bytes[at] as number) <= ZERO + 9) at++
  return at
}
