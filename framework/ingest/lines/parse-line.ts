/** Parses a line on the slow path, by all rules and with a reason for each reject. */
import { Buffer } from 'node:buffer'
import { members } from './json-members.ts'
import type { LineColumn } from './line-columns.ts'
import type { ValueParser } from './parse-value.ts'
import { columnParser } from './value-refinements.ts'

/**
 * A parsed line. `fields` are the JSON members of all declared columns, in the columns' order,
 * without the braces.
 */
export type Line =
  | { readonly kind: 'row'; readonly fields: string }
  | { readonly kind: 'reject'; readonly reason: string }
  | { readonly kind: 'blank' }

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
 * - The last of a repeated key counts. Undeclared keys are ignored.
 *
 * A line of white space is blank. `valueParser` has the rules of each type.
 */
export function lineParser(columns: readonly LineColumn[]): (line: string) => Line {
  const fields = columns.map(field)
  return (line) => {
    if (line.trim() === '') return { kind: 'blank' }
    const problem = syntaxProblem(line)
    return problem === undefined ? readFields(fields, members(line)) : reject(problem)
  }
}

function field(column: LineColumn): Field {
  return { column, member: `${JSON.stringify(column.name)}:`, read: columnParser(column) }
}

function readFields(fields: readonly Field[], values: Map<string, string>): Line {
  let row = ''
  for (const { column, member, read } of fields) {
    const value = values.get(column.name)
    const isNull = value === undefined || value === 'null' || (column.emptyIsNull && value === '""')
    if (isNull && !column.nullable) return reject(`${column.name} is ${value === undefined ? 'missing' : 'null'}`)
    const result = isNull ? { json: 'null' } : read(value)
    if ('wrong' in result) return reject(`${column.name}: ${result.wrong}`)
    row += `${row === '' ? '' : ','}${member}${result.json}`
  }
  return { kind: 'row', fields: row }
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
