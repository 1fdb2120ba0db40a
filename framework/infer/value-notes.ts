/**
 * Records common properties of one key's values: the types that hold all of them exactly, and their
 * peculiarities.
 */
import type { ScalarKind } from '../declare/columns.ts'
import { timePattern } from '../declare/reading/value-format.ts'
import { digitsAround, type ExactNumber, exactNumber } from '../ingest/lines/decimal-literal.ts'
import { members } from '../ingest/lines/json-members.ts'
import { type ValueParser, valueParser } from '../ingest/lines/parse-value.ts'

/** Maximum number of different values that are listed. */
const FEW_VALUES = 5

type Simple = Exclude<ScalarKind, 'decimal'>

const PARSERS: readonly (readonly [Simple, ValueParser])[] = (
  ['boolean', 'int', 'bigint', 'double', 'date', 'timestamp', 'text'] as const
).map((kind) => [kind, valueParser({ kind })])

const readLocalTime = valueParser(
  { kind: 'timestamp' },
  { kind: 'time', ...timePattern({ zone: 'UTC' }), zone: null, ambiguous: 'refuse', truncates: false },
)

const readSpecialNumber = valueParser({ kind: 'double' }, { kind: 'special-numbers' })

const DAYS = [
  ...[
    ['dd.MM.yyyy', 'd.M.yyyy'],
    ['dd/MM/yyyy', 'd/M/yyyy'],
    ['MM/dd/yyyy', 'M/d/yyyy'],
  ],
  ...[['dd-MM-yyyy'], ['yyyy/MM/dd'], ['dd-MMM-yyyy']],
]
const CLOCKS = ['', ' HH:mm', ' HH:mm:ss', ' H:mm', ' H:mm:ss', ' h:mm a']

/** Usual ways to write a day or a time that need a pattern. Only the first of a list is named. */
const TIME_PATTERNS: readonly (readonly string[])[] = [
  ...DAYS.map((days) => CLOCKS.flatMap((clock) => days.map((day) => day + clock))),
  ...[['dd/MMM/yyyy:HH:mm:ss Z'], ['yyyy-MM-dd HH:mm:ss,SSS'], ["EEE, dd MMM yyyy HH:mm:ss 'GMT'"]],
  ...[["yyyy-MM-dd'T'HH:mm"], ["yyyy-MM-dd'T'HH:mmXXX"]],
]

const OFFSET = /(?:Z|[+-]\d\d:?\d\d)"$/

const TIME_READERS: readonly (readonly [pattern: string, ValueParser])[] = TIME_PATTERNS.flat().map((pattern) => {
  const read = { ...timePattern({ pattern, zone: 'UTC' }), zone: null, ambiguous: 'refuse', truncates: false } as const
  return [pattern, valueParser({ kind: 'timestamp' }, { kind: 'time', ...read })]
})

/** Receives the values of one key, one after another. A value is valid JSON. */
export class ValueNotes {
  #parsers = PARSERS
  #numbers = 0
  #strings = 0
  #nested = 0
  #isLocalTime = true
  #offsets = 0
  #isSpecialNumber = true
  #timeReaders = TIME_READERS
  #nulls = 0
  #empty = 0
  #punctuated = PUNCTUATIONS
  #members: readonly string[] = []
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
    if (first === '{' || first === '[') this.#takeNested(value)
    else if (first === '"') this.#takeString(value)
    else if (first !== 't' && first !== 'f') this.#takeNumber(value)
    this.#parsers = this.#parsers.filter(([, parse]) => !('wrong' in parse(value)))
    if (this.#isLocalTime) this.#isLocalTime = !('wrong' in readLocalTime(value))
    if (this.#isSpecialNumber) this.#isSpecialNumber = !('wrong' in readSpecialNumber(value))
    this.#timeReaders = this.#timeReaders.filter(([, parse]) => !('wrong' in parse(value)))
    this.#noteFew(value)
  }

  #takeNested(value: string): void {
    this.#nested++
    if (this.#members.length === 0 && value[0] === '{') this.#members = [...members(value).keys()]
  }

  #takeString(value: string): void {
    this.#strings++
    if (value === '""') this.#empty++
    if (OFFSET.test(value)) this.#offsets++
    this.#punctuated = this.#punctuated.map((noted) => withText(noted, value))
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
      ...{ nulls: this.#nulls, empty: this.#empty, members: this.#members },
      isLocalTime: this.#isLocalTime,
      offsets: this.#offsets,
      isSpecialNumber: this.#isSpecialNumber,
      timePatterns: this.#strings === 0 ? [] : this.#timePatterns,
      punctuated: this.#punctuated,
      number: this.#numbers === 0 ? undefined : this.#number,
      few: this.#few && [...this.#few],
    }
  }

  get #timePatterns(): readonly string[] {
    const known = new Set(this.#timeReaders.map(([pattern]) => pattern))
    return TIME_PATTERNS.flatMap((patterns) => patterns.find((pattern) => known.has(pattern)) ?? [])
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

/**
 * Texts that a csv format with this decimal point and this separator of thousands reads as numbers.
 */
interface NotedPunctuation {
  readonly decimalPoint: '.' | ','
  readonly thousands: string
  /** Reads the digits before the decimal point, with their groups, and those after it. */
  readonly pattern: RegExp
  readonly values: number
  /** Whether a text has groups of digits. */
  readonly isGrouped: boolean
  /** Maximum numbers of digits before and after the decimal point. */
  readonly before: number
  readonly after: number
}

const NO_TEXTS = { values: 0, isGrouped: false, before: 0, after: 0 }

const PUNCTUATIONS: readonly NotedPunctuation[] = [
  { decimalPoint: '.', thousands: ',', pattern: /^"[+-]?([1-9]\d{0,2}(?:,\d{3})+|\d+)(?:\.(\d+))?"$/, ...NO_TEXTS },
  { decimalPoint: ',', thousands: '.', pattern: /^"[+-]?([1-9]\d{0,2}(?:\.\d{3})+|\d+)(?:,(\d+))?"$/, ...NO_TEXTS },
]

function withText(noted: NotedPunctuation, value: string): NotedPunctuation {
  const [, integer = '', fraction = ''] = noted.pattern.exec(value) ?? []
  if (integer === '') return noted
  const digits = integer.replaceAll(noted.thousands, '')
  return {
    ...noted,
    values: noted.values + 1,
    isGrouped: noted.isGrouped || digits !== integer,
    before: Math.max(noted.before, digits.length),
    after: Math.max(noted.after, fraction.length),
  }
}

/** The common properties of one key's values. */
export interface NotedValues {
  readonly punctuated: readonly NotedPunctuation[]
  /** The types that hold each value; all types if there is no value. */
  readonly holds: readonly Simple[]
  /** Numbers of values that are numbers, strings, objects or arrays, null, and empty strings. */
  readonly numbers: number
  readonly strings: number
  readonly nested: number
  /** The keys of the first object. */
  readonly members: readonly string[]
  /** Whether each value is a time as ISO 8601, with an offset or without. */
  readonly isLocalTime: boolean
  /** Number of strings that end with an offset from UTC. */
  readonly offsets: number
  /** Whether each value is a number, NaN or an infinity. */
  readonly isSpecialNumber: boolean
  /** Patterns of times that read each value, one of each way to write a day. */
  readonly timePatterns: readonly string[]
  readonly nulls: number
  readonly empty: number
  readonly number: NotedNumbers | undefined
  /** The different values, as JSON, if they are few. */
  readonly few: readonly string[] | undefined
}
