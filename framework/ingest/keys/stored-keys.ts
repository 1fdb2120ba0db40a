/** Stores the counts of keys in the manifest: one dictionary, and a short list for each file. */
import { type FileKeys, isNothing, NO_KEYS } from './file-keys.ts'

/**
 * Maximum number of unknown keys that a manifest names. Rows with further unknown keys are counted
 * as `more`.
 */
const MAX_DICTIONARY = 1_000

/** `more`, `bare`, absent columns by index, and pairs of an unknown key's index and its rows. */
type StoredCounts = readonly [more: number, bare: number, absent: readonly number[], unknown: readonly number[]]

/** For each file its counts, 0 if there is nothing to count, null if it was not counted. */
type StoredFile = StoredCounts | 0 | null

export interface StoredKeys {
  readonly names: readonly string[]
  /** The first value of each name. */
  readonly examples: readonly string[]
  readonly columns: readonly string[]
  /** 0 if there is nothing to count in any file. */
  readonly files: readonly StoredFile[] | 0
}

/** Undefined if no file was counted. */
export function storeKeys(counted: readonly (FileKeys | undefined)[]): StoredKeys | undefined {
  if (counted.every((keys) => keys === undefined)) return undefined
  const names = new Dictionary()
  const columns = new Dictionary()
  const examples: string[] = []
  const stored = counted.map((keys): StoredFile => {
    if (keys === undefined) return null
    if (isNothing(keys)) return 0
    let { more } = keys
    const unknown: number[] = []
    for (const { name, rows, example } of keys.unknown) {
      const index = names.size < MAX_DICTIONARY ? names.add(name) : names.find(name)
      // A row can have several of these keys, so the sum is an upper bound.
      if (index === undefined) more += rows
      else {
        examples[index] ??= example
        unknown.push(index, rows)
      }
    }
    return [more, keys.bare, keys.absent.map((name) => columns.add(name)), unknown]
  })
  const files = stored.every((file) => file === 0) ? 0 : stored
  return { names: names.words, examples, columns: columns.words, files }
}

class Dictionary {
  readonly #indexes = new Map<string, number>()

  get size(): number {
    return this.#indexes.size
  }

  get words(): readonly string[] {
    return [...this.#indexes.keys()]
  }

  find(word: string): number | undefined {
    return this.#indexes.get(word)
  }

  add(word: string): number {
    const index = this.#indexes.get(word) ?? this.#indexes.size
    this.#indexes.set(word, index)
    return index
  }
}

/** The counts of the file at the index. */
export function readKeys({ names, examples, columns, files }: StoredKeys, index: number): FileKeys | undefined {
  if (files === 0) return NO_KEYS
  const stored = files[index] ?? null
  if (stored === null) return undefined
  if (stored === 0) return NO_KEYS
  const [more, bare, absent, pairs] = stored
  const unknown = pairs.flatMap((index, at) =>
    at % 2 === 0 ? [{ name: names[index] ?? '', rows: pairs[at + 1] ?? 0, example: examples[index] ?? '' }] : [],
  )
  return { unknown, more, bare, absent: absent.map((index) => columns[index] ?? '') }
}

/**
 * Parses the keys in a manifest with this number of files. Undefined if there are none, or if they
 * are damaged, because the counts are only reported. Does not use a schema, because every refresh
 * reads all of it.
 */
export function parseStoredKeys(stored: unknown, files: number): StoredKeys | undefined {
  const { names, examples, columns, files: counts } = (stored ?? {}) as Partial<Record<keyof StoredKeys, unknown>>
  const isComplete =
    isTexts(names) &&
    isTexts(examples) &&
    isTexts(columns) &&
    names.length === examples.length &&
    (counts === 0 || (Array.isArray(counts) && counts.length === files && areStoredFiles(counts, names, columns)))
  return isComplete ? (stored as StoredKeys) : undefined
}

const isTexts = (values: unknown): values is readonly string[] =>
  Array.isArray(values) && values.every((value) => typeof value === 'string')

const isCount = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) >= 0

function areStoredFiles(files: readonly unknown[], names: readonly string[], columns: readonly string[]): boolean {
  const sizes = { names: names.length, columns: columns.length }
  return files.every((file) => isStoredFile(file, sizes))
}

function isStoredFile(file: unknown, sizes: { readonly names: number; readonly columns: number }): file is StoredFile {
  if (file === null || file === 0) return true
  if (!Array.isArray(file) || file.length !== 4) return false
  const [more, bare, absent, unknown] = file as readonly unknown[]
  return (
    isCount(more) &&
    isCount(bare) &&
    Array.isArray(absent) &&
    absent.every((index) => isCount(index) && index < sizes.columns) &&
    Array.isArray(unknown) &&
    unknown.length % 2 === 0 &&
    unknown.every((value, at) => isCount(value) && (at % 2 === 1 || value < sizes.names))
  )
}
