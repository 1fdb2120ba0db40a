/** Sums up for a version of a source how the keys of its rows differ from its columns. */
import type { LineColumn } from '../lines/line-columns.ts'
import type { ManifestEntry } from '../manifest.ts'
import type { FileKeys } from './file-keys.ts'

/** A key that no column takes, in all counted files of a version. */
export interface DriftedKey {
  readonly key: string
  readonly rows: number
  /** The first file with it, by path. */
  readonly file: string
  readonly example: string
  /** The key of a column from which it differs only in case. */
  readonly like?: string
}

/**
 * A column whose key is missing: in all rows, or in all files that were read last, although most of
 * the earlier ones have it.
 */
export interface AbsentColumn {
  readonly column: string
  readonly since: 'always' | 'last-read'
}

/** Counts over the rows of the counted files. */
export interface KeyDrift {
  /** Number of files whose keys were counted. */
  readonly files: number
  readonly rows: number
  /** The most frequent first, at most MAX_DRIFTED. */
  readonly unknown: readonly DriftedKey[]
  /** Number of unknown keys that files name and `unknown` lacks. */
  readonly unnamed: number
  /** Maximum number of rows with unknown keys that were not named. */
  readonly more: number
  /** Rows without any key that a column takes. */
  readonly bare: number
  readonly absent: readonly AbsentColumn[]
}

export const MAX_DRIFTED = 100

/** Minimum share of the earlier files that have a key, for its absence to be reported. */
const USUAL = 0.9

export interface DriftInput {
  readonly columns: readonly LineColumn[]
  /** All files of the version. */
  readonly entries: readonly ManifestEntry[]
  /** The files that were read for the version. */
  readonly read: readonly ManifestEntry[]
  readonly before: KeyDrift | undefined
}

/** Undefined if no file was counted. */
export function keyDrift({ columns, entries, read, before }: DriftInput): KeyDrift | undefined {
  const counted = entries.flatMap((entry) => (entry.keys ? [{ ...entry, keys: entry.keys }] : []))
  if (counted.length === 0) return undefined
  const all = unknownKeys(counted, columns)
  return {
    files: counted.length,
    rows: sum(counted, ({ rows }) => rows),
    unknown: all.slice(0, MAX_DRIFTED),
    unnamed: Math.max(0, all.length - MAX_DRIFTED),
    more: sum(counted, ({ keys }) => keys.more),
    bare: sum(counted, ({ keys }) => keys.bare),
    absent: absentColumns(counted, { columns, read, before }),
  }
}

type CountedFile = ManifestEntry & { readonly keys: FileKeys }

function unknownKeys(files: readonly CountedFile[], columns: readonly LineColumn[]): readonly DriftedKey[] {
  const taken = new Map(columns.map(({ keys: [key = ''] }) => [key.toLowerCase(), key]))
  const found = new Map<string, { rows: number; readonly file: string; readonly example: string }>()
  for (const { path, keys } of files.toSorted(byPath)) {
    for (const { name, rows, example } of keys.unknown) {
      const known = found.get(name)
      if (known) known.rows += rows
      else found.set(name, { rows, file: path, example })
    }
  }
  const unknown = [...found].map(([key, { rows, file, example }]): DriftedKey => {
    const like = taken.get(key.toLowerCase())
    return { key, rows, file, example, ...(like !== undefined && { like }) }
  })
  return unknown.toSorted((left, right) => right.rows - left.rows || (left.key < right.key ? -1 : 1))
}

function absentColumns(
  files: readonly CountedFile[],
  { columns, read, before }: Omit<DriftInput, 'entries'>,
): readonly AbsentColumn[] {
  const readPaths = new Set(read.map(({ path }) => path))
  const withRows = files.filter(({ rows }) => rows > 0)
  const last = withRows.filter(({ path }) => readPaths.has(path))
  const earlier = withRows.filter(({ path }) => !readPaths.has(path))
  const [everywhere, inLast, inEarlier] = [withRows, last, earlier].map(absences)
  const wasGone = new Set(before?.absent.flatMap(({ column, since }) => (since === 'last-read' ? [column] : [])))
  return columns.flatMap(({ name }): readonly AbsentColumn[] => {
    const absent = (counts: ReadonlyMap<string, number> | undefined) => counts?.get(name) ?? 0
    if (withRows.length > 0 && absent(everywhere) === withRows.length) return [{ column: name, since: 'always' }]
    const isGone =
      last.length === 0
        ? wasGone.has(name)
        : absent(inLast) === last.length && absent(inEarlier) <= (1 - USUAL) * earlier.length
    return isGone ? [{ column: name, since: 'last-read' }] : []
  })
}

/** Column -> the number of files in which no row has it. */
function absences(files: readonly CountedFile[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>()
  for (const { keys } of files) for (const name of keys.absent) counts.set(name, (counts.get(name) ?? 0) + 1)
  return counts
}

const byPath = (left: ManifestEntry, right: ManifestEntry): number => (left.path < right.path ? -1 : 1)

const sum = <Item>(items: readonly Item[], amount: (item: Item) => number): number =>
  items.reduce((total, item) => total + amount(item), 0)
