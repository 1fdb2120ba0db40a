/** Scans the values of a line that the fast path takes. */
import { Buffer } from 'node:buffer'
import type { LineRefinement } from '../../../declare/line-refinements.ts'
import type { LineColumn } from '../line-columns.ts'
import type { ValueEnd } from './fast-text-values.ts'
import { fastIntegerEnd, fastNumberEnd, fastStringEnd, fastWordEnd, SLOW_PATH } from './fast-tokens.ts'

/** The values of a key that the fast path takes, apart from null. */
export type Takes = 'text' | 'some-text' | 'int' | 'bigint' | 'double' | 'boolean' | 'nothing' | 'anything' | Written

/** How the values of a type can be written. */
export interface Written {
  /** As text, without its quotes. */
  readonly textEnd: ValueEnd
  /** As a number; undefined if a number is never such a value. */
  readonly numberEnd: ValueEnd | undefined
}

/** The values that the fast path takes. */
export interface FastValues {
  readonly takes: Takes
  readonly nullable: boolean
  /** The bounds of an integer column. Other refinements are left to the slow path. */
  readonly bounds: IntegerBounds | undefined
}

const QUOTE = 0x22
const MINUS = 0x2d
const ZERO = 0x30
const LOWER_F = 0x66
const LOWER_N = 0x6e
const LOWER_T = 0x74
const FALSE = Buffer.from('false')
const NULL = Buffer.from('null')
const TRUE = Buffer.from('true')

/** `key` is undefined if it is not declared. Its value can then be any scalar. */
export function fastValueEnd(bytes: Uint8Array, start: number, key: FastValues | undefined): number {
  const takes = key === undefined ? 'anything' : key.takes
  switch (bytes[start]) {
    case QUOTE:
      if (typeof takes === 'object') return quotedEnd(bytes, start + 1, takes.textEnd)
      return takesString(takes, bytes[start + 1]) ? fastStringEnd(bytes, start + 1) : SLOW_PATH
    case LOWER_N:
      return key === undefined || key.nullable ? fastWordEnd(bytes, start, NULL) : SLOW_PATH
    case LOWER_F:
      return takesBoolean(takes) ? fastWordEnd(bytes, start, FALSE) : SLOW_PATH
    case LOWER_T:
      return takesBoolean(takes) ? fastWordEnd(bytes, start, TRUE) : SLOW_PATH
    default:
      return key?.bounds ? boundedEnd(bytes, start, key.bounds) : fastNumericEnd(bytes, start, takes)
  }
}

function quotedEnd(bytes: Uint8Array, start: number, textEnd: ValueEnd): number {
  const end = textEnd(bytes, start)
  return end !== SLOW_PATH && bytes[end] === QUOTE ? end + 1 : SLOW_PATH
}

function takesString(takes: Takes, next: number | undefined): boolean {
  return takes === 'text' || takes === 'anything' || (takes === 'some-text' && next !== QUOTE)
}

function takesBoolean(takes: Takes): boolean {
  return takes === 'boolean' || takes === 'anything'
}

// Maximum number of digits at which every value is in the type's range.
const INT_DIGITS = 9
const BIGINT_DIGITS = 18

function fastNumericEnd(bytes: Uint8Array, start: number, takes: Takes): number {
  if (typeof takes === 'object') return takes.numberEnd?.(bytes, start) ?? SLOW_PATH
  switch (takes) {
    case 'int':
      return fastIntegerEnd(bytes, start, INT_DIGITS)
    case 'bigint':
      return fastIntegerEnd(bytes, start, BIGINT_DIGITS)
    case 'double':
    case 'anything':
      return fastNumberEnd(bytes, start)
    case 'text':
    case 'some-text':
    case 'boolean':
    case 'nothing':
      return SLOW_PATH
  }
}

export interface IntegerBounds {
  /** Maximum number of digits. */
  readonly digits: number
  readonly min: number
  readonly max: number
}

/** Maximum number of digits at which a double holds every integer exactly. */
const EXACT_DIGITS = 15

function boundedEnd(bytes: Uint8Array, start: number, { digits, min, max }: IntegerBounds): number {
  const end = fastIntegerEnd(bytes, start, digits)
  if (end === SLOW_PATH) return SLOW_PATH
  const value = integerAt(bytes, start, end)
  return value >= min && value <= max ? end : SLOW_PATH
}

function integerAt(bytes: Uint8Array, start: number, end: number): number {
  const isNegative = bytes[start] === MINUS
  let value = 0
  for (let at = isNegative ? start + 1 : start; at < end; at++) value = value * 10 + (bytes[at] as number) - ZERO
  return isNegative ? -value : value
}

/** Undefined if there are other refinements than bounds of an integer. */
export function integerBounds({ type }: LineColumn, refinements: readonly LineRefinement[]): IntegerBounds | undefined {
  if (type.kind !== 'int' && type.kind !== 'bigint') return undefined
  let [min, max] = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY]
  for (const refinement of refinements) {
    if (refinement.kind !== 'bound') return undefined
    const { operator } = refinement
    const value = Number(refinement.value)
    // An integer greater than 4.5 is 5 or more. A double can round a long bound, but values have
    // too few digits for that to matter.
    if (operator === '>=') min = Math.max(min, Math.ceil(value))
    else if (operator === '>') min = Math.max(min, Math.floor(value) + 1)
    else if (operator === '<=') max = Math.min(max, Math.floor(value))
    else max = Math.min(max, Math.ceil(value) - 1)
  }
  return { digits: type.kind === 'int' ? INT_DIGITS : EXACT_DIGITS, min, max }
}
