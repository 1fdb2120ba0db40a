/**
 * Writes the rows that code gives as lines of JSON, which are then validated by the rules of lines.
 */

import { inspect } from 'node:util'
import type { Column, ColumnType } from '../../declare/columns.ts'
import { messageOf } from '../../errors.ts'
import { textOfBytes } from '../encoded-bytes.ts'

/** A row as a line, or why it cannot be one. */
export type GivenText =
  | { readonly kind: 'line'; readonly line: string }
  | { readonly kind: 'reject'; readonly reason: string; readonly text: string }

/** Thrown for a value that JSON cannot hold exactly. The message is the reason of the reject. */
class NoLine extends Error {}

/** Maximum depth of nested values. Deeper ones are mostly cycles. */
const MAX_DEPTH = 200

/**
 * Writes a row. The line is validated like any other line: a text where a number belongs stays a
 * text.
 */
export function givenText(row: unknown, columns: ReadonlyMap<string, Column>): GivenText {
  try {
    if (typeof row !== 'object' || row === null || Array.isArray(row)) throw new NoLine('expected an object')
    const members = Object.entries(row).flatMap(([name, value]) => {
      if (value === undefined) return []
      const column = columns.get(name)
      const text = within(name, () => columnText(value, column))
      return [`${JSON.stringify(name)}:${text}`]
    })
    return { kind: 'line', line: `{${members.join(',')}}` }
  } catch (error) {
    // The row comes from the author's code: its getters can throw anything.
    const reason = messageOf(error)
    return { kind: 'reject', reason, text: inspected(row) }
  }
}

function columnText(value: unknown, column: Column | undefined): string {
  const { type, format } = column ?? {}
  if (format?.kind === 'json') return jsonText(value)
  const isEncoded = format?.kind === 'hex' || format?.kind === 'base64url'
  return isEncoded && value instanceof Uint8Array
    ? JSON.stringify(textOfBytes(value, format.kind))
    : valueText(value, type, 1)
}

/** In a column of JSON, a text is the text of a value. */
function jsonText(value: unknown): string {
  if (typeof value !== 'string') return valueText(value, undefined, 1)
  try {
    JSON.parse(value)
  } catch {
    throw new NoLine('expected the text of JSON')
  }
  // Line ends in it can only be white space between values.
  return value.replaceAll(/[\r\n]/g, ' ')
}

function within(name: string, write: () => string): string {
  try {
    return write()
  } catch (error) {
    if (error instanceof NoLine) throw new NoLine(`${name}: ${error.message}`)
    throw error
  }
}

function valueText(value: unknown, type: ColumnType | undefined, depth: number): string {
  if (depth > MAX_DEPTH) throw new NoLine(`values within values are more than ${MAX_DEPTH} deep`)
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return JSON.stringify(value)
    case 'bigint':
      return String(value)
    case 'number':
      return numberText(value, type)
    case 'object':
      return value === null ? 'null' : objectText(value, type, depth)
    default:
      throw new NoLine(`${typeof value} is no value of a column`)
  }
}

function numberText(value: number, type: ColumnType | undefined): string {
  if (type?.kind === 'bigint' && Number.isInteger(value) && !Number.isSafeInteger(value))
    throw new NoLine(`the number ${value} may be rounded: give a bigint`)
  // The rules of lines accept NaN and infinities only if the column does.
  return Object.is(value, -0) ? '-0' : String(value)
}

function objectText(value: object, type: ColumnType | undefined, depth: number): string {
  if (value instanceof Date) return dateText(value)
  if (value instanceof Uint8Array) return bytesText(value, type)
  if (Array.isArray(value)) {
    const element = type?.kind === 'array' ? type.element : undefined
    return `[${Array.from(value, (item) => valueText(item, element, depth + 1)).join(',')}]`
  }
  if ('toJSON' in value && typeof value.toJSON === 'function') return valueText(value.toJSON(), type, depth + 1)
  const isMap = type?.kind === 'map'
  if ((value instanceof Map && !isMap) || value instanceof Set)
    throw new NoLine(`a ${value instanceof Set ? 'Set' : 'Map'} is no value of a column`)
  const fields = type?.kind === 'struct' ? type.fields : []
  const entries: Iterable<readonly [unknown, unknown]> = value instanceof Map ? value : Object.entries(value)
  const members = Array.from(entries).flatMap(([key, member]) => {
    const name = String(key)
    const own = isMap ? type.value : fields.find((candidate) => candidate.name === name)?.type
    return member === undefined ? [] : [`${JSON.stringify(name)}:${valueText(member, own, depth + 1)}`]
  })
  return `{${members.join(',')}}`
}

/** Bytes in a column of JSON become base64, too. */
function bytesText(value: Uint8Array, type: ColumnType | undefined): string {
  if (type && type.kind !== 'binary') throw new NoLine('bytes are a value of binary() only')
  return JSON.stringify(textOfBytes(value, 'base64'))
}

function dateText(value: Date): string {
  if (Number.isNaN(value.getTime())) throw new NoLine('an invalid Date')
  return JSON.stringify(value.toISOString())
}

/** Maximum length of the text of a rejected row, in characters. */
const MAX_TEXT = 65_536

function inspected(row: unknown): string {
  try {
    return inspect(row, { breakLength: Number.POSITIVE_INFINITY, depth: 4, getters: false }).slice(0, MAX_TEXT)
  } catch {
    return ''
  }
}
