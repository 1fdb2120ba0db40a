/** Prints and parses the statistics of data files. */
import type { ColumnType } from '../declare/columns.ts'
import type { TableColumn } from './schema.ts'

/**
 * A bound of a column's values in one file: a string for text, decimals and dates (`yyyy-mm-dd`), a
 * number for `int` and `double`, a bigint for `bigint`, and a bigint of microseconds since the
 * epoch for timestamps.
 */
export type StatValue = string | number | bigint | boolean

export interface ColumnStats {
  /** No value is less. It need not be one of the values. */
  readonly min?: StatValue
  /** No value is greater. It need not be one of the values. */
  readonly max?: StatValue
  readonly nulls: number
}

export interface FileStats {
  readonly rows: number
  /** By column name. Nothing is known about a column that is missing here. */
  readonly columns: Readonly<Record<string, ColumnStats>>
}

type Side = 'min' | 'max'

const MAX_CODE_POINTS = 128
const MAX_CODE_POINT = 0x10ffff
const MICROS_IN_MILLI = 1000n

/**
 * Prints the `stats` of an `add` (PROTOCOL.md, "Per-file Statistics"). A bound that cannot be exact
 * is still a bound: text is cut at 128 code points and timestamps at milliseconds, rounded up for
 * `max`. If one column has no bound (NaN, infinity), all columns of the file get none: filters of
 * deltalake read a missing bound as null, and skip the file with all of its rows. Those filters
 * know that bytes never have bounds.
 */
export function printStats(stats: FileStats, columns: readonly TableColumn[]): string {
  const known = columns.flatMap(({ name, type }) => {
    const column = Object.hasOwn(stats.columns, name) ? stats.columns[name] : undefined
    return column ? [{ name, type, column }] : []
  })
  const bounded = known.map(({ name, type, column }) => {
    const [min, max] = [printBound(column.min, type, 'min'), printBound(column.max, type, 'max')]
    return {
      name,
      min,
      max,
      isBounded: type.kind === 'binary' || column.nulls >= stats.rows || (min !== undefined && max !== undefined),
    }
  })
  const nulls = printObject(known.map(({ name, column }) => [name, String(column.nulls)]))
  if (!bounded.every(({ isBounded }) => isBounded)) return `{"numRecords":${stats.rows},"nullCount":${nulls}}`
  const [mins, maxs] = [
    printObject(bounded.map(({ name, min }) => [name, min])),
    printObject(bounded.map(({ name, max }) => [name, max])),
  ]
  return `{"numRecords":${stats.rows},"minValues":${mins},"maxValues":${maxs},"nullCount":${nulls}}`
}

/** Prints by hand, since JSON.stringify cannot print a bigint as a number. */
function printObject(entries: readonly (readonly [string, string | undefined])[]): string {
  const members = entries.flatMap(([name, json]) => (json === undefined ? [] : [`${JSON.stringify(name)}:${json}`]))
  return `{${members.join(',')}}`
}

/** The bound in JSON; undefined if there is none. */
function printBound(value: StatValue | undefined, type: ColumnType, side: Side): string | undefined {
  switch (type.kind) {
    case 'text': {
      const bound = typeof value === 'string' ? textBound(value, side) : undefined
      return bound === undefined ? undefined : JSON.stringify(bound)
    }
    case 'int':
    case 'bigint':
      return typeof value === 'bigint' || Number.isSafeInteger(value) ? String(value) : undefined
    case 'double':
      return typeof value === 'number' && Number.isFinite(value) ? JSON.stringify(value) : undefined
    case 'decimal':
      return typeof value === 'string' && /^-?(0|[1-9]\d*)(\.\d+)?$/.test(value) ? value : undefined
    case 'boolean':
      return typeof value === 'boolean' ? String(value) : undefined
    case 'date':
      return typeof value === 'string' && isDate(value) ? JSON.stringify(value) : undefined
    case 'timestamp':
      return typeof value === 'bigint' ? printTimestamp(value, side) : undefined
    case 'binary':
    case 'array':
    case 'struct':
    case 'map':
      return undefined
  }
}

function textBound(text: string, side: Side): string | undefined {
  if (text.length <= MAX_CODE_POINTS) return text
  const kept = [...codePoints(text)]
  const cut = String.fromCodePoint(...kept)
  return cut === text || side === 'min' ? cut : roundUp(kept)
}

function* codePoints(text: string): Generator<number> {
  let count = 0
  for (const character of text) {
    if (count++ === MAX_CODE_POINTS) return
    yield character.codePointAt(0) ?? 0
  }
}

/**
 * The shortest text that is greater than all texts that begin with `prefix`, by code points (as in
 * UTF-8); undefined if there is none.
 */
function roundUp(prefix: readonly number[]): string | undefined {
  const last = prefix.findLastIndex((codePoint) => codePoint < MAX_CODE_POINT)
  const codePoint = prefix[last]
  if (codePoint === undefined) return undefined
  return String.fromCodePoint(...prefix.slice(0, last), codePoint === 0xd7ff ? 0xe000 : codePoint + 1)
}

