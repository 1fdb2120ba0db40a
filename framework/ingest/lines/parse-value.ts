/** Parses the values of a line by the rules of each column type. */
import type { ArrayType, ColumnType, MapType, StructType } from '../../declare/columns.ts'
import { formatOfPart } from '../../declare/reading/value-format.ts'
import { compareTexts } from '../../text/compare-texts.ts'
import { type BytesEncoding, bytesIn, packedBytes } from '../encoded-bytes.ts'
import { isDay, isYear } from './calendar.ts'
import { digitsAround, exactNumber, writtenOut } from './decimal-literal.ts'
import { items, members } from './json-members.ts'
import type { LineFormat } from './line-columns.ts'
import { epochTime, microsecondDigits, type ParsedTime, TOO_FINE, timeReader } from './parse-time.ts'

/** `json` is the value as the engine reads it. `wrong` says why the value is not accepted. */
export type Value = { readonly json: string } | { readonly wrong: string }

/** Parses the text of a value, which must be valid JSON and not null. */
export type ValueParser = (source: string) => Value

/**
 * The rules of each type:
 * - text: a string without lone surrogates; a number is its text as written.
 * - int, bigint: a number that is exactly an integer (5, 5.0, 5e0) in the type's range.
 * - double: a number that does not overflow.
 * - decimal: a number, or text of one, that precision and scale hold exactly.
 * - boolean: true or false.
 * - date: a string `yyyy-mm-dd`, a day of the calendar in the years 1 to 9999.
 * - timestamp: a string `yyyy-mm-ddThh:mm:ss`, an optional fraction of at most 9 digits, of
 * which those after the sixth are 0, then `Z` or an offset `+hh:mm`. In UTC, its year is 1 to 9999.
 * - binary: a string that is exactly the base64 of some bytes, with padding.
 * - array: an array whose elements have their type, and are null only if they can be.
 * - struct: an object whose declared keys have their types. Only those that can be null can be
 * missing. The last of a repeated key counts, and undeclared keys are ignored, as in a line.
 * - map: an object whose keys have their type, written as text, and whose values have theirs, and
 *   are null only if they can be. The last of a repeated key counts. Keys come in their order.
 *
 * `format` is set if the source writes the values in a different format.
 */
export function valueParser(type: ColumnType, format: LineFormat | null = null): ValueParser {
  if (format && format.kind !== 'parts') return formattedValue(format)
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
    case 'binary':
      return binaryValue('base64')
    case 'array':
      return arrayValue(type, format)
    case 'struct':
      return structValue(type, format)
    case 'map':
      return mapValue(type, format)
  }
}

function formattedValue(format: Exclude<LineFormat, { readonly kind: 'parts' }>): ValueParser {
  switch (format.kind) {
    case 'json':
      return (source) => ({ json: JSON.stringify(source) })
    case 'special-numbers':
      return (source) => (SPECIAL_NUMBERS.includes(source) ? { json: source } : doubleValue(source))
    case 'hex':
    case 'base64url':
      return binaryValue(format.kind)
    case 'epoch': {
      const expected = `${format.unit} since 1970`
      return (source) => {
        const number = numberIn(source)
        return number === undefined
          ? unexpected(expected, source)
          : timeValue(epochTime(number, format), { expected, source })
      }
    }
    case 'time': {
      const read = timeReader(format)
      return (source) =>
        timeValue(isString(source) ? read(stringOf(source)) : { kind: 'other' }, { expected: format.expected, source })
    }
  }
}

const SPECIAL_NUMBERS = ['"NaN"', '"Infinity"', '"-Infinity"']

function timeValue(
  time: ParsedTime,
  { expected, source }: { readonly expected: string; readonly source: string },
): Value {
  switch (time.kind) {
    case 'time':
      return { json: `"${time.iso}"` }
    case 'other':
      return unexpected(expected, source)
    case 'problem':
      return { wrong: `${shown(source)} ${time.problem}` }
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
    const written = numberIn(source)
    if (written === undefined) return unexpected('a number', source)
    const number = exactNumber(written)
    const { before, after } = digitsAround(number)
    const fits = before <= precision - scale && after <= scale
    return fits ? { json: `"${writtenOut(number)}"` } : outOfRange(`decimal(${precision},${scale})`, source)
  }
}

