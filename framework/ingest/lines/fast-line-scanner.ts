/** Recognizes the lines that the fast path takes without parsing them. */
import { Buffer } from 'node:buffer'
import type { LineRefinement } from '../../declare/line-refinements.ts'
import {
  fastIntegerEnd,
  fastKeyEnd,
  fastNumberEnd,
  fastStringEnd,
  fastWordEnd,
  SLOW_PATH,
  startsWith,
} from './fast-tokens.ts'
import type { LineColumn } from './line-columns.ts'

/**
 * Returns the end of the line that begins at `start`, as the index of its line end (or of the end
 * of `bytes`). Returns SLOW_PATH if the line is not surely a good row. The bytes must be valid
 * UTF-8.
 */
export type FastLineEnd = (bytes: Uint8Array, start: number) => number

/** The values of a key that the fast path takes, apart from null. */
type Takes = 'text' | 'some-text' | 'int' | 'bigint' | 'double' | 'boolean' | 'nothing' | 'anything'

interface Key {
  /** The key as most lines write it: `"key":`. */
  readonly bytes: Uint8Array
  readonly takes: Takes
  readonly nullable: boolean
  /** The bounds of an integer column. Other refinements are left to the slow path. */
  readonly bounds: IntegerBounds | undefined
  /** The number of the last line that had this key. */
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
 * Makes the scanner for the fast path. It accepts flat JSON objects that every strict parser reads
 * as the same good row: the slow path accepts them too, and an engine reads the same values from
 * their bytes as from the slow path's fields. A line that it does not accept can still be a good
 * row. It allocates nothing per line, and is fastest if each line has its keys in the order of the
 * previous line.
 */
export function fastLineScanner(columns: readonly LineColumn[]): FastLineEnd {
  const keys = columns.map(columnKey)
  const required = keys.filter((key) => !key.nullable).length
  const findKey = keyFinder([...keys, ...SYSTEM_KEYS])
  const order: (Key | undefined)[] = []
  let line = 0

  return (bytes, start) => {
    if (bytes[start] !== OPEN_BRACE) return SLOW_PATH
    line++
    let missing = required
    let at = start
    for (let position = 0; position === 0 || bytes[at] === COMMA; position++) {
      at = skipBlanks(bytes, at + 1)
      let key = order[position]
      if (key !== undefined && startsWith(bytes, at, key.bytes)) at += key.bytes.length
      else {
        const keyEnd = fastKeyEnd(bytes, at)
        if (keyEnd === SLOW_PATH) return SLOW_PATH
        key = findKey(bytes, at, keyEnd)
        order[position] = key
        at = skipBlanks(bytes, keyEnd)
        if (bytes[at] !== COLON) return SLOW_PATH
        at++
      }
      if (key !== undefined) {
        if (key.seen === line) return SLOW_PATH
        key.seen = line
        if (!key.nullable) missing--
      }
      at = fastValueEnd(bytes, skipBlanks(bytes, at), key)
      if (at === SLOW_PATH) return SLOW_PATH
      at = skipBlanks(bytes, at)
    }
    return bytes[at] === CLOSE_BRACE && missing === 0 ? lineEnd(bytes, at + 1) : SLOW_PATH
  }
}

function lineEnd(bytes: Uint8Array, afterBrace: number): number {
  const end = bytes[afterBrace] === RETURN ? afterBrace + 1 : afterBrace
  return end === bytes.length || bytes[end] === NEWLINE ? end : SLOW_PATH
}

/** `key` is undefined if it is not declared. Its value can then be any scalar. */
function fastValueEnd(bytes: Uint8Array, start: number, key: Key | undefined): number {
  const takes = key === undefined ? 'anything' : key.takes
  switch (bytes[start]) {
    case QUOTE:
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

interface IntegerBounds {
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

function columnKey(column: LineColumn): Key {
  const { refinements } = column
  if (refinements.length === 0) return makeKey(column.name, takesOf(column), column.nullable)
  const bounds = integerBounds(column, refinements)
  return { ...makeKey(column.name, bounds ? takesOf(column) : 'nothing', column.nullable), bounds }
}

/** Undefined if the refinements are more than bounds of an integer. */
function integerBounds({ type }: LineColumn, refinements: readonly LineRefinement[]): IntegerBounds | undefined {
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

function takesOf(column: LineColumn): Takes {
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
    case 'array':
    case 'struct':
      return 'nothing'
  }
}

// The fast path takes no key with an escape. So lines with a name that JSON must escape go to the
// slow path.
function makeKey(name: string, takes: Takes, nullable: boolean): Key {
  return { bytes: Buffer.from(`${JSON.stringify(name)}:`), takes, nullable, bounds: undefined, seen: 0 }
}

// A packed line begins with these two keys. So a line that has one of them itself goes to the slow
// path.
const SYSTEM_KEYS = [makeKey('_file', 'nothing', false), makeKey('_line', 'nothing', false)]

type KeyFinder = (bytes: Uint8Array, start: number, end: number) => Key | undefined

/** Makes a function that finds a key by its bytes from `start` to `end`, with the quotes. */
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
