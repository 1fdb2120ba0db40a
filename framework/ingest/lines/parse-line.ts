/** Parses a line on the slow path, by all rules and with a reason for each reject. */
import { Buffer } from 'node:buffer'
import { members } from './json-members.ts'
import { type LineColumn, takesSpecialNumbers } from './line-columns.ts'
import { shortened, shown, type ValueParser } from './parse-value.ts'
import { quoteSpecialNumbers } from './special-numbers.ts'
import { columnParser } from './value-refinements.ts'

/** A line that is a row. */
export interface RowLine {
  readonly kind: 'row'
  /**
   * The JSON members of a packed line, without the braces: those of all columns that get their
   * values from lines, in their order.
   */
  readonly fields: string
  /** The line's own members. */
  readonly members: ReadonlyMap<string, string>
  /** The text of each column's value; undefined if it is missing. */
  readonly values: readonly (string | undefined)[]
}

export type Line = RowLine | { readonly kind: 'reject'; readonly reason: string } | { readonly kind: 'blank' }

interface Field {
  readonly column: LineColumn
  readonly member: string
  readonly read: ValueParser
}

/**
 * Makes the parser of lines. A line is well-formed text without its line end. The rules of a good
 * line:
 * - It is strict JSON (RFC 8259) with an object at the top.
 * - Every declared column has its type and fulfills its refinements. Only a nullable column can be
 *   null or missing.
 * - The last of a repeated key counts. Unknown keys are ignored, or refused.
 * - If a column takes special numbers, a bare NaN, Infinity or -Infinity counts as text.
 *
 * A line of white space is blank. `valueParser` has the rules of each type.
 */
export function lineParser(
  columns: readonly LineColumn[],
  { refusesUnknown = false }: { readonly refusesUnknown?: boolean } = {},
): (line: string) => Line {
  const fields = columns.map(field)
  const known = refusesUnknown ? new Set(columns.map(({ keys }) => keys[0])) : undefined
  const isSpecial = columns.some(({ format }) => takesSpecialNumbers(format))
  return (line) => {
    if (line.trim() === '') return { kind: 'blank' }
    const problem = syntaxProblem(line)
    if (problem === undefined) return readFields(fields, members(line), known)
    const quoted = isSpecial ? quoteSpecialNumbers(line) : line
    const isRead = quoted !== line && syntaxProblem(quoted) === undefined
    return isRead ? readFields(fields, members(quoted), known) : reject(problem)
  }
}

function field(column: LineColumn): Field {
  return { column, member: `${JSON.stringify(column.packed)}:`, read: columnParser(column) }
}

function readFields(
  fields: readonly Field[],
  line: ReadonlyMap<string, string>,
  known: ReadonlySet<string | undefined> | undefined,
): Line {
  if (known) for (const key of line.keys()) if (!known.has(key)) return reject(`unknown key: ${shortened(key)}`)
  const memberOf = nestedMembers(line)
  const values: (string | undefined)[] = []
  let row = ''
  for (const { column, member, read } of fields) {
    const found = memberOf(column)
    if ('wrong' in found) return reject(`${column.name}: ${found.wrong}`)
    const { value } = found
    const isNull = value === undefined || value === 'null' || (column.emptyIsNull && value === '""')
    if (isNull && !column.nullable) return reject(`${column.name} is ${value === undefined ? 'missing' : 'null'}`)
    const result = isNull ? { json: 'null' } : read(value)
    if ('wrong' in result) return reject(`${column.name}: ${result.wrong}`)
    values.push(value)
    row += `${row === '' ? '' : ','}${member}${result.json}`
  }
  return { kind: 'row', fields: row, members: line, values }
}

type Found = { readonly value: string | undefined } | { readonly wrong: string }

/**
 * Finds the members of nested objects. A value is missing if an object around it is missing or
 * null. The columns of one object split it only once.
 */
function nestedMembers(line: ReadonlyMap<string, string>): (column: LineColumn) => Found {
  const split = new Map<string, ReadonlyMap<string, string>>()
  const membersOf = (object: string): ReadonlyMap<string, string> => {
    const known = split.get(object) ?? members(object)
    split.set(object, known)
    return known
  }
  return ({ keys: [key, ...nested], within }) => {
    let value = line.get(key)
    for (const [depth, inner] of nested.entries()) {
      if (value === undefined || value === 'null') return { value: undefined }
      if (!value.startsWith('{')) return { wrong: `expected an object in ${within[depth]}, got ${shown(value)}` }
      value = membersOf(value).get(inner)
    }
    return { value }
  }
}

/** Why the line is not a JSON object by RFC 8259. undefined if it is one. */
export function syntaxProblem(line: string): string | undefined {
  try {
    const value: unknown = JSON.parse(line)
    if (Array.isArray(value)) return 'expected an object, got an array'
    if (typeof value === 'object' && value !== null) return undefined
    return `expected an object, got ${value === null ? 'null' : `a ${typeof value}`}`
  } catch (error) {
    const message = error instanceof SyntaxError ? withoutQuotedLine(error.message) : ''
    return message === '' ? 'not JSON' : `not JSON: ${message}`
  }
}

/**
 * The message of JSON.parse without its quotation of the line: `Unexpected token 'x'`,
 * `Unterminated string at position 4`.
 */
function withoutQuotedLine(message: string): string {
  return message
    .replace(/^(Unexpected token '.+?')?(?:, )?(?:\.\.\.)?".* is not valid JSON$/s, '$1')
    .replace(' in JSON at ', ' at ')
    .replace(/ \(line \d+ column \d+\)$/, '')
    .replace(/ JSON input$/, ' line')
}

// Copies the reason through UTF-8. A slice would keep the complete line in memory, and a token that
// the parser quotes can be half of a surrogate pair.
function reject(reason: string): Line {
  return { kind: 'reject', reason: Buffer.from(reason).toString() }
}
