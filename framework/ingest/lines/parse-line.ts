import { Buffer } from 'node:buffer'
import type { Column } from '../../declare/columns.ts'
import { members } from './json-members.ts'
import type { ValueReader } from './parse-value.ts'
import { columnReader } from './value-refinements.ts'

/** What a line is. `fields` are the JSON members of all declared columns, in their order, ready to be put between braces. */
export type Line =
  | { readonly kind: 'row'; readonly fields: string }
  | { readonly kind: 'reject'; readonly reason: string }
  | { readonly kind: 'blank' }

interface Field {
  readonly column: Column
  readonly member: string
  readonly read: ValueReader
}

/**
 * Reads one line (well-formed text, without its line end) by the rules of a good line, to the letter: strict JSON (RFC 8259) whose top
 * level is an object; every declared column of its type and as its refinements ask, and not missing or null unless nullable; the last of a repeated key; whatever
 * is not declared ignored. A line of white space only is blank. `valueReader` has the rules of each type.
 */
export function lineReader(columns: readonly Column[]): (line: string) => Line {
  const fields = columns.map(field)
  return (line) => {
    if (line.trim() === '') return { kind: 'blank' }
    const problem = syntaxProblem(line)
    return problem === undefined ? readFields(fields, members(line)) : reject(problem)
  }
}

function field(column: Column): Field {
  return { column, member: `${JSON.stringify(column.name)}:`, read: columnReader(column) }
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

function syntaxProblem(line: string): string | undefined {
  try {
    const value: unknown = JSON.parse(line)
    if (Array.isArray(value)) return 'expected an object, got an array'
    if (typeof value === 'object' && value !== null) return undefined
    return `expected an object, got ${value === null ? 'null' : `a ${typeof value}`}`
  } catch (error) {
    const said = error instanceof SyntaxError ? parserWords(error.message) : ''
    return said === '' ? 'not JSON' : `not JSON: ${said}`
  }
}

/** What the parser says without what it quotes of the line: `Unexpected token 'x'`, `Unterminated string at position 4`. */
function parserWords(message: string): string {
  return message
    .replace(/^(Unexpected token '.+?')?(?:, )?(?:\.\.\.)?".* is not valid JSON$/s, '$1')
    .replace(' in JSON at ', ' at ')
    .replace(/ \(line \d+ column \d+\)$/, '')
    .replace(/ JSON input$/, ' line')
}

// A slice keeps the whole line alive, and a cut or a parser's token can be half of a surrogate pair: copying through UTF-8 ends both.
function reject(reason: string): Line {
  return { kind: 'reject', reason: Buffer.from(reason).toString() }
}
