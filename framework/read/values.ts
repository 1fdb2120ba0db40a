/** Converts values of columns between data files, comparisons and programs. */
import type { ArrayType, ColumnType, StructType } from '../declare/columns.ts'
import { floorToMillis, MICROS_IN_MILLI } from '../expression/moments.ts'
import { compareTexts } from '../text/compare-texts.ts'

/**
 * A value in the form in which values of its column are compared: text, boolean, int, double and
 * bigint unchanged, decimals as digits without the point, dates as days, timestamps as microseconds
 * since 1970, and bytes.
 */
export type Comparable = string | boolean | number | bigint | Uint8Array

/**
 * A value in the form that data files have: the elements of an array, the values of a struct's
 * fields in the order of its type, or the entries of a map.
 */
export type StoredValue = Comparable | null | readonly StoredValue[]

/** Whether the value consists of others. */
export const isNestedValue = (value: NonNullable<StoredValue>): value is readonly StoredValue[] => Array.isArray(value)

/** The key and the value of an entry of a map. */
type StoredEntry = readonly [StoredValue, StoredValue]

/** A value of a row as programs see it; see `Row`. */
export type ProgramValue =
  | (string | boolean | number | bigint | Date | Uint8Array | null)
  | readonly ProgramValue[]
  | { readonly [field: string]: ProgramValue }

/** Undefined if the value is not one of the column's type. */
export function comparableOf(value: unknown, type: ColumnType): Comparable | undefined {
  switch (type.kind) {
    case 'text':
      return typeof value === 'string' ? value : undefined
    case 'boolean':
      return typeof value === 'boolean' ? value : undefined
    case 'int':
    case 'double':
      return typeof value === 'number' ? value : undefined
    case 'bigint':
      return typeof value === 'bigint' ? value : Number.isSafeInteger(value) ? BigInt(value as number) : undefined
    case 'decimal':
      return typeof value === 'string' ? unscaled(value, type.scale) : undefined
    case 'date':
      return typeof value === 'string' ? daysOf(value) : undefined
    case 'timestamp':
      return timestampOf(value)
    case 'binary':
      return value instanceof Uint8Array ? value : undefined
    case 'array':
    case 'struct':
    case 'map':
      return undefined
  }
}

/**
 * Thrown for a value that a program cannot hold: a moment or a day outside of the range of Date.
 */
class BeyondPrograms extends Error {
  override readonly name = 'BeyondPrograms'
}

/** Thrown for a null in a column that cannot be null. */
export class UnexpectedNull extends Error {
  override readonly name = 'UnexpectedNull'

  constructor(column: string) {
    super(`it has a null in ${column}, where the table has none`)
  }
}

/** A column, or a part of one. */
export interface ColumnPart {
  /** Its name in messages. */
  readonly name: string
  readonly type: ColumnType
  readonly nullable: boolean
}

export const elementOf = (name: string, { element, nullable }: ArrayType): ColumnPart => ({
  ...{ name: `${name}.element`, type: element, nullable },
})

export const fieldsOf = (name: string, { fields }: StructType): readonly ColumnPart[] =>
  fields.map((field) => ({ ...field, name: `${name}.${field.name}` }))

/**
 * Makes a function that returns values of the column as programs see them. It throws UnexpectedNull
 * and BeyondPrograms.
 */
export function programValueOf({ name, type, nullable }: ColumnPart): (value: StoredValue) => ProgramValue {
  const shown = presentValueOf(name, type)
  return (value) => {
    if (value !== null) return shown(value)
    if (nullable) return null
    throw new UnexpectedNull(name)
  }
}

