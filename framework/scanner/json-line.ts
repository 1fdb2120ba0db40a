/**
 * Recognizes the lines of JSON that the fast path takes without parsing them: flat objects that
 * every strict parser reads as the same good row. The slow path accepts them too, and an engine
 * reads the same values from their bytes as from the slow path's fields. A line that is left to the
 * slow path can still be a good row.
 */
import { CLOSE_BRACE, COLON, COMMA, NEWLINE, OPEN_BRACE, RETURN } from './ascii'
import { byteAt, isSame, SLOW, skipBlanks } from './bytes'
import { addUnknownKey, clearCounts, findKey, Key } from './keys'
import { TAKES_ANYTHING } from './protocol'
import { keyEnd } from './tokens'
import { jsonValueEnd, Taken } from './values'

/** How many members of a line are expected to have the keys of the previous line. */
const MAX_EXPECTED: usize = 1024
const expected = memory.data(4096)
/** Maximum number of keys of a line that are noted, so that the line can be counted. */
const MAX_NOTED: usize = 1024
const noted = memory.data(4096)

/** The values that are taken for a key that is not in the table. */
const anything = changetype<Taken>(memory.data(offsetof<Taken>()))

let requiredKeys: u32 = 0
let countsKeys = false
let refusesUnknown = false
/** The number of the current line, over all files. */
let line: u32 = 0
let notedKeys: usize = 0
let declaredKeys: u32 = 0

let lines: u32 = 0
let linesWithMore: u32 = 0
let bareLines: u32 = 0

/** `required`: how many keys every line must have. */
export function expectKeys(required: u32, counts: bool, refuses: bool): void {
  requiredKeys = required
  countsKeys = counts
  refusesUnknown = refuses
  anything.kind = TAKES_ANYTHING
  anything.isNullable = true
}

/** Begins to count the lines of a file. */
export function beginCounts(): void {
  lines = 0
  linesWithMore = 0
  bareLines = 0
  if (countsKeys) clearCounts()
}

/** The counted lines of the current file. */
export function countedLines(): u32 {
  return lines
}

/** Lines that have a key of which the host keeps no count. */
export function countedLinesWithMore(): u32 {
  return linesWithMore
}

/** Lines that have no declared key. */
export function countedBareLines(): u32 {
  return bareLines
}

/**
 * Returns the end of the line that begins at `start`: the address of its line end, or `limit`.
 * Returns SLOW unless the line is certainly a good row. It is fastest if each line has its keys in
 * the order of the previous line.
 */
export function lineEnd(start: usize, limit: usize): usize {
  if (byteAt(start) !== OPEN_BRACE) return SLOW
  line++
  notedKeys = 0
  declaredKeys = 0
  let missing = requiredKeys
  let at = start
  for (let position: usize = 0; position === 0 || byteAt(at) === COMMA; position++) {
    at = skipBlanks(at + 1)
    let key = expectedKey(position)
    if (key !== null && isSame(at, key.bytes, key.length)) at += key.length
    else {
      const end = keyEnd(at)
      if (end === SLOW) return SLOW
      key = findKey(at, end - at)
      if (key === null) {
        if (refusesUnknown) return SLOW
        key = addUnknownKey(at, end - at)
        if (key === null && countsKeys) return SLOW
      }
      expectKey(position, key)
      at = skipBlanks(end)
      if (byteAt(at) !== COLON) return SLOW
      at++
    }
    at = skipBlanks(at)
    const valueStart = at
    at = jsonValueEnd(at, key === null ? anything : key)
    if (at === SLOW) return SLOW
    if (key !== null) {
      if (key.seen === line && (countsKeys || !key.isUnknown)) return SLOW
      key.seen = line
      if (!key.isUnknown) {
        declaredKeys++
        if (!key.isNullable) missing--
      }
      if (countsKeys && !noteKey(key, valueStart, at)) return SLOW
    }
    at = skipBlanks(at)
  }
  if (byteAt(at) !== CLOSE_BRACE || missing !== 0) return SLOW
  const end = byteAt(at + 1) === RETURN ? at + 2 : at + 1
  return end === limit || byteAt(end) === NEWLINE ? end : SLOW
}

function expectedKey(position: usize): Key | null {
  return position < MAX_EXPECTED ? load<Key | null>(expected + position * sizeof<usize>()) : null
}

function expectKey(position: usize, key: Key | null): void {
  if (position < MAX_EXPECTED) store<Key | null>(expected + position * sizeof<usize>(), key)
}

/** Notes a key whose lines are counted, unless it is a declared key that an earlier line has. */
function noteKey(key: Key, valueStart: usize, valueEnd: usize): bool {
  if (!key.isUnknown && key.lines > 0) return true
  if (notedKeys === MAX_NOTED) return false
  key.valueStart = valueStart
  key.valueEnd = valueEnd
  store<Key>(noted + notedKeys * sizeof<usize>(), key)
  notedKeys++
  return true
}

/**
 * Counts the line that `lineEnd` has taken. Returns false, and counts nothing, if the host must
 * first name keys of the line.
 */
export function countLine(): bool {
  if (!countsKeys) return true
  if (keyToName() !== null) return false
  let hasMore = false
  for (let index: usize = 0; index < notedKeys; index++) {
    const key = notedKey(index)
    key.lines++
    if (key.isOneTooMany) hasMore = true
  }
  lines++
  if (hasMore) linesWithMore++
  if (declaredKeys === 0) bareLines++
  return true
}

/** An unknown key of the line that must be named; null if there is none. */
export function keyToName(): Key | null {
  for (let index: usize = 0; index < notedKeys; index++) {
    const key = notedKey(index)
    if (key.isUnknown && !key.isNamed) return key
  }
  return null
}

function notedKey(index: usize): Key {
  return load<Key>(noted + index * sizeof<usize>())
}
