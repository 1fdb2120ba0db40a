/**
 * Writes the rows that code gives as lines of JSON, which are then validated by the rules of lines.
 */

import { inspect } from 'node:util'
import type { Column, ColumnType } from '../../declare/columns.ts'
import { formatOfPart, type ValueFormat } from '../../declare/reading/value-format.ts'
import { messageOf } from '../../errors.ts'
import { textOfBytes } from '../encoded-bytes.ts'

/** A row as a line, or why it cannot be one. */
type GivenText =
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

const columnText = (value: unknown, column: Column | undefined): string =>
  column?.format?.kind === 'json' ? jsonText(value) : valueText(value, column, 1)

/** In a column of JSON, a text is the text of a value. */
function jsonText(value: unknown): string {
  if (typeof value !== 'string') return valueText(value, undefined, 1)
  try {
    JSON.parse(value)
  } catch {
    throw new NoLine('expected the text of JSON')
  }
  // In valid JSON, a line end can only be white space between values.
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

/** What a column or a part of it is declared as. */
interface Declared {
  readonly type: ColumnType
  readonly format?: ValueFormat | null
}

/** `declared` is undefined inside JSON, and for a key that no column or field has. */
function valueText(value: unknown, declared: Declared | undefined, depth: number): string {
  if (depth > MAX_DEPTH) throw new NoLine(`values nest more than ${MAX_DEPTH} deep`)
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return JSON.stringify(value)
    case 'bigint':
      return String(value)
    case 'number':
      return numberText(value, declared?.type)
    case 'object':
      return value === null ? 'null' : objectText(value, declared, depth)
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

function objectText(value: object, declared: Declared | undefined, depth: number): string {
  if (value instanceof Date) return dateText(value)
  if (value instanceof Uint8Array) return bytesText(value, declared)
  if (Array.isArray(value)) {
    const element = elementOf(declared)
    return `[${Array.from(value, (item) => valueText(item, element, depth + 1)).join(',')}]`
  }
  if ('toJSON' in value && typeof value.toJSON === 'function') return valueText(value.toJSON(), declared, depth + 1)
  const members = entriesOf(value, declared?.type).flatMap(([name, member]) => {
    if (member === undefined) return []
    return [`${JSON.stringify(name)}:${valueText(member, memberOf(declared, name), depth + 1)}`]
  })
  return `{${members.join(',')}}`
}

function entriesOf(value: object, type: ColumnType | undefined): readonly (readonly [string, unknown])[] {
  if (!(value instanceof Map || value instanceof Set)) return Object.entries(value)
  if (value instanceof Set || type?.kind !== 'map')
    throw new NoLine(`a ${value instanceof Set ? 'Set' : 'Map'} is no value of a column`)
  return Array.from(value, ([key, member]) => [keyText(key, type.key), member])
}

function keyText(key: unknown, type: ColumnType): string {
  switch (typeof key) {
    case 'string':
      return key
    case 'bigint':
      return String(key)
    case 'number':
      return numberText(key, type)
    default:
      throw new NoLine(`${key === null ? 'null' : typeof key} is no key of a map`)
  }
}

const elementOf = (declared: Declared | undefined): Declared | undefined =>
  declared?.type.kind === 'array' ? partOf(declared, declared.type.element, 0) : undefined

function memberOf(declared: Declared | undefined, name: string): Declared | undefined {
  if (declared?.type.kind === 'map') return partOf(declared, declared.type.value, 1)
  if (declared?.type.kind !== 'struct') return undefined
  const at = declared.type.fields.findIndex((field) => field.name === name)
  return partOf(declared, declared.type.fields[at]?.type, at)
}

/** `at` is the position of the part among the formats of parts. */
const partOf = ({ format }: Declared, type: ColumnType | undefined, at: number): Declared | undefined =>
  type && { type, format: formatOfPart(format ?? null, at) }

/** Bytes in a column of JSON become base64, too. */
function bytesText(value: Uint8Array, declared: Declared | undefined): string {
  if (declared && declared.type.kind !== 'binary') throw new NoLine('bytes are a value of binary() only')
  const kind = declared?.format?.kind
  return JSON.stringify(textOfBytes(value, kind === 'hex' || kind === 'base64url' ? kind : 'base64'))
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
