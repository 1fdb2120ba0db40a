/** Splits JSON objects and arrays into their parts without parsing the parts. */
import { BACKSLASH, CLOSE_BRACE, CLOSE_BRACKET, COMMA, OPEN_BRACE, OPEN_BRACKET, QUOTE } from '../../scanner/ascii.ts'

/**
 * The members of a JSON object, with the text of their values (`1.50` stays `1.50`). The last of a
 * repeated key counts. `object` must be text that JSON.parse reads as an object: it is not checked
 * again. Nesting can be of any depth.
 */
export function members(object: string): Map<string, string> {
  const found = new Map<string, string>()
  let at = skipSpace(object, object.indexOf('{') + 1)
  while (object.charCodeAt(at) === QUOTE) {
    const keyEnd = stringEnd(object, at)
    const valueStart = skipSpace(object, skipSpace(object, keyEnd) + 1)
    const end = valueEnd(object, valueStart)
    found.set(keyOf(object.slice(at, keyEnd)), object.slice(valueStart, end))
    at = skipSpace(object, end)
    if (object.charCodeAt(at) === COMMA) at = skipSpace(object, at + 1)
  }
  return found
}

/** The text of each element of a JSON array, which must be valid, as for `members`. */
export function items(array: string): readonly string[] {
  const found: string[] = []
  let at = skipSpace(array, array.indexOf('[') + 1)
  while (array.charCodeAt(at) !== CLOSE_BRACKET) {
    const end = valueEnd(array, at)
    found.push(array.slice(at, end))
    at = skipSpace(array, end)
    if (array.charCodeAt(at) === COMMA) at = skipSpace(array, at + 1)
  }
  return found
}

function keyOf(quoted: string): string {
  return quoted.includes('\\') ? JSON.parse(quoted) : quoted.slice(1, -1)
}

function valueEnd(text: string, start: number): number {
  const first = text.charCodeAt(start)
  if (first === QUOTE) return stringEnd(text, start)
  if (first === OPEN_BRACE || first === OPEN_BRACKET) return nestedEnd(text, start)
  let at = start
  while (!endsScalar(text.charCodeAt(at))) at++
  return at
}

function nestedEnd(text: string, start: number): number {
  let depth = 0
  let at = start
  do {
    const code = text.charCodeAt(at)
    if (code === OPEN_BRACE || code === OPEN_BRACKET) depth++
    if (code === CLOSE_BRACE || code === CLOSE_BRACKET) depth--
    at = code === QUOTE ? stringEnd(text, at) : at + 1
  } while (depth > 0)
  return at
}

function stringEnd(text: string, start: number): number {
  let at = start + 1
  for (;;) {
    const code = text.charCodeAt(at)
    if (code === QUOTE) return at + 1
    at += code === BACKSLASH ? 2 : 1
  }
}

function skipSpace(text: string, start: number): number {
  let at = start
  while (isSpace(text.charCodeAt(at))) at++
  return at
}

function endsScalar(code: number): boolean {
  return code === COMMA || code === CLOSE_BRACE || code === CLOSE_BRACKET || isSpace(code)
}

function isSpace(code: number): boolean {
  return code === 0x20 || code === 0x09 || code === 0x0d || code === 0x0a
}
