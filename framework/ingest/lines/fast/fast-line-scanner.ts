/** Recognizes the lines that the fast path takes without parsing them. */
import type { KeyCounter } from '../../keys/key-counter.ts'
import type { LineColumn } from '../line-columns.ts'
import { FastCounts } from './fast-counts.ts'
import { columnKeys, type Key, KnownKeys, packedKeys, SYSTEM_KEYS } from './fast-keys.ts'
import { fastKeyEnd, SLOW_PATH, startsWith } from './fast-tokens.ts'
import { fastValueEnd } from './fast-values.ts'

/**
 * Returns the end of the line that begins at `start`: the index of its line end, or of the end of
 * `bytes`. Returns SLOW_PATH unless the line is certainly a good row. The bytes must be valid
 * UTF-8.
 */
export type FastLineEnd = (bytes: Uint8Array, start: number) => number

const TAB = 0x09
const NEWLINE = 0x0a
const RETURN = 0x0d
const SPACE = 0x20
const COMMA = 0x2c
const COLON = 0x3a
const OPEN_BRACE = 0x7b
const CLOSE_BRACE = 0x7d

export interface FastPathOptions {
  /** Counts the keys of the lines that the fast path takes. */
  readonly counter?: KeyCounter | undefined
  /** Whether lines with unknown keys are left to the slow path. */
  readonly refusesUnknown?: boolean
  /**
   * Additional members of packed lines. A line that has one of them itself is left to the slow
   * path.
   */
  readonly packed?: readonly string[]
}

/**
 * Makes the scanner for the fast path. It accepts flat JSON objects that every strict parser reads
 * as the same good row: the slow path accepts them too, and an engine reads the same values from
 * their bytes as from the slow path's fields. A line that it does not accept can still be a good
 * row. It allocates nothing per line, and is fastest if each line has its keys in the order of the
 * previous line.
 */
export function fastLineScanner(columns: readonly LineColumn[], options: FastPathOptions = {}): FastLineEnd {
  const declared = columnKeys(columns)
  const required = declared.filter((key) => !key.nullable).length
  const keys = new KnownKeys([...declared, ...SYSTEM_KEYS, ...packedKeys(columns, options.packed ?? [])])
  const counts = options.counter && new FastCounts(options.counter, declared)
  const refusesUnknown = options.refusesUnknown ?? false
  const order: (Key | undefined)[] = []
  let line = 0

  return (bytes, start) => {
    if (bytes[start] !== OPEN_BRACE) return SLOW_PATH
    line++
    let missing = required
    let unknown = 0
    let position = 0
    let at = start
    for (; position === 0 || bytes[at] === COMMA; position++) {
      at = skipBlanks(bytes, at + 1)
      let key = order[position]
      if (key !== undefined && startsWith(bytes, at, key.bytes)) at += key.bytes.length
      else {
        const keyEnd = fastKeyEnd(bytes, at)
        if (keyEnd === SLOW_PATH) return SLOW_PATH
        key = keys.find(bytes, at, keyEnd)
        if (key === undefined && refusesUnknown) return SLOW_PATH
        if (key === undefined && counts !== undefined) {
          key = keys.addUnknown(bytes, at, keyEnd)
          if (key === undefined) return SLOW_PATH
        }
        order[position] = key
        at = skipBlanks(bytes, keyEnd)
        if (bytes[at] !== COLON) return SLOW_PATH
        at++
      }
      at = skipBlanks(bytes, at)
      if (key !== undefined) {
        if (key.seen === line) return SLOW_PATH
        key.seen = line
        if (!key.nullable) missing--
        if (key.isUnknown) counts?.seeUnknown(key, unknown++, at)
      }
      at = fastValueEnd(bytes, at, key)
      if (at === SLOW_PATH) return SLOW_PATH
      at = skipBlanks(bytes, at)
    }
    if (bytes[at] !== CLOSE_BRACE || missing !== 0) return SLOW_PATH
    const end = lineEnd(bytes, at + 1)
    if (end !== SLOW_PATH && counts !== undefined) counts.take(bytes, line, { unknown, declared: position - unknown })
    return end
  }
}

function lineEnd(bytes: Uint8Array, afterBrace: number): number {
  const end = bytes[afterBrace] === RETURN ? afterBrace + 1 : afterBrace
  return end === bytes.length || bytes[end] === NEWLINE ? end : SLOW_PATH
}

function skipBlanks(bytes: Uint8Array, start: number): number {
  let at = start
  while (isBlank(bytes[at] as number)) at++
  return at
}

function isBlank(byte: number): boolean {
  return byte <= SPACE && (byte === SPACE || byte === TAB)
}
