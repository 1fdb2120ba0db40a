/** Sums up for a version of a source how the keys of its rows differ from its columns. */
import type { LineColumn } from '../lines/line-columns.ts'
import type { ManifestEntry } from '../manifest-entry.ts'
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
 * A column whose key is missing: in all rows, or in all files that were read last although most of
 * the earlier files have it.
 */
interface AbsentColumn {
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

interface DriftInput {
  readonly columns: readonly LineColumn[]
  /** All files of the version. */
  readonly entries: Iterable<ManifestEntry>
  /** Whether the file was read for the version. */
  readonly isRead: (path: string) => boolean
  readonly before: KeyDrift | undefined
}

/** Undefined if no file was counted. */
export function keyDrift({ columns, entries, isRead, before }: DriftInput): KeyDrift | undefined {
  const total = { files: 0, rows: 0, more: 0, bare: 0 }
  const unknown = new UnknownKeys()
  const [last, earlier] = [new Absences(), new Absences()]
  for (const { path, rows, keys } of entries) {
    if (!keys) continue
    total.files += 1
    total.rows += rows
    total.more += keys.more
    total.bare += keys.bare
    unknown.add(path, keys)
    if (rows > 0) (isRead(path) ? last : earlier).add(keys)
  }
  if (total.files === 0) return undefined
  const all = unknown.ranked(columns)
  return {
    ...total,
    unknown: all.slice(0, MAX_DRIFTED),
    unnamed: Math.max(0, all.length - MAX_DRIFTED),
    absent: absentColumns({ columns, before }, last, earlier),
  }
}

class UnknownKeys {
  readonly #found = new Map<string, { rows: number; file: string; example: string }>()

  add(file: string, { unknown }: FileKeys): void {
    for (const { name, rows, example } of unknown) {
      const known = this.#found.get(name)
      if (!known) this.#found.set(name, { rows, file, example })
      else {
        known.rows += rows
        if (file < known.file) Object.assign(known, { file, example })
      }
    }
  }

  /** The most frequent first. */
  ranked(columns: readonly LineColumn[]): readonly DriftedKey[] {
    const taken = new Map(columns.map(({ keys: [key] }) => [key.toLowerCase(), key]))
    const unknown = [...this.#found].map(([key, found]): DriftedKey => {
      const like = taken.get(key.toLowerCase())
      return { key, ...found, ...(like !== undefined && { like }) }
    })
    return unknown.toSorted((left, right) => right.rows - left.rows || (left.key < right.key ? -1 : 1))
  }
}

/** Counts, for each column, the files with rows in which no row has the column. */
class Absences {
  files = 0
  readonly #counts = new Map<string, number>()

  add({ absent }: FileKeys): void {
    this.files += 1
    for (const name of absent) this.#counts.set(name, this.of(name) + 1)
  }

  of(column: string): number {
    return this.#counts.get(column) ?? 0
  }
}

function absentColumns(
  { columns, before }: Pick<DriftInput, 'columns' | 'before'>,
  last: Absences,
  earlier: Absences,
): readonly AbsentColumn[] {
  const wasGone = new Set(before?.absent.flatMap(({ column, since }) => (since === 'last-read' ? [column] : [])))
  const withRows = last.files + earlier.files
  return columns.flatMap(({ name }): readonly AbsentColumn[] => {
    if (withRows > 0 && last.of(name) + earlier.of(name) === withRows) return [{ column: name, since: 'always' }]
    const isGone =
      last.files === 0
        ? wasGone.has(name)
        : last.of(name) === last.files && earlier.of(name) <= (1 - USUAL) * earlier.files
    return isGone ? [{ column: name, since: 'last-read' }] : []
  })
}
