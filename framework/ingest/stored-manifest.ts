/** The form in which a manifest is stored, as JSON: columns for each directory. */
import type { PackedDirectory } from '../storage/packed-files.ts'
import { parseStoredKeys, readKeys, type StoredKeys } from './keys/stored-keys.ts'
import type { ManifestEntry } from './manifest-entry.ts'

/** The columns of a directory's files. */
interface DirectoryColumns extends PackedDirectory {
  readonly rows: readonly number[]
  readonly rejected: readonly number[]
}

/** A value for each file, or the one value that all files of the directory have. */
type Column<Value> = Value | readonly Value[]

interface StoredDirectory {
  readonly path: string
  readonly names: string
  readonly count: number
  readonly sizes: Column<number>
  /** Numbers are etags that are the times of local files. */
  readonly etags: Column<string | number>
  readonly rows: Column<number>
  readonly rejected: Column<number>
}

interface StoredDirectories {
  readonly format: 2
  readonly directories: readonly StoredDirectory[]
  /** Counts the keys of all files, in the directories' order. Missing if none were counted. */
  readonly keys?: StoredKeys
}

export function storedDirectories(
  directories: readonly DirectoryColumns[],
  keys: StoredKeys | undefined,
): StoredDirectories {
  const stored = directories.map(({ path, names, sizes, etags, rows, rejected }) => ({
    ...{ path, names, count: sizes.length, sizes: column(sizes), etags: column(etags) },
    ...{ rows: column(rows), rejected: column(rejected) },
  }))
  return { format: 2, directories: stored, ...(keys && { keys }) }
}

function column<Value>(values: readonly Value[]): Column<Value> {
  const [first] = values
  return first !== undefined && values.every((value) => value === first) ? first : values
}

/** Whether the document has the current form. */
export const isDirectories = (stored: unknown): boolean =>
  typeof stored === 'object' && stored !== null && 'format' in stored

/** Throws if the document is damaged, or has a later form. */
export function parseDirectories(stored: unknown): {
  readonly directories: readonly DirectoryColumns[]
  readonly keys: StoredKeys | undefined
} {
  const { format, directories, keys } = stored as Partial<Record<keyof StoredDirectories, unknown>>
  if (format !== 2) throw new Error(`its format is ${String(format)}`)
  if (!Array.isArray(directories)) throw new Error('it has no directories')
  const parsed = directories.map(parseDirectory)
  if (new Set(parsed.map(({ path }) => path)).size < parsed.length) throw new Error('it has a directory twice')
  const count = parsed.reduce((sum, { sizes }) => sum + sizes.length, 0)
  return { directories: parsed, keys: parseStoredKeys(keys, count) }
}

/**
 * Validates by hand: a schema would make an object for each check, and every refresh reads all
 * files of the manifest.
 */
function parseDirectory(stored: unknown): DirectoryColumns {
  const { path, names, count, sizes, etags, rows, rejected } = (stored ?? {}) as {
    readonly [Name in keyof StoredDirectory]?: unknown
  }
  if (!isDirectoryPath(path) || typeof names !== 'string' || countOf(names) !== count) {
    throw new Error('it has a directory that does not name its files')
  }
  return {
    ...{ path, names, sizes: parseColumn(sizes, count, isCount), etags: parseColumn(etags, count, isEtag) },
    ...{ rows: parseColumn(rows, count, isCount), rejected: parseColumn(rejected, count, isCount) },
  }
}

function parseColumn<Value>(stored: unknown, count: number, is: (value: unknown) => value is Value): readonly Value[] {
  if (is(stored)) return new Array<Value>(count).fill(stored)
  if (Array.isArray(stored) && stored.length === count && stored.every(is)) return stored
  throw new Error('it has a column that is damaged')
}

const isDirectoryPath = (path: unknown): path is string =>
  typeof path === 'string' && (path === '' || path.endsWith('/'))
const isText = (value: unknown): value is string => typeof value === 'string'
const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0
const isEtag = (value: unknown): value is string | number => typeof value === 'number' || isText(value)

/** The number of names in a text with slashes between them. */
function countOf(names: string): number {
  let count = 1
  for (let at = names.indexOf('/'); at >= 0; at = names.indexOf('/', at + 1)) count++
  return count
}

/** The entries of a manifest in the form before `format`: one array per column for all files. */
export function entriesOfColumns(stored: unknown): readonly ManifestEntry[] {
  const { path, size, etag, rows, rejected, keys } = (stored ?? {}) as {
    readonly [Name in keyof ManifestEntry]?: unknown
  }
  const isColumn = <Value>(values: unknown, is: (value: unknown) => value is Value): values is readonly Value[] =>
    Array.isArray(values) && Array.isArray(path) && values.length === path.length && values.every(is)
  if (
    !isColumn(path, isText) ||
    !isColumn(etag, isText) ||
    !isColumn(size, isCount) ||
    !isColumn(rows, isCount) ||
    !isColumn(rejected, isCount)
  ) {
    throw new Error('it is not five columns of the same length')
  }
  const stores = parseStoredKeys(keys, path.length)
  return path.map((name, index) => {
    const counted = stores && readKeys(stores, index)
    const entry = { path: name, size: size[index] ?? 0, etag: etag[index] ?? '' }
    const counts = { rows: rows[index] ?? 0, rejected: rejected[index] ?? 0 }
    return counted ? { ...entry, ...counts, keys: counted } : { ...entry, ...counts }
  })
}
