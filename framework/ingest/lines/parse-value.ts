/** Parses the values of a line by the rules of each column type. */
import type { ArrayType, ColumnType, StructType } from '../../declare/columns.ts'
import { digitsAround, exactNumber, writtenOut } from './decimal-literal.ts'
import { items, members } from './json-members.ts'

/** `json` is the value as the engine reads it. `wrong` says why the value is not accepted. */
export type Value = { readonly json: string } | { readonly wrong: string }

/** Parses the text of a value, which must be valid JSON and not null. */
export type ValueParser = (source: string) => Value

/**
 * The rules of each type:
 * - text: a string without lone surrogates; a number is its text as written.
 * - int, bigint: a number that is exactly an integer (5, 5.0, 5e0) in the type's range.
 * - double: a number that does not overflow.
 * - decimal: a number that precision and scale hold exactly.
 * - boolean: true or false.
 * - date: a string `yyyy-mm-dd`, a day of the calendar in the years 1 to 9999.
 * - timestamp: a string `yyyy-mm-ddThh:mm:ss`, an optional fraction of at most 6 digits, then `Z`
 * or an offset `+hh:mm`. In UTC, its year is 1 to 9999.
 * - array: an array whose elements have their type, and are null only if they can be.
 * - struct: an object whose declared keys have their types. Only those that can be null can be
 * missing. The last of a repeated key counts, and undeclared keys are ignored, as in a line.
 */
export function valueParser(type: ColumnType): ValueParser {
  switch (type.kind) {
    case 'text':
      return textValue
    case 'boolean':
      return booleanValue
    case 'int':
      return integerValue(type.kind, 31n)
    case 'bigint':
      return integerValue(type.kind, 63n)
    case 'double':
      return doubleValue
    case 'decimal':
      return decimalValue(type.precision, type.scale)
    case 'date':
      return dateValue
    case 'timestamp':
      return timestampValue
    case 'array':
      return arrayValue(type)
    case 'struct':
      return structValue(type)
  }
}

function textValue(source: string): Value {
  if (isNumber(source)) return { json: `"${source}"` }
  if (!isString(source)) return unexpected('text', source)
  const loneSurrogate = source.includes('\\u') && /\p{Surrogate}/u.test(JSON.parse(source))
  return loneSurrogate ? { wrong: 'holds a lone surrogate, which is not a character' } : { json: source }
}

function booleanValue(source: string): Value {
  return source === 'true' || source === 'false' ? { json: source } : unexpected('true or false', source)
}

function integerValue(typeName: string, bits: bigint): ValueParser {
  const limit = 2n ** bits
  const longest = String(limit).length
  return (source) => {
    if (!isNumber(source)) return unexpected('an integer', source)
    const number = exactNumber(source)
    const { before, after } = digitsAround(number)
    if (after > 0) return unexpected('an integer', source)
    if (before > longest) return outOfRange(typeName, source)
    const integer = BigInt(writtenOut(number))
    return integer >= -limit && integer < limit ? { json: String(integer) } : outOfRange(typeName, source)
  }
}

function doubleValue(source: string): Value {
  if (!isNumber(source)) return unexpected('a number', source)
  const number = Number(source)
  if (!Number.isFinite(number)) return outOfRange('double', source)
  return { json: Object.is(number, -0) ? '-0.0' : String(number) }
}

// Returns text, because the engine's JSON reader would read a number as a double and round it.
function decimalValue(precision: number, scale: number): ValueParser {
  return (source) => {
    if (!isNumber(source)) return unexpected('a number', source)
    const number = exactNumber(source)
    const { before, after } = digitsAround(number)
    const fits = before <= precision - scale && after <= scale
    return fits ? { json: `"${writtenOut(number)}"` } : outOfRange(`decimal(${precision},${scale})`, source)
  }
}

function dateValue(source: string): Value {
  const text = stringOf(source)
  return isDay(text) ? { json: JSON.stringify(text) } : unexpected('a date like "2018-11-30"', source)
}

