/** Declares how a source writes the values of a column, if the type alone does not say it. */
import {
  escapedForRegex,
  FORMAT_FIELDS,
  MONTH_NAMES,
  type Piece,
  readFormat,
} from '../../expression/functions/time/format-fields.ts'
import { isTimeZone, zoneRemedy } from '../../expression/functions/time/time-zones.ts'

/**
 * Which moment is meant by a local time that clocks show twice because they are put back: none
 * (`refuse`, the default), the `earlier` or the `later` one.
 */
export type Ambiguous = 'refuse' | 'earlier' | 'later'

interface LocalTimes {
  readonly ambiguous?: Ambiguous
}

/**
 * What happens to a time with parts of a microsecond: its line is refused (`refuse`, the default),
 * or the parts are dropped (`truncate`).
 */
interface FineTimes {
  readonly nanoseconds?: 'refuse' | 'truncate'
}

/**
 * How a source writes timestamps:
 * - `zone`: as ISO 8601, with `T` or a space. A time without an offset is local to the zone.
 *   Without a zone, as ISO 8601 with an offset.
 * - `epoch`: as numbers since 1970, or text of such numbers.
 * - `pattern`: as text of fields such as `dd/MMM/yyyy:HH:mm:ss Z`. It needs a zone if it has no
 *   offset.
 */
export type TimeFormat =
  | ({ readonly zone: string } & LocalTimes & FineTimes)
  | ({ readonly zone?: never } & Required<FineTimes>)
  | ({ readonly epoch: 'seconds' | 'milliseconds' | 'microseconds' } & FineTimes)
  | ({ readonly pattern: string; readonly zone?: string } & LocalTimes)

/**
 * How a source writes bytes as text: as two hexadecimal digits each, or as base64 for URLs and
 * file names, with or without padding.
 */
export type BytesFormat = 'hex' | 'base64url'

/**
 * - `json`: any value, whose text is kept as it is written.
 * - `special-numbers`: NaN and infinities too.
 * - `hex`, `base64url`: bytes that are not written as base64.
 * - `time`: timestamps that are not written as ISO 8601 with an offset.
 * - `parts`: the formats of the element, the fields, or the key and the value of a nested value.
 */
export type ValueFormat =
  | { readonly kind: 'json' }
  | { readonly kind: 'special-numbers' }
  | { readonly kind: BytesFormat }
  | { readonly kind: 'time'; readonly time: TimeFormat }
  | PartFormats<ValueFormat>

export interface PartFormats<Format> {
  readonly kind: 'parts'
  readonly parts: readonly (Format | null)[]
}

/** The format of a part of a nested value, by its position. */
export const formatOfPart = <Format>(format: Format | PartFormats<Format> | null, at: number): Format | null =>
  (hasParts(format) && format.parts[at]) || null

const hasParts = <Format>(format: Format | PartFormats<Format> | null): format is PartFormats<Format> =>
  typeof format === 'object' && format !== null && 'parts' in format

/** The part of a time that a group of the pattern holds. */
export type TimePart =
  | 'year'
  | 'month'
  | 'day'
  | 'hour'
  | 'hour12'
  | 'half'
  | 'minute'
  | 'second'
  | 'fraction'
  | 'offset'
  | 'none'

/** A regular expression for the complete text of a time, with a group for each part. */
export interface TimePattern {
  readonly pattern: string
  readonly parts: readonly TimePart[]
  /** Describes the text, for the reason of a reject. */
  readonly expected: string
}

interface TimeField {
  readonly part: TimePart
  readonly pattern: string
}

const HOURS_MINUTES = '(?:[01][0-9]|2[0-3]):?[0-5][0-9]'

/** The fields of patterns: those that queries can parse, and those that only sources write. */
const TIME_FIELDS: ReadonlyMap<string, TimeField> = new Map<string, TimeField>([
  ...[...FORMAT_FIELDS].flatMap(([letters, { part, pattern }]): [string, TimeField][] =>
    pattern === undefined ? [] : [[letters, { part, pattern }]],
  ),
  ['hh', { part: 'hour12', pattern: '0[1-9]|1[0-2]' }],
  ['h', { part: 'hour12', pattern: '1[0-2]|0?[1-9]' }],
  ['a', { part: 'half', pattern: 'AM|PM|am|pm' }],
  ['EEE', { part: 'none', pattern: 'Mon|Tue|Wed|Thu|Fri|Sat|Sun' }],
  ['Z', { part: 'offset', pattern: '[+-](?:[01][0-9]|2[0-3])[0-5][0-9]' }],
  ['XXX', { part: 'offset', pattern: 'Z|[+-](?:[01][0-9]|2[0-3]):[0-5][0-9]' }],
])

const isoPattern = (separator: string, offset: string): string =>
  `([0-9]{4})-([0-9]{2})-([0-9]{2})${separator}([01][0-9]|2[0-3]):([0-5][0-9]):([0-5][0-9])(?:\\.([0-9]{1,9}))?${offset}`

