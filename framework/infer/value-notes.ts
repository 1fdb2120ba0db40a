/**
 * Records common properties of one key's values: the types that hold all of them exactly, and their
 * peculiarities.
 */
import type { ScalarKind } from '../declare/columns.ts'
import { timePattern } from '../declare/reading/value-format.ts'
import { digitsAround, type ExactNumber, exactNumber } from '../ingest/lines/decimal-literal.ts'
import { type ValueParser, valueParser } from '../ingest/lines/parse-value.ts'

/** Maximum number of different values that are listed. */
const FEW_VALUES = 5

type Simple = Exclude<ScalarKind, 'decimal'>

const PARSERS: readonly (readonly [Simple, ValueParser])[] = (
  ['boolean', 'int', 'bigint', 'double', 'date', 'timestamp', 'text'] as const
).map((kind) => [kind, valueParser({ kind })])

const readLocalTime = valueParser(
  { kind: 'timestamp' },
  { kind: 'time', ...timePattern({ zone: 'UTC' }), zone: null, ambiguous: 'refuse' },
)

/** Usual formats of times that are not ISO 8601. */
const TIME_PATTERNS = [
  ...['dd.MM.yyyy HH:mm', 'dd.MM.yyyy HH:mm:ss', 'dd/MM/yyyy HH:mm', 'dd/MM/yyyy HH:mm:ss'],
  ...['MM/dd/yyyy HH:mm', 'MM/dd/yyyy HH:mm:ss', 'yyyy/MM/dd HH:mm:ss', 'dd/MMM/yyyy:HH:mm:ss Z'],
] as const

const TIME_READERS: readonly (readonly [pattern: string, ValueParser])[] = TIME_PATTERNS.map((pattern) => {
  const read = { ...timePattern({ pattern, zone: 'UTC' }), zone: null, ambiguous: 'refuse' } as const
  return [pattern, valueParser({ kind: 'timestamp' }, { kind: 'time', ...read })]
})

/** Receives the values of one key, one after another. A value is valid JSON. */
export class ValueNotes {
  #parsers = PARSERS
  #numbers = 0
  #strings = 0
  #nested = 0
  #isLocalTime = true
  #timeReaders = TIME_READERS
  #nulls = 0
  #empty = 0
  #commas = NO_COMMAS
  #inexact = false
  #before = 0
  #after = 0
  #least = Infinity
  #greatest = -Infinity
  #few: Set<string> | undefined = new Set()

  take(value: string): void {
    if (value === 'null') {
      this.#nulls++
      return
    }
    const first = value[0]
    if (first === '{' || first === '[') this.#nested++
    else if (first === '"') this.#takeString(value)
    else if (first !== 't' && first !== 'f') this.#takeNumber(value)
    this.#parsers = this.#parsers.filter(([, parse]) => !('wrong' in parse(value)))
    if (this.#isLocalTime) this.#isLocalTime = !('wrong' in readLocalTime(value))
    this.#timeReaders = this.#timeReaders.filter(([, parse]) => !('wrong' in parse(value)))
    this.#noteFew(value)
  }

  #takeString(value: string): void {
    this.#strings++
    if (value === '""') this.#empty++
    const [, whole = '', fraction = ''] = COMMA.exec(value) ?? []
    if (whole === '') return
    const { values, before, after } = this.#commas
    this.#commas = {
      values: values + 1,
      before: Math.max(before, whole.length),
      after: Math.max(after, fraction.length),
    }
  }

  #takeNumber(value: string): void {
    this.#numbers++
    const exact = exactNumber(value)
    const { before, after } = digitsAround(exact)
    this.#before = Math.max(this.#before, before)
    this.#after = Math.max(this.#after, after)
    const number = Number(value)
    this.#least = Math.min(this.#least, number)
    this.#greatest = Math.max(this.#greatest, number)
    this.#inexact ||= !isSame(exact, exactNumber(String(number)))
  }

  #noteFew(value: string): void {
    if (!this.#few) return
    this.#few.add(value)
    if (this.#few.size > FEW_VALUES) this.#few = undefined
  }

  get notes(): NotedValues {
    return {
      holds: this.#parsers.map(([kind]) => kind),
      ...{ numbers: this.#numbers, strings: this.#strings, nested: this.#nested },
      ...{ nulls: this.#nulls, empty: this.#empty, commas: this.#commas },
      isLocalTime: this.#isLocalTime,
      timePatterns: this.#strings === 0 ? [] : this.#timeReaders.map(([pattern]) => pattern),
      number: this.#numbers === 0 ? undefined : this.#number,
      few: this.#few && [...this.#few],
    }
  }

  get #number(): NotedNumbers {
    const digits = { before: this.#before, after: this.#after }
    return { least: this.#least, greatest: this.#greatest, digits, inexact: this.#inexact }
  }
}

const isSame = (one: ExactNumber, other: ExactNumber): boolean =>
  one.digits === other.digits && one.exponent === other.exponent

export interface NotedNumbers {
  readonly least: number
  readonly greatest: number
  /** Maximum numbers of digits before and after the decimal point. */
  readonly digits: { readonly before: number; readonly after: number }
  /** Whether a double would lose digits of a value. */
  readonly inexact: boolean
}

/** A number whose digits a comma separates, as text. */
const COMMA = /^"[+-]?(\d+),(\d+)"$/

/** Texts that are numbers with a comma for the decimal point. */
export interface NotedCommas {
  readonly values: number
  /** Maximum numbers of digits before and after the comma. */
  readonly before: number
  readonly after: number
}

export const NO_COMMAS: NotedCommas = { values: 0, before: 0, after: 0 }

/** The common properties of one key's values. */
export interface NotedValues {
  readonly commas: NotedCommas
  /** The types that hold each value; all of them if there is none. */
  readonly holds: readonly Simple[]
  /** Numbers of values that are numbers, strings, objects or arrays, null, and empty strings. */
  readonly numbers: number
  readonly strings: number
  readonly nested: number
  /** Whether each value is a time as ISO 8601, with an offset or without. */
  readonly isLocalTime: boolean
  /** Patterns of times that read each value. */
  readonly timePatterns: readonly string[]
  readonly nulls: number
  readonly empty: number
  readonly number: NotedNumbers | undefined
  /** The different values, as JSON, if they are few. */
  readonly few: readonly string[] | undefined
}
