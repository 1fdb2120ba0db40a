/** Selects the columns that get their values from lines, as plain data. */
import type { Column } from '../../declare/columns.ts'
import { declaredColumns, SOURCE_COLUMNS, type UnknownKeys } from '../../declare/definition.ts'
import { type LineRefinement, lineRefinements } from '../../declare/line-refinements.ts'
import {
  type Ambiguous,
  ambiguityOf,
  type BytesFormat,
  type PartFormats,
  type TimePart,
  timePattern,
  truncates,
  type ValueFormat,
} from '../../declare/reading/value-format.ts'
import { type Keys, ownKey, type PathPlace, type ValuePlace, writtenPlace } from '../../declare/reading/value-place.ts'
import { type ZoneOffsets, zoneOffsets } from '../../declare/reading/zone-offsets.ts'

/** How a value is written, if its type alone does not say it. */
export type LineFormat =
  | { readonly kind: 'json' }
  | { readonly kind: 'special-numbers' }
  | { readonly kind: BytesFormat }
  /** A unit has 10 to the `power` microseconds. */
  | { readonly kind: 'epoch'; readonly unit: string; readonly power: number; readonly truncates: boolean }
  | LineTime
  | PartFormats<LineFormat>

/** Whether a value can be or have NaN or an infinity. */
export const takesSpecialNumbers = (format: LineFormat | null): boolean =>
  format?.kind === 'parts' ? format.parts.some(takesSpecialNumbers) : format?.kind === 'special-numbers'

/** A time that is written as text. `parts` are what the groups of `pattern` hold. */
export interface LineTime {
  readonly kind: 'time'
  readonly pattern: string
  readonly parts: readonly TimePart[]
  readonly expected: string
  readonly zone: (ZoneOffsets & { readonly name: string }) | null
  readonly ambiguous: Ambiguous
  /** Whether it can have parts of a microsecond, which are dropped. */
  readonly truncates: boolean
}

/** Everything that decides whether a value is valid for a column, as plain data. */
export interface ValueRules extends Pick<Column, 'name' | 'type' | 'nullable' | 'emptyIsNull'> {
  readonly refinements: readonly LineRefinement[]
  readonly format: LineFormat | null
}

/** A column with everything that validates its values. A copy can be sent to another thread. */
export interface LineColumn extends ValueRules {
  /** The member of the line's object, then members of nested objects. */
  readonly keys: Keys
  /** The objects that must have those members, as reasons name them: for `$.a.b`, it is `a`. */
  readonly within: readonly string[]
  /** The member of a packed line that holds the value. */
  readonly packed: string
}

/** A column that has the same value for all rows of a file, from the path of the file. */
export interface PathColumn extends ValueRules {
  readonly place: PathPlace
  /** The member of a packed line that holds the value. */
  readonly packed: string
}

/** The rules that decide which lines of a source are rows. */
export interface LineRules {
  readonly columns: readonly LineColumn[]
  /** Columns that get their values from the paths of the files. */
  readonly pathColumns?: readonly PathColumn[]
  /** What happens to unknown keys. If it is missing, they are not counted. */
  readonly unknownKeys?: UnknownKeys
}

export function lineRules(columns: readonly Column[], unknownKeys: UnknownKeys): Required<LineRules> {
  return { columns: lineColumns(columns), pathColumns: pathColumns(columns), unknownKeys }
}

/** The declared columns that get their values from lines, with everything that validates lines. */
export function lineColumns(columns: readonly Column[]): readonly LineColumn[] {
  const placed = declaredColumns(columns).flatMap((column) => {
    const place = placeOf(column)
    return place.kind === 'key' ? [{ column, keys: place.keys }] : []
  })
  const isPlain = plainMembers(placed.map(({ keys }) => keys[0]))
  const readers = new Map<string, number>()
  for (const { keys } of placed) readers.set(keys[0], (readers.get(keys[0]) ?? 0) + 1)
  return placed.map(({ column, keys }) => {
    const [key, ...nested] = keys
    const isOwn = nested.length === 0 && readers.get(key) === 1 && isPlain(key)
    return {
      ...valueRules(column),
      ...{
        keys,
        within: nested.map((_, depth) => writtenPlace({ kind: 'key', keys: [key, ...nested.slice(0, depth)] })),
      },
      packed: isOwn ? key : `${PACKED_PREFIX}${column.name}`,
    }
  })
}

/** The declared columns that get their values from the path of the file. */
export function pathColumns(columns: readonly Column[]): readonly PathColumn[] {
  return columns.flatMap((column) => {
    const place = placeOf(column)
    return place.kind === 'key' ? [] : [{ ...valueRules(column), place, packed: `${PACKED_PREFIX}${column.name}` }]
  })
}

const placeOf = ({ name, place }: Column): ValuePlace => place ?? ownKey(name)

const PACKED_PREFIX = 'lake.'
// biome-ignore lint/suspicious/noControlCharactersInRegex: keys can have them, but no engine's names.
const PLAIN_KEY = /^[^\0-\x1f]+$/
const SYSTEM_MEMBERS = Object.keys(SOURCE_COLUMNS)

/**
 * Whether a packed line can have the member in the same form as the line. Engines do not
 * distinguish names that differ only in case.
 */
function plainMembers(keys: readonly string[]): (key: string) => boolean {
  const spellings = new Map<string, Set<string>>()
  for (const key of [...keys, ...SYSTEM_MEMBERS]) {
    const folded = key.toLowerCase()
    spellings.set(folded, (spellings.get(folded) ?? new Set()).add(key))
  }
  return (key) =>
    PLAIN_KEY.test(key) &&
    !key.startsWith(PACKED_PREFIX) &&
    !SYSTEM_MEMBERS.includes(key) &&
    spellings.get(key.toLowerCase())?.size === 1
}

function valueRules(column: Column): ValueRules {
  const { name, type, nullable, emptyIsNull, format } = column
  return {
    ...{ name, type, nullable, emptyIsNull },
    refinements: lineRefinements(column),
    format: format ? lineFormat(format) : null,
  }
}

const POWERS = { seconds: 6, milliseconds: 3, microseconds: 0 } as const

function lineFormat(format: ValueFormat): LineFormat {
  if (format.kind === 'parts') return { ...format, parts: format.parts.map((part) => part && lineFormat(part)) }
  if (format.kind !== 'time') return format
  const { time } = format
  const fine = { truncates: truncates(time) }
  if ('epoch' in time) return { kind: 'epoch', unit: time.epoch, power: POWERS[time.epoch], ...fine }
  const { zone } = time
  const offsets = zone === undefined ? null : { name: zone, ...zoneOffsets(zone) }
  return { kind: 'time', ...timePattern(time), zone: offsets, ambiguous: ambiguityOf(time), ...fine }
}
