/** Scans the values that the fast path takes, in JSON and in delimited text. */
import { DIGIT_0, MINUS, QUOTE } from './ascii'
import { byteAt, SLOW } from './bytes'
import {
  TAKES_ANYTHING,
  TAKES_BOOLEAN,
  TAKES_DATE,
  TAKES_DECIMAL,
  TAKES_DOUBLE,
  TAKES_INTEGER,
  TAKES_SOME_TEXT,
  TAKES_TEXT,
  TAKES_TIMESTAMP,
} from './protocol'
import { dateEnd, decimalEnd, decimalNumberEnd, timestampEnd } from './text-values'
import { booleanEnd, integerEnd, nullEnd, numberEnd, quotedEnd } from './tokens'

const LOWER_F: u32 = 0x66
const LOWER_N: u32 = 0x6e
const LOWER_T: u32 = 0x74

/** The values that the fast path takes. */
@unmanaged
export class Taken {
  kind: i32
  /** Maximum number of digits of an integer, or the precision of a decimal. */
  digits: i32
  scale: i32
  isNullable: bool
  /** Whether an integer has bounds. */
  isBounded: bool
  min: f64
  max: f64
}

/** Returns where the JSON value that begins at `start` ends, or SLOW. */
export function jsonValueEnd(start: usize, taken: Taken): usize {
  const kind = taken.kind
  switch (byteAt(start)) {
    case QUOTE:
      return textEnd(start + 1, taken)
    case LOWER_N:
      return taken.isNullable ? nullEnd(start) : SLOW
    case LOWER_F:
    case LOWER_T:
      return kind === TAKES_BOOLEAN || kind === TAKES_ANYTHING ? booleanEnd(start) : SLOW
    default:
      return numericEnd(start, taken)
  }
}

/** `start` is after the opening quote. */
function textEnd(start: usize, taken: Taken): usize {
  switch (taken.kind) {
    case TAKES_TEXT:
    case TAKES_ANYTHING:
      return quotedEnd(start)
    case TAKES_SOME_TEXT:
      return byteAt(start) === QUOTE ? SLOW : quotedEnd(start)
    case TAKES_DECIMAL:
      return closedEnd(decimalEnd(start, taken.digits, taken.scale))
    case TAKES_DATE:
      return closedEnd(dateEnd(start))
    case TAKES_TIMESTAMP:
      return closedEnd(timestampEnd(start))
    default:
      return SLOW
  }
}

function closedEnd(end: usize): usize {
  return end !== SLOW && byteAt(end) === QUOTE ? end + 1 : SLOW
}

function numericEnd(start: usize, taken: Taken): usize {
  switch (taken.kind) {
    case TAKES_INTEGER:
      return boundedEnd(start, taken)
    case TAKES_DECIMAL:
      return decimalNumberEnd(start, taken.digits, taken.scale)
    case TAKES_DOUBLE:
    case TAKES_ANYTHING:
      return numberEnd(start)
    default:
      return SLOW
  }
}

function boundedEnd(start: usize, taken: Taken): usize {
  const end = integerEnd(start, taken.digits)
  if (end === SLOW || !taken.isBounded) return end
  const value = integerAt(start, end)
  return value >= taken.min && value <= taken.max ? end : SLOW
}

/** A double holds the integer exactly, because an integer with bounds has few digits. */
function integerAt(start: usize, end: usize): f64 {
  const isNegative = byteAt(start) === MINUS
  let value: f64 = 0
  for (let at = isNegative ? start + 1 : start; at < end; at++) value = value * 10 + (byteAt(at) - DIGIT_0)
  return isNegative ? -value : value
}

/**
 * Returns where the value ends that begins at `start` in a field of delimited text, or SLOW. The
 * kind is not text.
 */
export function fieldValueEnd(start: usize, taken: Taken): usize {
  switch (taken.kind) {
    case TAKES_INTEGER:
      return integerEnd(start, taken.digits)
    case TAKES_DOUBLE:
      return numberEnd(start)
    case TAKES_BOOLEAN:
      return booleanEnd(start)
    case TAKES_DECIMAL:
      return decimalEnd(start, taken.digits, taken.scale)
    case TAKES_DATE:
      return dateEnd(start)
    case TAKES_TIMESTAMP:
      return timestampEnd(start)
    default:
      return SLOW
  }
}
