/** Stores the list of the files that a source's rows came from. */
import { gzipSync } from 'node:zlib'
import { LakeError } from '../errors.ts'
import { readOnce } from '../storage/remembering.ts'
import type { Storage } from '../storage/storage.ts'
import { unpackText } from '../storage/unpack-text.ts'
import { printableLine } from '../text/printable.ts'
import type { FileKeys } from './keys/file-keys.ts'
import { parseStoredKeys, readKeys, type StoredKeys, storeKeys } from './keys/stored-keys.ts'
import { PathIndex } from './path-index.ts'
import { sourceDirectory } from './source-directory.ts'

/**
 * Maximum sizes of the file and of its unpacked text, in bytes. The text for a million source files
 * has about 150 MB.
 */
const MAX_PACKED_BYTES = 128 * 1024 * 1024
const MAX_BYTES = 384 * 1024 * 1024

/** Size of an entry in memory, which is mostly its path and etag. */
const BYTES_OF_ENTRY = 300

/** One file of a source, as it was read into the lake. */
export interface ManifestEntry {
  readonly path: string
  readonly size: number
  readonly etag: string
  readonly rows: number
  readonly rejected: number
  /** Undefined if the keys of its rows were not counted. */
  readonly keys?: FileKeys
}

/**
 * The etag of a file whose real etag cannot be trusted. No storage returns it, so the file counts
 * as changed.
 */
export const UNSETTLED = ''

/** One array per column: reading a million files makes five arrays and not a million objects. */
interface Columns {
  readonly path: readonly string[]
  readonly size: readonly number[]
  readonly etag: readonly string[]
  readonly rows: readonly number[]
  readonly rejected: readonly number[]
  /** Missing if no file's keys were counted. */
  readonly keys?: StoredKeys
}

const isText = (value: unknown): boolean => typeof value === 'string'
const isCount = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) >= 0

/**
 * Validates by hand: a schema would make an object for each check, and every refresh reads all
 * files of the manifest.
 */
function parseColumns(stored: unknown): Columns {
  const { path, size, etag, rows, rejected, keys } = (stored ?? {}) as { readonly [Name in keyof Columns]?: unknown }
  const isColumn = (values: unknown, is: (value: unknown) => boolean) =>
    Array.isArray(values) && Array.isArray(path) && values.length === path.length && values.every(is)
  const isComplete =
    isColumn(path, isText) &&
    isColumn(etag, isText) &&
    [size, rows, rejected].every((counts) => isColumn(counts, isCount))
  if (!isComplete) throw new Error('it is not five columns of the same length')
  const counted = parseStoredKeys(keys, (path as readonly string[]).length)
  return { path, size, etag, rows, rejected, ...(counted && { keys: counted }) } as Columns
}

/**
 * The files that a source's rows came from, by path. It is stored as compressed columns of JSON,
 * which Node reads faster than Parquet.
 */
export class Manifest {
  readonly #columns: Columns
  readonly #index: PathIndex

  private constructor(columns: Columns) {
    this.#columns = columns
    this.#index = new PathIndex(columns.path)
  }

  static readonly empty = new Manifest({ path: [], size: [], etag: [], rows: [], rejected: [] })

  static of(entries: readonly ManifestEntry[]): Manifest {
    const sorted = entries.toSorted((left, right) => (left.path < right.path ? -1 : 1))
    const keys = storeKeys(sorted.map((entry) => entry.keys))
    return new Manifest({
      path: sorted.map(({ path }) => path),
      size: sorted.map(({ size }) => size),
      etag: sorted.map(({ etag }) => etag),
      rows: sorted.map(({ rows }) => rows),
      rejected: sorted.map(({ rejected }) => rejected),
      ...(keys && { keys }),
    })
  }

  /** Throws `corrupt-table` if the file is missing or not a manifest. */
  static async read(lake: Storage, path: string, asset: string): Promise<Manifest> {
    const lost = (what: string, cause?: unknown) =>
      new LakeError('corrupt-table', {
        problem: `the list of the files that ${asset} was read from ${what}: ${lake.uri}/${printableLine(path)}`,
        remedy: `Restore it from a backup, or run \`lake materialize ${asset}\` to read the source again.`,
        asset,
        cause,
      })
    if (!path.startsWith(`${sourceDirectory(asset)}/`)) throw lost('is not a manifest of this source')
    const remembered = { name: path, bytes: ({ size }: Manifest) => size * BYTES_OF_ENTRY }
    const read = await readOnce(lake, remembered, async () => {
      const stored = await lake.read(path, MAX_PACKED_BYTES)
      if (!stored) return undefined
      try {
        return new Manifest(parseColumns(JSON.parse(unpackText(stored.body, MAX_BYTES))))
      } catch (cause) {
        throw lost('cannot be read', cause)
      }
    })
    if (!read) throw lost('is missing')
    return read
  }

  /** The content of the file that `read` reads. */
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
    return this.#index.indexOf(path) !== undefined
  }

  /**
   * Whether the manifest has the file with this size and etag, so that it need not be read again.
   */
  holds(file: { readonly path: string; readonly size: number; readonly etag: string }): boolean {
    const index = this.#index.indexOf(file.path)
    return index !== undefined && this.#columns.size[index] === file.size && this.#columns.etag[index] === file.etag
  }

  /**
   * The paths, in order, that are in only one manifest, whose size or etag differs, or whose etag
   * cannot be trusted.
   */
  differing(other: Manifest): readonly string[] {
    const own = this.entries().filter((entry) => entry.etag === UNSETTLED || !other.holds(entry))
    const others = other.entries().filter((entry) => !this.has(entry.path))
    return [...own, ...others].map(({ path }) => path).toSorted()
  }

  /** Number of rows of these files, as far as the manifest contains them. */
  rowsOf(paths: readonly string[]): number {
    return paths.reduce((sum, path) => sum + (this.#columns.rows[this.#index.indexOf(path) ?? -1] ?? 0), 0)
  }

  entries(): readonly ManifestEntry[] {
    const { path, size, etag, rows, rejected, keys } = this.#columns
    return path.map((name, index) => {
      const counted = keys && readKeys(keys, keys.files[index] ?? null)
      const entry = { path: name, size: size[index] ?? 0, etag: etag[index] ?? '' }
      const counts = { rows: rows[index] ?? 0, rejected: rejected[index] ?? 0 }
      return counted ? { ...entry, ...counts, keys: counted } : { ...entry, ...counts }
    })
  }
}
