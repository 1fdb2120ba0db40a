/** Recognizes a file of JSON that does not have one object a line. */
import type { Buffer } from 'node:buffer'
import { NEWLINE } from '../../scanner/ascii.ts'
import { FileRefused } from '../refused-file.ts'

/** Maximum number of bytes to look at. */
const MAX_BYTES = 64 * 1024

/**
 * Why a file is refused, by its beginning; undefined if it can consist of lines. A file is refused
 * if its first line does not end what it begins, and the next line is no object of its own.
 */
export function otherShape(beginning: Buffer): FileRefused | undefined {
  const [first, second] = firstLines(beginning)
  if (first === undefined || second === undefined || !/^[[{]/.test(first)) return undefined
  if (first !== '[' && (endOf(first) !== undefined || isObject(second))) return undefined
  return refused(first.startsWith('[') ? ARRAY : DOCUMENT)
}

/**
 * Why a file with a single line, which is rejected, is refused; undefined if the line is neither an
 * array of objects nor several objects. `line` can be cut.
 */
export function otherShapeOfLine(line: string): FileRefused | undefined {
  const text = line.trim()
  if (text.startsWith('[')) return text.slice(1).trimStart().startsWith('{') ? refused(ARRAY) : undefined
  const end = text.startsWith('{') ? endOf(text) : undefined
  return end !== undefined && text.slice(end).trimStart().startsWith('{') ? refused(CONCATENATED) : undefined
}

/** The first two lines that are not blank; none if they are too long. */
function firstLines(beginning: Buffer): readonly string[] {
  const lines: string[] = []
  for (let at = 0; at < beginning.length && lines.length < 2; ) {
    const newline = beginning.indexOf(NEWLINE, at)
    const end = newline < 0 ? beginning.length : newline
    if (end > MAX_BYTES) return []
    const line = beginning
      .toString('utf8', at, end)
      .replace(/^\ufeff/, '')
      .trim()
    if (line !== '') lines.push(line)
    at = end + 1
  }
  return lines
}

interface Shape {
  readonly what: string
  readonly format: string
}

const ARRAY: Shape = { what: 'a JSON array', format: "jsonDocuments({ records: '$[*]' })" }
const DOCUMENT: Shape = { what: 'a JSON document over several lines', format: 'jsonDocuments()' }
const CONCATENATED: Shape = { what: 'several JSON objects on a line', format: 'jsonDocuments()' }

const refused = ({ what, format }: Shape): FileRefused =>
  new FileRefused(`the file holds ${what}, and not one object a line: declare format: ${format}`)

/**
 * Index after the closing bracket of a text's first bracket. Undefined if a bracket or a string is
 * not closed, as in a line that was cut.
 */
function endOf(text: string): number | undefined {
  let depth = 0
  for (let at = 0; at < text.length; at++) {
    const character = text[at]
    if (character === '"') {
      at = stringEnd(text, at)
      if (at === text.length) return at
    } else if (character === '{' || character === '[') depth++
    else if (character === '}' || character === ']') depth--
    if (depth === 0) return at + 1
  }
  return undefined
}

/** The index of the closing quote, or the length of the text. */
function stringEnd(text: string, start: number): number {
  let at = start + 1
  while (at < text.length && text[at] !== '"') at += text[at] === '\\' ? 2 : 1
  return Math.min(at, text.length)
}

function isObject(line: string): boolean {
  if (!line.startsWith('{')) return false
  try {
    JSON.parse(line)
    return true
  } catch {
    return false
  }
}
