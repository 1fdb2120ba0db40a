import { gunzipSync, gzipSync } from 'node:zlib'
import { LakeError } from '../errors.ts'
import type { Storage } from '../storage/storage.ts'

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
    const stored = await lake.read(path)
    const lost = (what: string, cause?: unknown) =>
      new LakeError(
        'corrupt-table',
        `the list of the files that ${asset} was read from ${what}: ${lake.uri}/${path}. ` +
          `Restore it from a backup, or run lake materialize ${asset} to read the source anew.`,
        { asset, cause },
      )
    if (!stored) throw lost('is missing')
    try {
      return new Manifest(JSON.parse(gunzipSync(stored.body).toString('utf8')) as Columns)
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
