/** Parses times that are numbers since 1970, or text of a pattern. */
import { monthNumber, type TimePart } from '../../declare/reading/value-format.ts'
import { calendarOf, LAST_YEAR, YEAR_OF_CALENDAR, type ZoneOffsets } from '../../declare/reading/zone-offsets.ts'
import { daysOfMonth, isYear } from './calendar.ts'
import { digitsAround, type ExactNumber, exactNumber, writtenOut } from './decimal-literal.ts'
import type { LineTime } from './line-columns.ts'

/**
 * A timestamp as the engine reads it, or why there is none. `problem` is to follow the value in a
 * message.
 */
export type ParsedTime =
  | { readonly kind: 'time'; readonly iso: string }
  | { readonly kind: 'other' }
  | { readonly kind: 'problem'; readonly problem: string }

const OTHER: ParsedTime = { kind: 'other' }

/** The moments of the years 1 to 9999, in seconds since 1970. */
const FIRST = -62_135_596_800
const LAST = 253_402_300_799
/** Number of digits of the last microsecond. */
const MAX_DIGITS = 18

/**
 * Reads a JSON number of units of 10 to the `power` microseconds. It must be a whole number of
 * microseconds, unless it is truncated.
 */
export function epochTime(number: string, { power, truncates }: EpochUnit): ParsedTime {
  const exact = exactNumber(number)
  const micros = { ...exact, exponent: exact.digits === '' ? 0 : exact.exponent + power }
  const { before, after } = digitsAround(micros)
  if (after > 0 && !truncates) return TOO_FINE
  if (before > MAX_DIGITS) return { kind: 'problem', problem: 'does not fit timestamp' }
  const total = wholeMicros(micros)
  const fraction = ((total % MILLION) + MILLION) % MILLION
  return moment(Number((total - fraction) / MILLION), String(fraction).padStart(6, '0'))
}

interface EpochUnit {
  readonly power: number
  readonly truncates: boolean
}

export const TOO_FINE: ParsedTime = {
  kind: 'problem',
  problem: "has parts of a microsecond, which nanoseconds: 'truncate' would drop",
}

/** The number of microseconds, rounded down. */
function wholeMicros(micros: ExactNumber): bigint {
  const { before, after } = digitsAround(micros)
  if (after === 0) return BigInt(writtenOut(micros))
  const whole = BigInt(micros.digits.slice(0, before))
  return micros.negative ? -whole - 1n : whole
}

/**
 * The six digits of the microseconds. Undefined if digits other than zeros follow, and are not cut
 * off.
 */
export function microsecondDigits(fraction: string, isTruncated: boolean): string | undefined {
  return isTruncated || /^0*$/.test(fraction.slice(6)) ? fraction.slice(0, 6).padEnd(6, '0') : undefined
}

const MILLION = 1_000_000n

/** Makes the reader of the times of a pattern. */
export function timeReader(time: LineTime): (text: string) => ParsedTime {
  const pattern = new RegExp(`^(?:${time.pattern})$`)
  return (text) => {
    const match = pattern.exec(text)
    if (!match) return OTHER
    const parts = new Map(time.parts.map((part, index) => [part, match[index + 1] ?? '']))
    const local = localSeconds(parts)
    if (local === undefined) return OTHER
    const fraction = microsecondDigits(parts.get('fraction') ?? '', time.truncates)
    if (fraction === undefined) return TOO_FINE
    const offset = parts.get('offset') ?? ''
    if (offset !== '' || !time.zone) return moment(local - offsetSeconds(offset), fraction)
    return inZone(local, fraction, { ...time, zone: time.zone })
  }
}

/** The seconds since 1970 as if the clock showed UTC; undefined if the calendar has no such day. */
function localSeconds(parts: ReadonlyMap<TimePart, string>): number | undefined {
  const number = (part: TimePart, otherwise: number) => Number(parts.get(part) ?? otherwise)
  const month = parts.get('month') ?? '1'
  const [year, monthOfYear, day] = [
    number('year', 1),
    /\d/.test(month) ? Number(month) : monthNumber(month),
    number('day', 1),
  ]
  if (!isYear(year) || day < 1 || day > daysOfMonth(year, monthOfYear)) return undefined
  const half = parts.get('half')
  const hour =
    half === undefined ? number('hour', 0) : (number('hour12', 12) % 12) + (half.toLowerCase() === 'pm' ? 12 : 0)
  return daySeconds(year, monthOfYear, day) + hour * 3600 + number('minute', 0) * 60 + number('second', 0)
}

/** `Date.UTC` would read the years 0 to 99 as those of the last century. */
function daySeconds(year: number, month: number, day: number): number {
  const date = new Date(0)
  return date.setUTCFullYear(year, month - 1, day) / 1000
}

function offsetSeconds(offset: string): number {
  if (offset === '' || offset === 'Z') return 0
  const digits = offset.replace(':', '')
  const seconds = Number(digits.slice(1, 3)) * 3600 + Number(digits.slice(3, 5)) * 60
  return digits.startsWith('-') ? -seconds : seconds
}

function inZone(
  local: number,
  fraction: string,
  { zone, ambiguous }: LineTime & { readonly zone: NamedZone },
): ParsedTime {
  const moments = momentsOf(local, zone)
  const [first, second] = moments
  if (first === undefined) return { kind: 'problem', problem: `is no time in ${zone.name}: clocks skip it` }
  if (second === undefined || ambiguous === 'earlier') return moment(first, fraction)
  if (ambiguous === 'later') return moment(second, fraction)
  return { kind: 'problem', problem: `is two times in ${zone.name}: clocks repeat it` }
}

type NamedZone = ZoneOffsets & { readonly name: string }

/** More than the maximum difference of any clock from UTC, in seconds. */
const MAX_OFFSET = 26 * 3600

/** The moments at which clocks of the zone show the local time, ascending: none, one or two. */
function momentsOf(local: number, zone: ZoneOffsets): readonly number[] {
  const shift = shiftOf(local)
  const shown = local - shift
  const from = intervalAt(zone, shown - MAX_OFFSET)
  const to = intervalAt(zone, shown + MAX_OFFSET)
  const moments: number[] = []
  for (let interval = from; interval <= to; interval++) {
    const at = shown - (zone.offsets[interval] ?? 0)
    if (intervalAt(zone, at) === interval) moments.push(at + shift)
  }
  return moments
}

/** The number of changes of the offset before the moment. */
function intervalAt({ until }: ZoneOffsets, moment: number): number {
  let [low, high] = [0, until.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if ((until[middle] ?? 0) <= moment) low = middle + 1
    else high = middle
  }
  return low
}

/**
 * The difference between a later year and the year before LAST_YEAR with the same calendar, in
 * seconds.
 */
function shiftOf(local: number): number {
  const year = new Date(local * 1000).getUTCFullYear()
  if (year <= LAST_YEAR) return 0
  return daySeconds(year, 1, 1) - daySeconds(YEAR_OF_CALENDAR.get(calendarOf(year)) ?? year, 1, 1)
}

function moment(seconds: number, fraction: string): ParsedTime {
  if (seconds < FIRST || seconds > LAST) return { kind: 'problem', problem: 'does not fit timestamp' }
  return { kind: 'time', iso: `${new Date(seconds * 1000).toISOString().slice(0, 19)}.${fraction}Z` }
}
