/** Finds the ends of JSON tokens and values in bytes. It does not check what is inside of them. */
import type { Buffer } from 'node:buffer'
import {
  BACKSLASH,
  CLOSE_BRACE,
  CLOSE_BRACKET,
  COMMA,
  NEWLINE,
  OPEN_BRACE,
  OPEN_BRACKET,
  QUOTE,
  RETURN,
  SPACE,
  TAB,
} from '../../scanner/ascii.ts'

/** The result of a function here if the bytes end before the token does. */
export const MORE = -1

export const isBlank = (byte: number | undefined): boolean =>
  byte === SPACE || byte === NEWLINE || byte === RETURN || byte === TAB

/** The index of the next byte that is not white space. */
export function nextItem(bytes: Buffer, start: number): number {
  let at = start
  while (isBlank(bytes[at])) at++
  return at
}

/** `start` is the opening quote. */
export function stringEnd(bytes: Buffer, start: number): number {
  for (let at = start + 1; at < bytes.length; at++) {
    const byte = bytes[at]
    if (byte === QUOTE) return at + 1
    if (byte === BACKSLASH) at++
  }
  return MORE
}

/** Returns `start` if no value begins there. */
export function valueEnd(bytes: Buffer, start: number, isLast: boolean): number {
  const first = bytes[start]
  if (first === QUOTE) return stringEnd(bytes, start)
  if (first === OPEN_BRACE || first === OPEN_BRACKET) return nestedEnd(bytes, start)
  let at = start
  while (at < bytes.length && !endsScalar(bytes[at])) at++
  return at === bytes.length && !isLast ? MORE : at
}

/** Counts opening and closing brackets. Parsing the value later finds out whether they match. */
function nestedEnd(bytes: Buffer, start: number): number {
  let depth = 0
  for (let at = start; at < bytes.length; at++) {
    switch (bytes[at]) {
      case QUOTE: {
        const end = stringEnd(bytes, at)
        if (end === MORE) return MORE
        at = end - 1
        break
      }
      case OPEN_BRACE:
      case OPEN_BRACKET:
        depth++
        break
      case CLOSE_BRACE:
      case CLOSE_BRACKET:
        depth--
        if (depth === 0) return at + 1
    }
  }
  return MORE
}

const endsScalar = (byte: number | undefined): boolean =>
  byte === COMMA || byte === CLOSE_BRACE || byte === CLOSE_BRACKET || byte === OPEN_BRACE || isBlank(byte)
