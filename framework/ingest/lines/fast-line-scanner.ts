import { Buffer } from 'node:buffer'
import type { Column } from '../../declare/columns.ts'
import { type LineRefinement, lineRefinements } from '../../declare/line-refinements.ts'
import {
  NOT_PLAIN,
  plainIntegerEnd,
  plainKeyEnd,
  plainNumberEnd,
  plainStringEnd,
  plainWordEnd,
  startsWith,
} from './fast-tokens.ts'

/**
 * Where the plain line that begins at `start` ends, as the index of its line end (or of the end of `bytes`); NOT_PLAIN where it is not
 * provably plain. The bytes must be valid UTF-8.
 */
export type PlainLineEnd = (bytes: Uint8Array, start: number) => number

/** What the values of a key are in a plain line, null aside. `exact` leaves all of them to the exact path. */
type Takes = 'text' | 'some-text' | 'int' | 'bigint' | 'double' | 'boolean' | 'exact' | 'anything'

interface Key {
  /** The key as most lines have it: `"key":`. */
  readonly bytes: Uint8Array
  readonly takes: Takes
  readonly nullable: boolean
  /** The bounds of an integer that has any; others are left to the exact path. */
  readonly bounds: IntegerBounds | undefined
  /** The number of the line that had this key last. */
  seen: number
}

const TAB = 0x09
const NEWLINE = 0x0a
const RETURN = 0x0d
const SPACE = 0x20
const QUOTE = 0x22
const COMMA = 0x2c
const MINUS = 0x2d
const ZERO = 0x30
const COLON = 0x3a
const OPEN_BRACE = 0x7b
const CLOSE_BRACE = 0x7d
const LOWER_F = 0x66
const LOWER_N = 0x6e
const LOWER_T = 0x74
const FALSE = Buffer.from('false')
const NULL = Buffer.from('null')
const TRUE = Buffer.from('true')

/**
 * Makes the scanner for lines that need no exact reading: flat JSON objects of which every strict reader makes the same good row. What it
 * calls plain, the exact path calls a row, and an engine reads the same values from its bytes as from the exact path's fields. Of what it
 * does not call plain it says nothing. It allocates nothing per line, and expects the keys in the order of the line before.
 */
export function plainLine(columns: readonly Column[]): PlainLineEnd {
  const keys = columns.map(columnKey)
  const required = keys.filter((key) => !key.nullable).length
  const findKey = keyFinder([...keys, ...SYSTEM_KEYS])
  const order: (Key | undefined)[] = []
  let line = 0

  return (bytes, start) => {
    if (bytes[start] !== OPEN_BRACE) return NOT_PLAIN
    line++
    let missing = required
    let at = start
    for (let position = 0; position === 0 || bytes[at] === COMMA; position++) {
      at = skipBlanks(bytes, at + 1)
      let key = order[position]
      if (key !== undefined && startsWith(bytes, at, key.bytes)) at += key.bytes.length
      else {
        const keyEnd = plainKeyEnd(bytes, at)
        if (keyEnd === NOT_PLAIN) return NOT_PLAIN
        key = findKey(bytes, at, keyEnd)
        order[position] = key
        at = skipBlanks(bytes, keyEnd)
        if (bytes[at] !== COLON) return NOT_PLAIN
        at++
      }
      if (key !== undefined) {
        if (key.seen === line) return NOT_PLAIN
        key.seen = line
        if (!key.nullable) missing--
      }
      at = plainValueEnd(bytes, skipBlanks(bytes, at), key)
      if (at === NOT_PLAIN) return NOT_PLAIN
      at = skipBlanks(bytes, at)
    }
    return bytes[at] === CLOSE_BRACE && missing === 0 ? lineEnd(bytes, at + 1) : NOT_PLAIN
  }
}

function lineEnd(bytes: Uint8Array, afterBrace: number): number {
  const end = bytes[afterBrace] === RETURN ? afterBrace + 1 : afterBrace
  return end === bytes.length || bytes[end] === NEWLINE ? end : NOT_PLAIN
}

/** The value of an undeclared key can be any scalar. */
function plainValueEnd(bytes: Uint8Array, start: number, key: Key | undefined): number {
  const takes = key === undefined ? 'anything' : key.takes
  switch (bytes[start]) {
    case QUOTE:
      return takesString(takes, bytes[start + 1]) ? plainStringEnd(bytes, start + 1) : NOT_PLAIN
    case LOWER_N:
      return key === undefined || key.nullable ? plainWordEnd(bytes, start, NULL) : NOT_PLAIN
    case LOWER_F:
      return takesBoolean(takes) ? plainWordEnd(bytes, start, FALSE) : NOT_PLAIN
    case LOWER_T:
      return takesBoolean(takes) ? plainWordEnd(bytes, start, TRUE) : NOT_PLAIN
    default:
      return key?.bounds ? boundedEnd(bytes, start, key.bounds) : plainNumericEnd(bytes, start, takes)
  }
}

