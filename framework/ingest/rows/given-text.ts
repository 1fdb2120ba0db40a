/** Writes the rows that code gives as lines of JSON, which the rules of lines then judge. */

import { inspect } from 'node:util'
import type { Column, ColumnType } from '../../declare/columns.ts'
import { messageOf } from '../../errors.ts'

/** A row as a line, or why no line stands for it. */
export type GivenText =
  | { readonly kind: 'line'; readonly line: string }
  | { readonly kind: 'reject'; readonly reason: string; readonly text: string }

/** A value that JSON cannot hold exactly. The message is the reason of the reject. */
class NoLine extends Error {}

/** Maximum depth of values within values. Deeper ones are mostly circles. */
const MAX_DEPTH = 200

/** What is written is judged as any other line is: a text where a number belongs stays a text. */
export function givenText(row: unknown, columns: ReadonlyMap<string, Column>): GivenText {
  try {
    if (typeof row !== 'object' || row === null || Array.isArray(row)) throw new NoLine('expected an object')
    const members = Object.entries(row).flatMap(([name, value]) => {
      if (value === undefined) return []
      const column = columns.get(name)
      const text = within(name, () => (isJson(column) ? jsonText(value) : valueText(value, column?.type, 1)))
      return [`${JSON.stringify(name)}:${text}`]
    })
    return { kind: 'line', line: `{${members.join(',')}}` }
  } catch (error) {
    // A row is foreign: its getters can throw anything.
    const reason = messageOf(error)
    return { kind: 'reject', reason, text: inspected(row) }
  }
}

const isJson = (column: Column | undefined): boolean => column?.format?.kind === 'json'

/** A text in a column of JSON is the text of a value. */
function jsonText(value: unknown): string {
  if (typeof value !== 'string') return valueText(value, undefined, 1)
  try {
    JSON.parse(value)
  } catch {
    throw new NoLine('expected the text of JSON')
  }
  // Line ends can only be white space between values.
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
  // The rules of lines take NaN and infinities only where the column does.
  return Object.is(value, -0) ? '-0' : String(value)
}

function objectText(value: object, type: ColumnType | undefined, depth: number): string {
  if (value instanceof Date) return dateText(value)
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

function dateText(value: Date): string {
  if (Number.isNaN(value.getTime())) throw new NoLine('an invalid Date')
  return JSON.stringify(value.toISOString())
}

/** Maximum length of the text of a row that has no line, in characters. */
const MAX_TEXT = 65_536

function inspected(row: unknown): string {
  try {
    return inspect(row, { breakLength: Number.POSITIVE_INFINITY, depth: 4, getters: false }).slice(0, MAX_TEXT)
  } catch {
    return ''
  }
}
