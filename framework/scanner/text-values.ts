/** Scans values that the fast path takes as they are written: decimals, dates and times. */
import { COLON, DIGIT_0, MINUS, PLUS, POINT } from './ascii'
import { byteAt, isDigit, SLOW } from './bytes'
import { digitsEnd, isDecimalPoint } from './tokens'

const UPPER_T: u32 = 0x54
const UPPER_Z: u32 = 0x5a
const MAX_FRACTION: usize = 6
/** Maximum length of a number, with its point and sign, for which a double is exact enough. */
const EXACT_CHARACTERS: usize = 15
/** Length of `0.0001`. */
const ONE_BY_10000: usize = 6
/** Exceeds every bound, also in a sum with other digits. */
const NO_DIGIT: u32 = 100_000

/**
 * Takes a number without an exponent, whose digits fit a decimal of this precision and scale.
 * Leaves numbers with leading zeros and `-0` to the slow path.
 */
export function decimalEnd(start: usize, precision: usize, scale: usize): usize {
  const first = byteAt(start) === MINUS ? start + 1 : start
  const integer = digitsEnd(first)
  const before = integer - first
  const isOne = byteAt(first) === DIGIT_0 ? before === 1 && first === start : before > 0 && before <= precision - scale
  if (!isOne) return SLOW
  if (!isDecimalPoint(byteAt(integer))) return integer
  const end = digitsEnd(integer + 1)
  const after = end - integer - 1
  return after > 0 && after <= scale ? end : SLOW
}

/**
 * Takes a number as `decimalEnd` does, but only if an engine can read it as a double on its way to
 * the decimal: the double that is nearest to at most 15 digits is written with these digits again.
 * Leaves numbers below 0.0001 to the slow path, because their doubles are written with an exponent.
 */
export function decimalNumberEnd(start: usize, precision: usize, scale: usize): usize {
  const end = decimalEnd(start, precision, scale)
  if (end === SLOW) return SLOW
  const length = end - start
  const isSmall = byteAt(start) === DIGIT_0 && length > ONE_BY_10000 && number4(start + 2) === 0
  return isSmall || length > EXACT_CHARACTERS ? SLOW : end
}

/** Takes `yyyy-mm-dd`, except in the year 0. */
export function dateEnd(start: usize): usize {
  const year = number4(start)
  const month = number2(start + 5)
  const day = number2(start + 8)
  const isDay = year >= 1 && year <= 9999 && day >= 1 && day <= daysOf(year, month)
  return isDay && byteAt(start + 4) === MINUS && byteAt(start + 7) === MINUS ? start + 10 : SLOW
}

/** The days of a month; 0 if there is no such month. */
function daysOf(year: u32, month: u32): u32 {
  if (month === 0 || month > 12) return 0
  if (month === 2) return isLeapYear(year) ? 29 : 28
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31
}

function isLeapYear(year: u32): bool {
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0)
}

/**
 * Takes `yyyy-mm-ddThh:mm:ss`, a fraction of at most 6 digits, and `Z` or an offset. Leaves offsets
 * in the years 1 and 9999 to the slow path.
 */
export function timestampEnd(start: usize): usize {
  const date = dateEnd(start)
  if (date === SLOW || byteAt(date) !== UPPER_T) return SLOW
  if (number2(date + 1) > 23 || number2(date + 4) > 59 || number2(date + 7) > 59) return SLOW
  if (byteAt(date + 3) !== COLON || byteAt(date + 6) !== COLON) return SLOW
  const second = date + 9
  const end = byteAt(second) === POINT ? digitsEnd(second + 1) : second
  if (end !== second && (end === second + 1 || end > second + 1 + MAX_FRACTION)) return SLOW
  return byteAt(end) === UPPER_Z ? end + 1 : offsetEnd(end, number4(start))
}

function offsetEnd(start: usize, year: u32): usize {
  const isSigned = byteAt(start) === PLUS || byteAt(start) === MINUS
  const isOffset = isSigned && number2(start + 1) <= 23 && number2(start + 4) <= 59
  return isOffset && byteAt(start + 3) === COLON && year > 1 && year < 9999 ? start + 6 : SLOW
}

function number4(start: usize): u32 {
  return number2(start) * 100 + number2(start + 2)
}

/**
 * The number of two digits. If a byte is not a digit, the result is greater than any number of four
 * digits.
 */
function number2(start: usize): u32 {
  return digitAt(start) * 10 + digitAt(start + 1)
}

function digitAt(at: usize): u32 {
  const byte = byteAt(at)
  return isDigit(byte) ? byte - DIGIT_0 : NO_DIGIT
}