function takesString(takes: Takes, next: number | undefined): boolean {
  return takes === 'text' || takes === 'anything' || (takes === 'some-text' && next !== QUOTE)
}

function takesBoolean(takes: Takes): boolean {
  return takes === 'boolean' || takes === 'anything'
}

// So few digits that no value is out of the type's range.
const INT_DIGITS = 9
const BIGINT_DIGITS = 18

function plainNumericEnd(bytes: Uint8Array, start: number, takes: Takes): number {
  switch (takes) {
    case 'int':
      return plainIntegerEnd(bytes, start, INT_DIGITS)
    case 'bigint':
      return plainIntegerEnd(bytes, start, BIGINT_DIGITS)
    case 'double':
    case 'anything':
      return plainNumberEnd(bytes, start)
    case 'text':
    case 'some-text':
    case 'boolean':
    case 'exact':
      return NOT_PLAIN
  }
}

interface IntegerBounds {
  readonly digits: number
  readonly least: number
  readonly most: number
}

/** So few digits that a double holds the integer. */
const EXACT_DIGITS = 15

/** An integer within the bounds. */
function boundedEnd(bytes: Uint8Array, start: number, { digits, least, most }: IntegerBounds): number {
  const end = plainIntegerEnd(bytes, start, digits)
  if (end === NOT_PLAIN) return NOT_PLAIN
  const value = integerAt(bytes, start, end)
  return value >= least && value <= most ? end : NOT_PLAIN
}

function integerAt(bytes: Uint8Array, start: number, end: number): number {
  const isNegative = bytes[start] === MINUS
  let value = 0
  for (let at = isNegative ? start + 1 : start; at < end; at++) value = value * 10 + (bytes[at] as number) - ZERO
  return isNegative ? -value : value
}

function columnKey(column: Column): Key {
  const refinements = lineRefinements(column)
  if (refinements.length === 0) return makeKey(column.name, takesOf(column), column.nullable)
  const bounds = integerBounds(column, refinements)
  return { ...makeKey(column.name, bounds ? takesOf(column) : 'exact', column.nullable), bounds }
}

/** Undefined where the column asks for more than bounds of an integer. */
function integerBounds({ type }: Column, refinements: readonly LineRefinement[]): IntegerBounds | undefined {
  if (type.kind !== 'int' && type.kind !== 'bigint') return undefined
  let [least, most] = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY]
  for (const refinement of refinements) {
    if (refinement.kind !== 'bound') return undefined
    const { operator } = refinement
    const value = Number(refinement.value)
    // Of integers, more than 4.5 is 5 or more. Values have so few digits that what a double loses of a bound does not matter.
    if (operator === '>=') least = Math.max(least, Math.ceil(value))
    else if (operator === '>') least = Math.max(least, Math.floor(value) + 1)
    else if (operator === '<=') most = Math.min(most, Math.floor(value))
    else most = Math.min(most, Math.ceil(value) - 1)
  }
  return { digits: type.kind === 'int' ? INT_DIGITS : EXACT_DIGITS, least, most }
}

function takesOf(column: Column): Takes {
  switch (column.type.kind) {
    case 'text':
      return column.emptyIsNull ? 'some-text' : 'text'
    case 'int':
    case 'bigint':
    case 'double':
    case 'boolean':
      return column.type.kind
    case 'decimal':
    case 'date':
    case 'timestamp':
      return 'exact'
  }
}

// A name that JSON must escape equals no plain key, so lines that have it are left to the exact path.
function makeKey(name: string, takes: Takes, nullable: boolean): Key {
  return { bytes: Buffer.from(`${JSON.stringify(name)}:`), takes, nullable, bounds: undefined, seen: 0 }
}

// The packed line has these two of its own: a line that brings them too is never plain, whatever their values.
const SYSTEM_KEYS = [makeKey('_file', 'exact', false), makeKey('_line', 'exact', false)]

type KeyFinder = (bytes: Uint8Array, start: number, end: number) => Key | undefined

/** Finds the key that stands, with its quotes, from `start` to `end`. */
function keyFinder(keys: readonly Key[]): KeyFinder {
  const byLength = new Map<number, { readonly key: Key; readonly quoted: Uint8Array }[]>()
  for (const key of keys) {
    const quoted = key.bytes.subarray(0, -1)
    byLength.set(quoted.length, [...(byLength.get(quoted.length) ?? []), { key, quoted }])
  }
  return (bytes, start, end) => byLength.get(end - start)?.find(({ quoted }) => startsWith(bytes, start, quoted))?.key
}

function skipBlanks(bytes: Uint8Array, start: number): number {
  let at = start
  while (isBlank(bytes[at] as number)) at++
  return at
}

function isBlank(byte: number): boolean {
  return byte <= SPACE && (byte === SPACE || byte === TAB)
}