function dateValue(source: string): Value {
  const text = stringOf(source)
  return isDay(text) ? { json: JSON.stringify(text) } : unexpected('a date like "2018-11-30"', source)
}

const TIMESTAMP = /^(.{10})T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.(\d{1,9}))?(?:Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/

function timestampValue(source: string): Value {
  const text = stringOf(source)
  const match = TIMESTAMP.exec(text)
  const isMoment = match !== null && isDay(match[1] ?? '') && isYear(new Date(text).getUTCFullYear())
  if (!isMoment) return unexpected('a time like "2018-11-30T23:59:59Z"', source)
  const fraction = match[2] ?? ''
  if (fraction.length <= MICROS_DIGITS) return { json: JSON.stringify(text) }
  const digits = microsecondDigits(fraction, false)
  return digits === undefined
    ? timeValue(TOO_FINE, { expected: '', source })
    : { json: JSON.stringify(text.replace(fraction, digits)) }
}

const MICROS_DIGITS = 6

const binaryValue =
  (encoding: BytesEncoding): ValueParser =>
  (source) => {
    const bytes = isString(source) ? bytesIn(stringOf(source), encoding) : undefined
    return bytes ? { json: JSON.stringify(packedBytes(bytes)) } : unexpected(BYTES[encoding], source)
  }

const BYTES = { base64: 'base64', base64url: 'base64url', hex: 'two hexadecimal digits for each byte' } as const

function arrayValue({ element, nullable }: ArrayType, format: LineFormat | null): ValueParser {
  const read = valueParser(element, formatOfPart(format, 0))
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

function structValue({ fields }: StructType, format: LineFormat | null): ValueParser {
  const parts = fields.map(({ name, type, nullable }, at) => ({
    ...{ name, nullable, read: valueParser(type, formatOfPart(format, at)) },
  }))
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

function mapValue({ key, value, nullable }: MapType, format: LineFormat | null): ValueParser {
  const [readKey, read] = [valueParser(key), valueParser(value, formatOfPart(format, 1))]
  const isInteger = key.kind === 'int' || key.kind === 'bigint'
  return (source) => {
    if (!source.startsWith('{')) return unexpected('an object', source)
    const entries = new Map<string, string>()
    for (const [name, text] of members(source)) {
      const quoted = JSON.stringify(name)
      const key = readKey(isInteger && NUMBER.test(name) ? name : quoted)
      if ('wrong' in key) return { wrong: `a key: ${key.wrong}` }
      const part = partValue(text, { name: `the value of ${shown(quoted)}`, nullable, read })
      if ('wrong' in part) return part
      entries.set(isInteger ? key.json : name, part.json)
    }
    const inOrder = [...entries].sort(([left], [right]) =>
      isInteger ? Number(BigInt(left) - BigInt(right)) : compareTexts(left, right),
    )
    return { json: `{${inOrder.map(([name, json]) => `${JSON.stringify(name)}:${json}`).join(',')}}` }
  }
}

interface Part {
  /** Its name in reasons. */
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

/** The number in the source, which can be a number or a text; undefined for anything else. */
function numberIn(source: string): string | undefined {
  if (isNumber(source)) return source
  const text = stringOf(source)
  return NUMBER.test(text) ? text : undefined
}

const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/

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

/** A value in the form in which reasons show it. */
export function shown(source: string): string {
  if (source.startsWith('{')) return 'an object'
  if (source.startsWith('[')) return 'an array'
  return shortened(source)
}

/** Text in the form in which reasons show it. */
export const shortened = (text: string): string => (text.length > 60 ? `${text.slice(0, 60)}…` : text)
