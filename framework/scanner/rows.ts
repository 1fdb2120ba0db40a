/** Writes rows: what all rows of a file begin with, a number, and the members. */
import { COMMA, DIGIT_0, NEWLINE, POINT } from './ascii'
import { byteAt, copyBytes } from './bytes'
import { isDecimalPoint } from './tokens'

/** Room for a number, the bytes around it, and the bytes that are copied beyond the end. */
const ROOM: usize = 48

let head: usize = 0
let headLength: usize = 0
let start: usize = 0
let limit: usize = 0
let row: usize = 0
let end: usize = 0
let rows: u32 = 0
let longest: u32 = 0
let isWriting = true

/** All rows begin with the `length` bytes at `bytes`, up to the number. */
export function beginRowsWith(bytes: usize, length: usize): void {
  head = bytes
  headLength = length
}

/** Rows are written from `from` on, and end before `to`. */
export function writeRowsTo(from: usize, to: usize): void {
  isWriting = true
  start = from
  limit = to
  end = from
  rows = 0
  longest = 0
}

/** Writes no rows. */
export function writeNoRows(): void {
  isWriting = false
}

export function writtenBytes(): usize {
  return end - start
}

export function writtenRows(): u32 {
  return rows
}

/** Length of the longest row, in bytes without its newline. */
export function longestRow(): u32 {
  return longest
}

/** Begins a row. Returns false if there is no room for it with `length` more bytes. */
export function beginRow(number: f64, length: usize): bool {
  if (!isWriting) return true
  row = end
  if (!hasRoom(headLength + length)) return false
  copyBytes(end, head, headLength)
  end += headLength
  putNumber(number)
  putByte(COMMA)
  return true
}

export function hasRoom(length: usize): bool {
  return !isWriting || end + length + ROOM <= limit
}

export function putByte(byte: u32): void {
  if (!isWriting) return
  store<u8>(end, byte as u8)
  end++
}

export function putBytes(bytes: usize, length: usize): void {
  if (!isWriting) return
  copyBytes(end, bytes, length)
  end += length
}

/**
 * Writes a number as JSON does: with a point in place of its decimal point, which can be a comma.
 */
export function putFraction(from: usize, length: usize): void {
  for (let at = from; at < from + length; at++) putByte(isDecimalPoint(byteAt(at)) ? POINT : byteAt(at))
}

function putNumber(number: f64): void {
  let rest = number as u64
  let digits: usize = 1
  for (let less = rest; less >= 10; less /= 10) digits++
  for (let at = end + digits - 1; at >= end; at--) {
    store<u8>(at, (DIGIT_0 + (rest % 10)) as u8)
    rest /= 10
  }
  end += digits
}

export function endRow(): void {
  if (!isWriting) return
  if (end - row > longest) longest = (end - row) as u32
  putByte(NEWLINE)
  rows++
}

export function dropRow(): void {
  end = row
}
