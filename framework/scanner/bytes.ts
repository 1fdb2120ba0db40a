/** Compares and classifies bytes. */
import { DIGIT_0, SPACE, TAB } from './ascii'

/** How many bytes are compared at once. */
export const STRIDE: usize = 16

/** The end of a token that the fast path does not take. No token ends at this address. */
export const SLOW: usize = 0

export function byteAt(at: usize): u32 {
  return load<u8>(at)
}

export function isDigit(byte: u32): bool {
  return byte - DIGIT_0 <= 9
}

/** Whether the bytes at two addresses are the same. Reads up to 16 bytes beyond both. */
export function isSame(left: usize, right: usize, length: usize): bool {
  for (let at: usize = 0; at < length; at += STRIDE) {
    const same: u32 = i8x16.bitmask(i8x16.eq(v128.load(left + at), v128.load(right + at)))
    const rest = length - at
    const wanted: u32 = rest >= STRIDE ? 0xffff : (1 << (rest as u32)) - 1
    if ((same & wanted) !== wanted) return false
  }
  return true
}

/**
 * Copies up to 16 bytes more than `length`. For texts of usual length this is faster than
 * `memory.copy`.
 */
export function copyBytes(to: usize, from: usize, length: usize): void {
  for (let at: usize = 0; at < length; at += STRIDE) v128.store(to + at, v128.load(from + at))
}

/** Skips what JSON allows between tokens of one line. */
export function skipBlanks(start: usize): usize {
  let at = start
  while (byteAt(at) <= (SPACE as u32) && (byteAt(at) === SPACE || byteAt(at) === TAB)) at++
  return at
}
