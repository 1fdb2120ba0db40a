/** Describes the keys of lines, and the values that the fast path takes for each. */
import { Buffer } from 'node:buffer'
import { MAX_NAME } from '../../keys/file-keys.ts'
import type { LineColumn } from '../line-columns.ts'
import { fastDateEnd, fastDecimalEnd, fastDecimalNumberEnd, fastTimestampEnd } from './fast-text-values.ts'
import { startsWith } from './fast-tokens.ts'
import { type FastValues, integerBounds, type Takes } from './fast-values.ts'

/** A key, and the values that the fast path takes for it. */
export interface Key extends FastValues {
  /** The key as most lines write it: `"key":`. */
  readonly bytes: Uint8Array
  /** The columns that take the key's own value. */
  readonly columns: readonly number[]
  /** Whether no column takes the key. */
  readonly isUnknown: boolean
  /** The number of the last line that had this key. */
  seen: number
  /** Where its value began in that line, if it is unknown. */
  valueStart: number
  /** If it is unknown, its counts, and the number of the counter's file to which they belong. */
  counted: { readonly file: number; readonly key: { rows: number } | undefined } | undefined
}

const COLON = 0x3a

/** The keys that columns take. A key of several columns, or of a nested value, is slow. */
export function columnKeys(columns: readonly LineColumn[]): readonly Key[] {
  const byKey = new Map<string, number[]>()
  for (const [index, { keys }] of columns.entries()) {
    const key = keys[0] ?? ''
    byKey.set(key, [...(byKey.get(key) ?? []), index])
  }
  return [...byKey].map(([key, indexes]) => {
    const [only, ...others] = indexes.flatMap((index) => columns[index] ?? [])
    const own = indexes.filter((index) => columns[index]?.keys.length === 1)
    if (only && others.length === 0 && only.packed === key) return { ...columnKey(only), columns: own }
    const nullable = indexes.every((index) => columns[index]?.nullable)
    return { ...makeKey(key, 'nothing', nullable), columns: own }
  })
}

function columnKey(column: LineColumn): Key {
  const { refinements, packed, nullable } = column
  if (refinements.length === 0) return makeKey(packed, takesOf(column), nullable)
  const bounds = integerBounds(column, refinements)
  return { ...makeKey(packed, bounds ? takesOf(column) : 'nothing', nullable), bounds }
}

function takesOf(column: LineColumn): Takes {
  if (column.format && column.format.kind !== 'special-numbers') return 'nothing'
  switch (column.type.kind) {
    case 'text':
      return column.emptyIsNull ? 'some-text' : 'text'
    case 'int':
    case 'bigint':
    case 'double':
    case 'boolean':
      return column.type.kind
    case 'decimal': {
      const { precision, scale } = column.type
      return { textEnd: fastDecimalEnd(precision, scale), numberEnd: fastDecimalNumberEnd(precision, scale) }
    }
    case 'date':
      return { textEnd: fastDateEnd, numberEnd: undefined }
    case 'timestamp':
      return { textEnd: fastTimestampEnd, numberEnd: undefined }
    case 'array':
    case 'struct':
    case 'map':
      return 'nothing'
  }
}

const UNSEEN = { isUnknown: false, seen: 0, valueStart: 0, counted: undefined }

// The fast path takes no key with an escape. So a line with a name that JSON must escape goes to
// the slow path.
function makeKey(name: string, takes: Takes, nullable: boolean): Key {
  return { bytes: Buffer.from(`${JSON.stringify(name)}:`), takes, nullable, bounds: undefined, columns: [], ...UNSEEN }
}

// A packed line begins with these two keys. So a line that has one of them itself goes to the slow
// path.
export const SYSTEM_KEYS = [makeKey('_file', 'nothing', false), makeKey('_line', 'nothing', false)]

/**
 * Members of packed lines whose values do not come from the line. A line that has one of them
 * itself goes to the slow path.
 */
export const packedKeys = (columns: readonly LineColumn[], others: readonly string[]): readonly Key[] => {
  const moved = columns.filter(({ keys, packed }) => packed !== keys[0]).map(({ packed }) => packed)
  return [...moved, ...others].map((packed) => makeKey(packed, 'nothing', false))
}

/** Maximum number of unknown keys that the fast path takes in all files together. */
const MAX_UNKNOWN = 1_000

interface QuotedKey {
  readonly key: Key
  readonly quoted: Uint8Array
}

export class KnownKeys {
  readonly #byLength = new Map<number, QuotedKey[]>()
  #unknown = 0

  constructor(keys: readonly Key[]) {
    for (const key of keys) this.#add(key)
  }

  /** Finds a key by its bytes from `start` to `end`, with the quotes. */
  find(bytes: Uint8Array, start: number, end: number): Key | undefined {
    return this.#byLength.get(end - start)?.find(({ quoted }) => startsWith(bytes, start, quoted))?.key
  }

  /** Undefined if the key is too long, or if there are too many. */
  addUnknown(bytes: Uint8Array, start: number, end: number): Key | undefined {
    if (end - start > MAX_NAME || this.#unknown === MAX_UNKNOWN) return undefined
    this.#unknown++
    const colon = new Uint8Array(end - start + 1).fill(COLON)
    colon.set(bytes.subarray(start, end))
    const key: Key = { ...makeKey('', 'anything', true), bytes: colon, isUnknown: true }
    this.#add(key)
    return key
  }

  #add(key: Key): void {
    const quoted = key.bytes.subarray(0, -1)
    this.#byLength.set(quoted.length, [...(this.#byLength.get(quoted.length) ?? []), { key, quoted }])
  }
}
