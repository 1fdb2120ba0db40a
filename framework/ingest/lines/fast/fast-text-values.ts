/** Scans values that the fast path takes as they are written: decimals, dates and times. */
import { SLOW_PATH } from './fast-tokens.ts'

const MINUS = 0x2d
const POINT = 0x2e
const ZERO = 0x30
const COLON = 0x3a
const UPPER_T = 0x54
const UPPER_Z = 0x5a
const MAX_FRACTION = 6

/**
 * Takes a number without an exponent, whose digits a decimal of this precision and scale holds.
 * Leaves numbers with leading zeros and `-0` to the slow path.
 */
export function fastDecimalEnd(precision: number, scale: number): (bytes: Uint8Array, start: number) => number {
  return (bytes, start) => {
    const first = bytes[start] === MINUS ? start + 1 : start
    const integerEnd = digitsEnd(bytes, first)
    const before = integerEnd - first
    if (before === 0 || before > precision - scale || (bytes[first] === ZERO && (before > 1 || first > start))) {
      return SLOW_PATH
    }
    if (bytes[integerEnd] !== POINT) return integerEnd
    const end = digitsEnd(bytes, integerEnd + 1)
    const after = end - integerEnd - 1
    return after > 0 && after <= scale ? end : SLOW_PATH
  }
}

/** Takes `yyyy-mm-dd`, except the last days of a month and the year 0. */
export function fastDateEnd(bytes: Uint8Array, start: number): number {
  const year = number2(bytes, start) * 100 + number2(bytes, start + 2)
  const month = number2(bytes, start + 5)
  const day = number2(bytes, start + 8)
  const isDay = year >= 1 && month >= 1 && month <= 12 && day >= 1 && day <= 28
  return isDay && bytes[start + 4] === MINUS && bytes[start + 7] === MINUS ? start + 10 : SLOW_PATH
}

/** Takes `yyyy-mm-ddThh:mm:ssZ`, with a fraction of at most 6 digits. */
export function fastTimestampEnd(bytes: Uint8Array, start: number): number {
  const dateEnd = fastDateEnd(bytes, start)
  if (dateEnd === SLOW_PATH || bytes[dateEnd] !== UPPER_T) return SLOW_PATH
  const isTime =
    number2(bytes, dateEnd + 1) <= 23 && number2(bytes, dateEnd + 4) <= 59 && number2(bytes, dateEnd + 7) <= 59
  if (!isTime || bytes[dateEnd + 3] !== COLON || bytes[dateEnd + 6] !== COLON) return SLOW_PATH
  const secondEnd = dateEnd + 9
  const end = bytes[secondEnd] === POINT ? digitsEnd(bytes, secondEnd + 1) : secondEnd
  const isFraction = end === secondEnd || (end > secondEnd + 1 && end <= secondEnd + 1 + MAX_FRACTION)
  return isFraction && bytes[end] === UPPER_Z ? end + 1 : SLOW_PATH
}

/** The number that two digits make; NaN, which compares as false, if they are none. */
function number2(bytes: Uint8Array, start: number): number {
  const tens = digit(bytes[start] as number)
  return tens * 10 + digit(bytes[start + 1] as number)
}

const digit = (byte: number): number => (byte >= ZERO && byte <= ZERO + 9 ? byte - ZERO : Number.NaN)

function digitsEnd(bytes: Uint8Array, start: number): number {
  let at = start
  while ((bytes[at] as number) >= ZERO && (bytes[at] as number) <= ZERO + 9) at++
  return at
}
