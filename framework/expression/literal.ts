/** Reads constants of a query as values of a type. */
import type { Expression, Literal, LiteralValue } from './expression.ts'
import { MICROS_IN_MILLI, microsOf } from './moments.ts'
import {
  BIGINT,
  BINARY,
  BOOLEAN,
  DOUBLE,
  decimalType,
  INT,
  MAX_PRECISION,
  TEXT,
  TIMESTAMP,
  type ValueType,
} from './value-type.ts'

const INT_LIMIT = 2n ** 31n
const BIGINT_LIMIT = 2n ** 63n

/** The constant with its own type; undefined if a query cannot hold the value. */
export function literalOf(written: unknown): Literal | undefined {
  if (written === null || written === undefined) return nullOf(TEXT)
  if (typeof written === 'string') return literal(written, TEXT, written)
  if (typeof written === 'boolean') return literal(written, BOOLEAN, written)
  if (written instanceof Date) return readAs(written, TIMESTAMP)
  if (written instanceof Uint8Array) return readAs(written, BINARY)
  if (typeof written === 'bigint') return readAs(written, BIGINT)
  if (typeof written !== 'number') return undefined
  if (Number.isSafeInteger(written) && !Object.is(written, -0)) {
    return readAs(written, fits(BigInt(written), INT_LIMIT) ? INT : BIGINT)
  }
  return literal(written, DOUBLE, written)
}

export const nullOf = (type: ValueType): Literal => ({
  kind: 'literal',
  value: null,
  type,
  nullable: true,
  written: null,
})

/** A constant of the type. `written` defaults to the value, for constants that lake adds itself. */
export const literal = (value: LiteralValue, type: ValueType, written: unknown = value): Literal => ({
  kind: 'literal',
  value,
  type,
  nullable: false,
  written,
})

export const isLiteral = (expression: Expression): expression is Literal => expression.kind === 'literal'

/**
 * Reads the constant as a value of the type; undefined if it is not one. A decimal gets the
 * precision and scale of its own digits.
 */
export function readAs(written: unknown, type: ValueType): Literal | undefined {
  if (written === null || written === undefined) return nullOf(type)
  const read = (value: LiteralValue | undefined) => (value === undefined ? undefined : literal(value, type, written))
  switch (type.kind) {
    case 'text':
      return read(typeof written === 'string' ? written : undefined)
    case 'boolean':
      return read(typeof written === 'boolean' ? written : undefined)
    case 'int':
      return read(integer(written, INT_LIMIT))
    case 'bigint':
      return read(integer(written, BIGINT_LIMIT))
    case 'double':
      return read(double(written))
    case 'decimal':
      return readDecimal(written)
    case 'date':
      return read(typeof written === 'string' && isDate(written) ? written : undefined)
    case 'timestamp':
      return read(moment(written))
    case 'binary':
      return read(written instanceof Uint8Array ? Buffer.from(written).toString('base64') : undefined)
    case 'array':
    case 'struct':
    case 'map':
      return undefined
  }
}

const fits = (value: bigint, limit: bigint): boolean => value >= -limit && value < limit

function integer(written: unknown, limit: bigint): bigint | undefined {
  if (typeof written !== 'bigint' && !(typeof written === 'number' && Number.isSafeInteger(written))) return undefined
  const value = BigInt(written)
  return fits(value, limit) ? value : undefined
}

/** Undefined for a bigint that is equal to no double, which is possible beyond 2^53. */
function double(written: unknown): number | undefined {
  if (typeof written === 'number') return written
  if (typeof written !== 'bigint') return undefined
  return BigInt(Number(written)) === written ? Number(written) : undefined
}

const DECIMAL = /^(-?)0*(\d*?)(?:\.(\d*))?$/

function readDecimal(written: unknown): Literal | undefined {
  const text = digitsOf(written)
  const [, sign = '', whole = '', fraction = ''] = (text !== undefined && DECIMAL.exec(text)) || []
  if (text === undefined || !/\d/.test(text) || !DECIMAL.test(text)) return undefined
  const scale = fraction.length
  const precision = Math.max(1, whole.length + scale)
  if (precision > MAX_PRECISION) return undefined
  return literal(`${sign}${whole || '0'}${scale > 0 ? `.${fraction}` : ''}`, decimalType(precision, scale), written)
}

function digitsOf(written: unknown): string | undefined {
  if (typeof written === 'string') return written
  if (typeof written === 'bigint') return String(written)
  return typeof written === 'number' && Number.isFinite(written) ? withoutExponent(written) : undefined
}

/** The number's shortest digits without an exponent: 0.00000015 for 1.5e-7. */
function withoutExponent(value: number): string {
  const [mantissa = '', exponent] = String(value).split('e')
  if (exponent === undefined) return mantissa
  const [, sign = '', whole = '', fraction = ''] = /^(-?)(\d+)(?:\.(\d+))?$/.exec(mantissa) ?? []
  const point = whole.length + Number(exponent)
  const digits = whole + fraction
  if (point <= 0) return `${sign}0.${'0'.repeat(-point)}${digits}`
  return point >= digits.length
    ? `${sign}${digits.padEnd(point, '0')}`
    : `${sign}${digits.slice(0, point)}.${digits.slice(point)}`
}

/** Whether the text is a day of the proleptic Gregorian calendar, in the years 1 to 9999. */
function isDate(text: string): boolean {
  const [, year, month, day] = /^(\d{4})-(\d\d)-(\d\d)$/.exec(text) ?? []
  if (year === undefined || year === '0000') return false
  const at = new Date(`${text}T00:00:00Z`)
  return at.getUTCDate() === Number(day) && at.getUTCMonth() + 1 === Number(month)
}

const MOMENT = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d)?)(?:\.(\d{1,6}))?(Z|[+-]\d\d:\d\d)?)?$/

/** Microseconds since 1970 of a Date or of ISO 8601 text, which is UTC if it names no zone. */
function moment(written: unknown): bigint | undefined {
  if (written instanceof Date) {
    return Number.isNaN(written.getTime()) ? undefined : BigInt(written.getTime()) * MICROS_IN_MILLI
  }
  const [, date = '', time = '00:00:00', fraction = '', zone = 'Z'] =
    (typeof written === 'string' && MOMENT.exec(written)) || []
  if (!isDate(date)) return undefined
  return microsOf(`${date}T${time}${zone}`, fraction)
}