const LOCAL_ISO: TimePattern = {
  pattern: isoPattern('[T ]', `(Z|[+-]${HOURS_MINUTES})?`),
  parts: ['year', 'month', 'day', 'hour', 'minute', 'second', 'fraction', 'offset'],
  expected: 'a time like "2018-11-30T23:59:59"',
}

const ISO: TimePattern = {
  ...LOCAL_ISO,
  pattern: isoPattern('T', '(Z|[+-](?:[01][0-9]|2[0-3]):[0-5][0-9])'),
  expected: 'a time like "2018-11-30T23:59:59Z"',
}

/** The number of a month's name, from 1. */
export const monthNumber = (name: string): number => MONTH_NAMES.indexOf(name) + 1

/** The pattern of times that are written as text. */
export function timePattern(time: Exclude<TimeFormat, { readonly epoch: unknown }>): TimePattern {
  if (!('pattern' in time)) return time.zone === undefined ? ISO : LOCAL_ISO
  const pieces = readFormat(time.pattern, TIME_FIELDS)
  if (typeof pieces === 'string') throw new Error(pieces)
  return {
    pattern: pieces
      .map((piece) => ('field' in piece ? `(${piece.field.pattern})` : escapedForRegex(piece.constant)))
      .join(''),
    parts: partsOf(pieces),
    expected: `a time of the format ${time.pattern}`,
  }
}

const partsOf = (pieces: readonly Piece<TimeField>[]): readonly TimePart[] =>
  pieces.flatMap((piece) => ('field' in piece ? [piece.field.part] : []))

/** What is wrong with a format, and what to do; undefined if nothing is. */
export function formatProblem(format: ValueFormat): readonly [message: string, remedy: string] | undefined {
  if (format.kind === 'parts') {
    return format.parts.map((part) => part && formatProblem(part)).find((problem) => problem) ?? undefined
  }
  if (format.kind !== 'time' || 'epoch' in format.time) return undefined
  const { zone } = format.time
  if (zone !== undefined && !isTimeZone(zone)) {
    return [`there is no time zone ${JSON.stringify(zone)}`, zoneRemedy(zone)]
  }
  if (!('pattern' in format.time)) return undefined
  const { pattern } = format.time
  const pieces = readFormat(pattern, TIME_FIELDS)
  const problem = typeof pieces === 'string' ? pieces : patternProblem(partsOf(pieces))
  const isWrong = `the pattern ${JSON.stringify(pattern)} cannot be used: `
  if (problem !== undefined) {
    const fields = [...TIME_FIELDS.keys()].join(', ')
    return [isWrong + problem, `use ${fields}, and other letters between single quotes: yyyy-MM-dd'T'HH:mm:ss`]
  }
  const hasOffset = typeof pieces !== 'string' && partsOf(pieces).includes('offset')
  if (hasOffset === (zone === undefined)) return undefined
  const written = JSON.stringify(pattern)
  return hasOffset
    ? [`${isWrong}it has an offset, so it needs no zone`, `write timestamp({ pattern: ${written} })`]
    : [`${isWrong}it has no offset, so it needs a zone`, `write timestamp({ pattern: ${written}, zone: 'UTC' })`]
}

function patternProblem(parts: readonly TimePart[]): string | undefined {
  const has = (part: TimePart) => parts.includes(part)
  const twice = parts.find((part, index) => part !== 'none' && parts.indexOf(part) !== index)
  if (twice !== undefined) return `it has the ${twice} twice`
  if (!has('year')) return 'it has no year'
  if (has('hour') && has('hour12')) return 'it has the hour twice'
  return has('half') === has('hour12') ? undefined : 'h and a need each other'
}

export const ambiguityOf = (time: TimeFormat): Ambiguous => ('ambiguous' in time && time.ambiguous) || 'refuse'

/** Describes the format. Lakes store hashes of this text, so a change of it makes sources stale. */
export function formatWords(format: ValueFormat): string {
  if (format.kind === 'parts') return `(${format.parts.map((part) => part && formatWords(part)).join(', ')})`
  if (format.kind !== 'time') return format.kind
  const { time } = format
  const truncated = truncates(time) ? ', truncated' : ''
  if ('epoch' in time) return `${time.epoch} since 1970${truncated}`
  const pattern = 'pattern' in time ? `as ${time.pattern}` : 'as ISO 8601'
  const zone = time.zone === undefined ? '' : ` in ${time.zone}`
  const ambiguous = ambiguityOf(time)
  return `${pattern}${zone}${ambiguous === 'refuse' ? '' : `, the ${ambiguous}`}${truncated}`
}

export const truncates = (time: TimeFormat): boolean => 'nanoseconds' in time && time.nanoseconds === 'truncate'