const TIMESTAMP = /^(.{10})T([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{1,6})?(Z|[+-]([01]\d|2[0-3]):[0-5]\d)$/

function timestampValue(source: string): Value {
  const text = stringOf(source)
  const match = TIMESTAMP.exec(text)
  const isMoment = match !== null && isDay(match[1] ?? '') && isYear(new Date(text).getUTCFullYear())
  return isMoment ? { json: JSON.stringify(text) } : unexpected('a time like "2018-11-30T23:59:59Z"', source)
}

function isDay(text: string): boolean {
  const match = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text)
  if (!match) return false
  const [year, month, day] = [Number(match[1]), Number(match[2]), Number(match[3])]
  return isYear(year) && month >= 1 && month <= 12 && day >= 1 && day <= daysOfMonth(year, month)
}

function daysOfMonth(year: number, month: number): number {
  const leap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0)
  return month === 2 ? (leap ? 29 : 28) : [4, 6, 9, 11].includes(month) ? 30 : 31
}

function isYear(year: number): boolean {
  return year >= 1 && year <= 9999
}

function arrayValue({ element, nullable }: ArrayType): ValueParser {
  const read = valueParser(element)
  return (source) => {
    if (!source.startsWith('[')) return unexpected('an array', source)
    const parts: string[] = []
    for (const item of items(source)) {
      const part = partValue(item, { name: `element ${parts.length + 1}`, nullable, read })
      if ('wrong' in part) return part
      parts.push(part.json)
    }
    return { json: `[${parts.join(',')}]` }
  }
}

function structValue({ fields }: StructType): ValueParser {
  const parts = fields.map(({ name, type, nullable }) => ({ name, nullable, read: valueParser(type) }))
  return (source) => {
    if (!source.startsWith('{')) return unexpected('an object', source)
    const values = members(source)
    const read: string[] = []
    for (const part of parts) {
      const value = partValue(values.get(part.name), part)
      if ('wrong' in value) return value
      read.push(`${JSON.stringify(part.name)}:${value.json}`)
    }
    return { json: `{${read.join(',')}}` }
  }
}

interface Part {
  /** As a reason names it. */
  readonly name: string
  readonly nullable: boolean
  readonly read: ValueParser
}

/** The value of a part; `source` is undefined if it is missing. */
function partValue(source: string | undefined, { name, nullable, read }: Part): Value {
  if (source === undefined || source === 'null') {
    return nullable ? { json: 'null' } : { wrong: `${name} is ${source === undefined ? 'missing' : 'null'}` }
  }
  const value = read(source)
  return 'wrong' in value ? { wrong: `${name}: ${value.wrong}` } : value
}

function stringOf(source: string): string {
  return isString(source) ? JSON.parse(source) : ''
}

function isString(source: string): boolean {
  return source.startsWith('"')
}

function isNumber(source: string): boolean {
  const first = source.charCodeAt(0)
  return first === 0x2d || (first >= 0x30 && first <= 0x39)
}

/** Microseconds since the epoch. `text` must be a timestamp by the rules. */
export function microsecondsOf(text: string): bigint {
  const [, second = '', fraction = '', zone = ''] = TIMESTAMP_PARTS.exec(text) ?? []
  return BigInt(Date.parse(second + zone)) * 1000n + BigInt(fraction.padEnd(6, '0'))
}

const TIMESTAMP_PARTS = /^(.{19})(?:\.(\d+))?(.+)$/

/** The result for a value that differs from what the column expects. */
export function unexpected(what: string, source: string): Value {
  return { wrong: `expected ${what}, got ${shown(source)}` }
}

function outOfRange(typeName: string, source: string): Value {
  return { wrong: `${shown(source)} does not fit ${typeName}` }
}

function shown(source: string): string {
  if (source.startsWith('{')) return 'an object'
  if (source.startsWith('[')) return 'an array'
  return source.length > 60 ? `${source.slice(0, 60)}…` : source
}