function presentValueOf(name: string, type: ColumnType): (value: NonNullable<StoredValue>) => ProgramValue {
  switch (type.kind) {
    case 'text':
    case 'boolean':
    case 'int':
    case 'double':
    case 'bigint':
      return (value) => value as Comparable
    case 'binary':
      // A copy, because the file's bytes would stay in memory.
      return (value) => (value as Uint8Array).slice()
    case 'decimal':
      return (value) => decimalText(value as bigint, type.scale)
    case 'date':
      return (value) => dateText(value as number)
    case 'timestamp':
      return (value) => dateOf(Number(floorToMillis(value as bigint)))
    case 'array': {
      const shown = programValueOf(elementOf(name, type))
      return (value) => (value as readonly StoredValue[]).map(shown)
    }
    case 'struct': {
      const fields = fieldsOf(name, type).map(programValueOf)
      const names = type.fields.map((field) => field.name)
      // A field can be called `__proto__`, and an assignment to that name makes no field.
      return (value) =>
        Object.fromEntries(
          fields.map((shown, at) => [names[at] ?? '', shown((value as readonly StoredValue[])[at] ?? null)]),
        )
    }
    case 'map': {
      const { key, value, nullable } = type
      const shownKey = programValueOf({ name: `${name}.key`, type: key, nullable: false })
      const shown = programValueOf({ name: `${name}.value`, type: value, nullable })
      return (value) =>
        Object.fromEntries(
          (value as readonly StoredEntry[]).map(([key, value]) => [String(shownKey(key)), shown(value)] as const),
        )
    }
  }
}

/** Negative if `left` is less, 0 if they are equal. Both are of the same column. */
export function compareValues(left: Comparable, right: Comparable): number {
  if (typeof left === 'string' && typeof right === 'string') return compareTexts(left, right)
  if (left instanceof Uint8Array && right instanceof Uint8Array) return Buffer.compare(left, right)
  if (left < right) return -1
  if (left > right) return 1
  // NaN equals itself and is greater than all numbers, as on every engine.
  return Number(Object.is(left, Number.NaN)) - Number(Object.is(right, Number.NaN))
}

const MOST_DIGITS = 100

/**
 * The digits of a decimal at this scale. A number with more digits after the point has no value
 * here: it is between two numbers of this scale.
 */
function unscaled(text: string, scale: number): bigint | undefined {
  const [, sign, whole = '', fraction = ''] = /^(-?)(\d+)(?:\.(\d+))?$/.exec(text) ?? []
  if (sign === undefined || whole.length + fraction.length > MOST_DIGITS) return undefined
  const kept = fraction.replace(/0+$/, '')
  if (kept.length > scale) return undefined
  const digits = BigInt(`${whole}${kept.padEnd(scale, '0')}`)
  return sign === '' ? digits : -digits
}

function decimalText(digits: bigint, scale: number): string {
  const [sign, absolute] = digits < 0n ? ['-', -digits] : ['', digits]
  const text = String(absolute).padStart(scale + 1, '0')
  return scale === 0 ? `${sign}${text}` : `${sign}${text.slice(0, -scale)}.${text.slice(-scale)}`
}

const MILLIS_IN_DAY = 86_400_000

function daysOf(text: string): number | undefined {
  const [, year, month, day] = /^(\d{4})-(\d\d)-(\d\d)$/.exec(text) ?? []
  if (year === undefined || month === undefined || day === undefined) return undefined
  const millis = Date.parse(`${text}T00:00:00Z`)
  return Number.isNaN(millis) || new Date(millis).getUTCDate() !== Number(day) ? undefined : millis / MILLIS_IN_DAY
}

/** Years have at least four digits. */
function dateText(days: number): string {
  const text = dateOf(days * MILLIS_IN_DAY)
    .toISOString()
    .replace(/T.*$/, '')
  return text.replace(/^\+0*(?=\d{4})/, '')
}

function dateOf(millis: number): Date {
  const date = new Date(millis)
  if (Number.isNaN(date.getTime())) throw new BeyondPrograms(`${millis} ms since 1970 is beyond the range of a Date`)
  return date
}

function timestampOf(value: unknown): bigint | undefined {
  if (typeof value === 'bigint') return value
  if (!(value instanceof Date) || Number.isNaN(value.getTime())) return undefined
  return BigInt(value.getTime()) * MICROS_IN_MILLI
}
