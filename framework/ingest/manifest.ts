import { gzipSync } from 'node:zlib'
import { LakeError } from '../errors.ts'
import type { Storage } from '../storage/storage.ts'
import { unpackText } from '../storage/unpack.ts'
import { printableLine } from '../text/printable.ts'

/** Of the file, and of what it unpacks to: a manifest of a million files has about 150 MB. */
const MOST_PACKED_BYTES = 128 * 1024 * 1024
const MOST_BYTES = 384 * 1024 * 1024

/** One file of a source as it was read into the lake. */
export interface ManifestEntry {
  readonly path: string
  readonly size: number
  readonly etag: string
  readonly rows: number
  readonly rejected: number
}

/** No storage gives this etag: of a file that has it, nobody can tell whether it is the same. */
export const UNSETTLED = ''

/** An array a column, so that a million files are five arrays and not a million objects when it is read. */
interface Columns {
  readonly path: readonly string[]
  readonly size: readonly number[]
  readonly etag: readonly string[]
  readonly rows: readonly number[]
  readonly rejected: readonly number[]
}

const isText = (value: unknown): boolean => typeof value === 'string'
const isCount = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) >= 0

/** By hand, as a schema would make an object of each check, and a no-op refresh reads all of it. */
function parseColumns(stored: unknown): Columns {
  const { path, size, etag, rows, rejected } = (stored ?? {}) as { readonly [Name in keyof Columns]?: unknown }
  const isColumn = (values: unknown, is: (value: unknown) => boolean) =>
    Array.isArray(values) && Array.isArray(path) && values.length === path.length && values.every(is)
  const isWhole =
    isColumn(path, isText) &&
    isColumn(etag, isText) &&
    [size, rows, rejected].every((counts) => isColumn(counts, isCount))
  if (!isWhole) throw new Error('it is not five columns of the same length')
  return { path, size, etag, rows, rejected } as Columns
}

/** The files that a source's rows came from, by path. Compressed columns of JSON, which Node reads faster than Parquet. */
export class Manifest {
  readonly #columns: Columns
  readonly #places: Map<string, number>

  private constructor(columns: Columns) {
    this.#columns = columns
    this.#places = new Map(columns.path.map((path, place) => [path, place]))
  }

  static readonly empty = new Manifest({ path: [], size: [], etag: [], rows: [], rejected: [] })

  static of(entries: readonly ManifestEntry[]): Manifest {
    const sorted = entries.toSorted((left, right) => (left.path < right.path ? -1 : 1))
    return new Manifest({
      path: sorted.map(({ path }) => path),
      size: sorted.map(({ size }) => size),
      etag: sorted.map(({ etag }) => etag),
      rows: sorted.map(({ rows }) => rows),
      rejected: sorted.map(({ rejected }) => rejected),
    })
  }

  /** Throws `corrupt-table` where the file is missing or cannot be read as a manifest. */
  static async read(lake: Storage, path: string, asset: string): Promise<Manifest> {
    const lost = (what: string, cause?: unknown) =>
      new LakeError(
        'corrupt-table',
        `the list of the files that ${asset} was read from ${what}: ${lake.uri}/${printableLine(path)}. ` +
          `Restore it from a backup, or run lake materialize ${asset} to read the source anew.`,
        { asset, cause },
      )
    if (!path.startsWith(`_lake/sources/${asset}/`)) throw lost('is not a manifest of this source')
    const stored = await lake.read(path, MOST_PACKED_BYTES)
    if (!stored) throw lost('is missing')
    try {
      return new Manifest(parseColumns(JSON.parse(unpackText(stored.body, MOST_BYTES))))
    } catch (cause) {
      throw lost('cannot be read', cause)
    }
  }

  encode(): Uint8Array {
    return gzipSync(JSON.stringify(this.#columns), { level: 1 })
  }

  get size(): number {
    return this.#columns.path.length
  }

  get paths(): readonly string[] {
    return this.#columns.path
  }

  has(path: string): boolean {
    return this.#places.has(path)
  }

  /** Whether the file is here with this size and etag, and so need not be read again. */
  holds(file: { readonly path: string; readonly size: number; readonly etag: string }): boolean {
    const place = this.#places.get(file.path)
    return place !== undefined && this.#columns.size[place] === file.size && this.#columns.etag[place] === file.etag
  }

  /** The paths, in order, that only one of the two has, or that both have with another size or etag; and those whose etag proves nothing. */
  differing(other: Manifest): readonly string[] {
    const own = this.entries().filter((entry) => entry.etag === UNSETTLED || !other.holds(entry))
    const others = other.entries().filter((entry) => !this.has(entry.path))
    return [...own, ...others].map(({ path }) => path).toSorted()
  }

  entries(): readonly ManifestEntry[] {
    const { path, size, etag, rows, rejected } = this.#columns
    return path.map((name, place) => ({
      path: name,
      size: size[place] ?? 0,
      etag: etag[place] ?? '',
      rows: rows[place] ?? 0,
      rejected: rejected[place] ?? 0,
    }))
  }
}
