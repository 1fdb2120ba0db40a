/**
 * Makes rows from the records of delimited text that are certainly rows. It takes only records that
 * the slow path takes too, with the same values. A record that it does not take can still be a row.
 */
import { CLOSE_BRACE, NEWLINE, QUOTE, RETURN } from './ascii'
import { byteAt, isSame, SLOW, STRIDE } from './bytes'
import { EMPTY_IS_LEFT, EMPTY_IS_NULL, MAX_NULL_BYTES, NO_BYTE, TAKES_TEXT } from './protocol'
import { beginRow, dropRow, endRow, hasRoom, putByte, putBytes, putFraction } from './rows'
import { specialBytes } from './tokens'
import { fieldValueEnd, Taken } from './values'

/** A field of each record. */
@unmanaged
export class RecordField extends Taken {
  /** The bytes before its value in the row, such as `,"key":`. None if no column takes it. */
  bytes: usize
  length: usize
  /** Whether its value is text in JSON. */
  isText: bool
  /** Whether its decimal point can be another character than a point. */
  hasFraction: bool
  empty: i32
  next: RecordField | null
}

const EMPTY_TEXT: u32 = 0x2222
const NULL: u32 = 0x6c6c756e
const NULL_BYTES: usize = 4
/** 1 for each length of a text that means null. */
const nullLengths = memory.data(256)

let firstField: RecordField | null = null
let lastField: RecordField | null = null
let delimiterByte: u32 = NO_BYTE
let quoteByte: u32 = NO_BYTE
let escapeByte: u32 = NO_BYTE
/** What a line begins with that is no record. */
let comment: usize = 0
let commentLength: usize = 0
/** The row did not fit where rows are written. */
let hasNoRoom = false

/** Describes the records. */
export function describeRecords(delimiter: u32, quote: u32, escapes: u32): void {
  delimiterByte = delimiter
  quoteByte = quote
  escapeByte = escapes
  firstField = null
  lastField = null
  memory.fill(nullLengths, 0, MAX_NULL_BYTES)
}

/** A line that begins with these bytes is no record. The bytes stay at their address. */
export function noteComment(bytes: usize, length: usize): void {
  comment = bytes
  commentLength = length
}

/** A text of this length can mean null. */
export function noteNullLength(length: usize): void {
  store<u8>(nullLengths + length, 1)
}

/** Adds the next field of each record. */
export function addField(bytes: usize, length: usize): RecordField {
  const field = changetype<RecordField>(heap.alloc(offsetof<RecordField>()))
  memory.fill(changetype<usize>(field), 0, offsetof<RecordField>())
  field.bytes = bytes
  field.length = length
  const before = lastField
  if (before === null) firstField = field
  else before.next = field
  lastField = field
  return field
}

/** Whether the last record was left because its row did not fit. */
export function rowHadNoRoom(): bool {
  return hasNoRoom
}

/**
 * Writes the row of the record that begins at `start`, and returns where the next record begins.
 * Returns SLOW and writes nothing if the record is left to the slow path, or if there is no room.
 */
export function takeRecord(start: usize, number: f64): usize {
  if (commentLength > 0 && isSame(start, comment, commentLength)) return SLOW
  hasNoRoom = !beginRow(number, 0)
  if (hasNoRoom) return SLOW
  const end = takeFields(start)
  if (end === SLOW) dropRow()
  else endRow()
  return end
}

function takeFields(start: usize): usize {
  let at = start
  let field: RecordField | null = firstField
  while (field !== null) {
    at = takeField(at, field)
    if (at === SLOW) return SLOW
    field = field.next
    if (field !== null) {
      if (byteAt(at) !== delimiterByte) return SLOW
      at++
    }
  }
  putByte(CLOSE_BRACE)
  const end = byteAt(at) === RETURN ? at + 1 : at
  return at > start && byteAt(end) === NEWLINE ? end + 1 : SLOW
}

function takeField(start: usize, field: RecordField): usize {
  const first = byteAt(start)
  const isQuoted = first === quoteByte
  if (!isQuoted && (first === delimiterByte || first === NEWLINE || first === RETURN)) return takeEmpty(start, field)
  const from = isQuoted ? start + 1 : start
  const end = field.kind === TAKES_TEXT ? textEnd(from, isQuoted) : fieldValueEnd(from, field)
  if (end <= from || isNull(end - from) || (isQuoted && byteAt(end) !== quoteByte)) return SLOW
  if (field.length > 0) {
    hasNoRoom = !hasRoom(field.length + (end - from))
    if (hasNoRoom) return SLOW
    putBytes(field.bytes, field.length)
    if (field.isText) putByte(QUOTE)
    if (field.hasFraction) putFraction(from, end - from)
    else putBytes(from, end - from)
    if (field.isText) putByte(QUOTE)
  }
  return isQuoted ? end + 1 : end
}

function isNull(length: usize): bool {
  return length < (MAX_NULL_BYTES as usize) && load<u8>(nullLengths + length) === 1
}

/** Returns where text ends that JSON need not escape. A delimiter is text within quotes. */
function textEnd(start: usize, isQuoted: bool): usize {
  const quotes = i8x16.splat(quoteByte as i8)
  const escapes = i8x16.splat(escapeByte as i8)
  const delimiters = i8x16.splat(delimiterByte as i8)
  const hasQuote = quoteByte !== NO_BYTE
  const hasEscape = escapeByte !== NO_BYTE
  let at = start
  while (true) {
    const bytes = v128.load(at)
    let special = specialBytes(at)
    if (hasQuote) special |= i8x16.bitmask(i8x16.eq(bytes, quotes))
    if (hasEscape) special |= i8x16.bitmask(i8x16.eq(bytes, escapes))
    if (!isQuoted) special |= i8x16.bitmask(i8x16.eq(bytes, delimiters))
    if (special !== 0) return at + ctz(special)
    at += STRIDE
  }
}

function takeEmpty(start: usize, field: RecordField): usize {
  if (field.length === 0) return start
  if (field.empty === EMPTY_IS_LEFT) return SLOW
  hasNoRoom = !hasRoom(field.length + NULL_BYTES)
  if (hasNoRoom) return SLOW
  putBytes(field.bytes, field.length)
  if (field.empty === EMPTY_IS_NULL) {
    putByte(NULL & 0xff)
    putByte((NULL >> 8) & 0xff)
    putByte((NULL >> 16) & 0xff)
    putByte(NULL >> 24)
  } else {
    putByte(EMPTY_TEXT & 0xff)
    putByte(EMPTY_TEXT >> 8)
  }
  return start
}
