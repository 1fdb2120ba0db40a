/**
 * The fast path of text files: finds the records that are certainly good rows, 16 bytes at a time,
 * and packs them. The build compiles it to WebAssembly. Only the host calls it, with addresses in
 * the scanner's memory, and one scanner serves one source.
 */
import { RETURN } from './ascii'
import { byteAt, SLOW } from './bytes'
import {
  addField,
  describeRecords,
  noteComment,
  noteNullLength,
  RecordField,
  rowHadNoRoom,
  takeRecord,
} from './csv-record'
import {
  beginCounts,
  countedBareLines,
  countedLines,
  countedLinesWithMore,
  countLine,
  expectKeys,
  keyToName,
  lineEnd,
} from './json-line'
import { addKey, Key, keyAfter } from './keys'
import { ALL_TAKEN, FULL, LEFT, NAMES } from './protocol'
import {
  beginRow,
  beginRowsWith,
  dropRow,
  endRow,
  longestRow,
  putBytes,
  writeNoRows,
  writeRowsTo,
  writtenBytes,
  writtenRows,
} from './rows'
import { separateFractionsBy } from './tokens'
import { Taken } from './values'

export {
  beginCounts,
  beginRowsWith,
  countedBareLines,
  countedLines,
  countedLinesWithMore,
  describeRecords,
  expectKeys,
  longestRow,
  noteComment,
  noteNullLength,
  separateFractionsBy,
  writeRowsTo,
  writtenBytes,
  writtenRows,
}

/** Where the last call stopped: the beginning of the record that it has not taken. */
let stopped: usize = 0
let scannedLines: u32 = 0
let longestScanned: usize = 0

export function stoppedAt(): usize {
  return stopped
}

export function allocate(bytes: usize): usize {
  return heap.alloc(bytes)
}

/** Adds a declared key, whose bytes are `"key":`, and returns its address. */
export function declareKey(bytes: usize, length: usize): usize {
  return changetype<usize>(addKey(bytes, length))
}

/** Adds the next field of delimited text, and returns its address. */
export function declareField(bytes: usize, length: usize, isText: bool, empty: i32): usize {
  const field = addField(bytes, length)
  field.isText = isText
  field.empty = empty
  return changetype<usize>(field)
}

/** The decimal point of the field's numbers differs from that of JSON. */
export function hasFraction(address: usize): void {
  changetype<RecordField>(address).hasFraction = true
}

/** Says which values the fast path takes for a key or a field. */
export function takes(address: usize, kind: i32, isNullable: bool): void {
  const taken = changetype<Taken>(address)
  taken.kind = kind
  taken.isNullable = isNullable
}

export function takesDigits(address: usize, digits: i32, scale: i32): void {
  const taken = changetype<Taken>(address)
  taken.digits = digits
  taken.scale = scale
}

export function takesBounds(address: usize, min: f64, max: f64): void {
  const taken = changetype<Taken>(address)
  taken.isBounded = true
  taken.min = min
  taken.max = max
}

/**
 * Scans lines of JSON that stay in their file. Takes no line that ends with CR, because an engine
 * would read it differently. Returns why it stopped.
 */
export function scanLines(start: usize, limit: usize): i32 {
  scannedLines = 0
  longestScanned = 0
  for (let at = start; at < limit; at = stopped) {
    stopped = at
    const end = lineEnd(at, limit)
    if (end === SLOW || byteAt(end - 1) === RETURN) return LEFT
    if (!countLine()) return NAMES
    scannedLines++
    if (end - at > longestScanned) longestScanned = end - at
    stopped = end + 1
  }
  return ALL_TAKEN
}

/** Scans records of delimited text that stay in their file, like `scanLines`. */
export function scanRecords(start: usize, limit: usize): i32 {
  scannedLines = 0
  longestScanned = 0
  writeNoRows()
  for (let at = start; at < limit; at = stopped) {
    stopped = at
    const next = takeRecord(at, 0)
    if (next === SLOW || byteAt(next - 2) === RETURN) return LEFT
    scannedLines++
    if (next - 1 - at > longestScanned) longestScanned = next - 1 - at
    stopped = next
  }
  return ALL_TAKEN
}

/** How many lines the last call of `scanLines` or `scanRecords` has taken. */
export function linesScanned(): u32 {
  return scannedLines
}

/** Length of the longest of them, in bytes without its newline. */
export function longestLine(): usize {
  return longestScanned
}

/**
 * Packs lines of JSON, the first of which has this number, until the rows have at least
 * `enoughBytes`. Returns why it stopped.
 */
export function packLines(start: usize, limit: usize, number: f64, enoughBytes: f64): i32 {
  for (let at = start; at < limit; at = stopped) {
    stopped = at
    if ((writtenBytes() as f64) >= enoughBytes) return FULL
    const end = lineEnd(at, limit)
    if (end === SLOW) return LEFT
    const body = at + 1
    const bodyEnd = end > body && byteAt(end - 1) === RETURN ? end - 1 : end
    if (!beginRow(number, bodyEnd - body)) return FULL
    if (!countLine()) {
      dropRow()
      return NAMES
    }
    putBytes(body, bodyEnd - body)
    endRow()
    number++
    stopped = end + 1
  }
  return ALL_TAKEN
}

/** Packs records of delimited text like `packLines`. Each of them is one line. */
export function packRecords(start: usize, limit: usize, number: f64): i32 {
  for (let at = start; at < limit; at = stopped) {
    stopped = at
    const next = takeRecord(at, number)
    if (next === SLOW) return rowHadNoRoom() ? FULL : LEFT
    number++
    stopped = next
  }
  return ALL_TAKEN
}

/** An unknown key of the next line that must be named; 0 if there is none. */
export function keyThatNeedsName(): usize {
  return changetype<usize>(keyToName())
}

/** Counts the lines of the current file with the key. `isOneTooMany`: the host keeps no count. */
export function nameKey(address: usize, isOneTooMany: bool): void {
  const key = changetype<Key>(address)
  key.isNamed = true
  key.isOneTooMany = isOneTooMany
}

/**
 * The address of the key after the key at `address`; of the first key for 0; 0 after the last key.
 */
export function nextKey(address: usize): usize {
  return changetype<usize>(keyAfter(changetype<Key | null>(address)))
}

/**
 * The number of counted lines of the current file that have the key, since it was declared or
 * named.
 */
export function linesWith(address: usize): u32 {
  return changetype<Key>(address).lines
}

export function keyBytes(address: usize): usize {
  return changetype<Key>(address).bytes
}

export function keyLength(address: usize): usize {
  return changetype<Key>(address).length
}

/** Where the value of the key is in the next line. */
export function valueStartOf(address: usize): usize {
  return changetype<Key>(address).valueStart
}

export function valueEndOf(address: usize): usize {
  return changetype<Key>(address).valueEnd
}