/**
 * ISO in UTC, to the millisecond. Undefined outside the years 1 to 9999, which other readers do not
 * know.
 */
function printTimestamp(micros: bigint, side: Side): string | undefined {
  const millis = new Date(Number(floorToMillis(side === 'max' ? micros + MICROS_IN_MILLI - 1n : micros)))
  const year = millis.getUTCFullYear()
  return year >= 1 && year <= 9999 ? JSON.stringify(millis.toISOString()) : undefined
}

/** Rounds down. Division of bigint rounds towards zero, which is up for times before 1970. */
function floorToMillis(micros: bigint): bigint {
  const millis = micros / MICROS_IN_MILLI
  return millis * MICROS_IN_MILLI > micros ? millis - 1n : millis
}

function isDate(text: string): boolean {
  return /^\d{4}-\d\d-\d\d$/.test(text)
}

/**
 * The stats of a file whose rows were partly deleted: its bounds are still bounds, but need not be
 * values of its rows.
 */
export function looseStats(stats: string): string {
  const known = /"tightBounds"\s*:\s*(?:true|false)/
  return known.test(stats)
    ? stats.replace(known, '"tightBounds":false')
    : stats.replace(/\}\s*$/, ',"tightBounds":false}')
}

/** The number of rows of a file, including deleted ones; undefined if its stats do not say it. */
export function rowsOf(stats: string | undefined): number | undefined {
  return stats === undefined ? undefined : numRecords(parseJson(stats))
}

/**
 * Parses the stats of an `add`, for the given columns; undefined if they do not state the number of
 * rows. Leaves out everything uncertain: a bound that a JSON number cannot hold exactly, or an
 * unexpected type. Raises an upper bound of timestamps by 999 µs, since Delta's own writer rounds
 * it down to milliseconds.
 */
export function parseStats(stats: string | undefined, columns: readonly TableColumn[]): FileStats | undefined {
  const parsed = parseJson(stats ?? '')
  const rows = numRecords(parsed)
  if (rows === undefined) return undefined
  const [mins, maxs, nullCounts] = [members(parsed.minValues), members(parsed.maxValues), members(parsed.nullCount)]
  const known = columns.flatMap(({ name, type }) => {
    const nulls = nullCounts.get(name)
    if (typeof nulls !== 'number') return []
    return [[name, { ...bound('min', mins.get(name), type), ...bound('max', maxs.get(name), type), nulls }] as const]
  })
  return { rows, columns: Object.fromEntries(known) }
}

function bound(side: Side, json: unknown, type: ColumnType): { readonly [S in Side]?: StatValue } {
  const value = parseBound(json, type, side)
  return value === undefined ? {} : { [side]: value }
}

function parseBound(json: unknown, type: ColumnType, side: Side): StatValue | undefined {
  switch (type.kind) {
    case 'text':
      return typeof json === 'string' ? json : undefined
    case 'int':
      return Number.isSafeInteger(json) ? Number(json) : undefined
    case 'bigint':
      return Number.isSafeInteger(json) ? BigInt(Number(json)) : undefined
    case 'double':
      return typeof json === 'number' && Number.isFinite(json) ? json : undefined
    case 'decimal':
      return typeof json === 'number' ? parseDecimal(json, type.scale) : undefined
    case 'boolean':
      return typeof json === 'boolean' ? json : undefined
    case 'date':
      return typeof json === 'string' && isDate(json) ? json : undefined
    case 'timestamp':
      return typeof json === 'string' ? parseTimestamp(json, side) : undefined
    case 'binary':
    case 'array':
    case 'struct':
    case 'map':
      return undefined
  }
}

/** Undefined for more than 15 digits: a double cannot distinguish all such decimals. */
function parseDecimal(value: number, scale: number): string | undefined {
  return Math.abs(value) * 10 ** scale < 1e15 ? value.toFixed(scale) : undefined
}

function parseTimestamp(text: string, side: Side): bigint | undefined {
  if (!/(Z|[+-]\d\d:?\d\d)$/.test(text)) return undefined
  const millis = Date.parse(text)
  if (Number.isNaN(millis)) return undefined
  return BigInt(millis) * MICROS_IN_MILLI + (side === 'max' ? MICROS_IN_MILLI - 1n : 0n)
}

function numRecords(parsed: Readonly<Record<string, unknown>>): number | undefined {
  return typeof parsed.numRecords === 'number' ? parsed.numRecords : undefined
}

/** Reads damaged stats as empty, since stats are only for speed. */
function parseJson(text: string): Readonly<Record<string, unknown>> {
  try {
    return Object.fromEntries(members(JSON.parse(text)))
  } catch {
    return {}
  }
}

function members(value: unknown): ReadonlyMap<string, unknown> {
  return new Map(typeof value === 'object' && value !== null ? Object.entries(value) : [])
}
