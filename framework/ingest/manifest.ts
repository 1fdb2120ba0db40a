/** Stores the list of the files that a source's rows came from. */
import { gzipSync } from 'node:zlib'
import { LakeError } from '../errors.ts'
import {
  byDirectory,
  compareFiles,
  directoryOf,
  namesOf,
  type PackedDirectory,
  PackedFiles,
  packedDirectory,
  packedEtag,
} from '../storage/packed-files.ts'
import { readOnce } from '../storage/remembering.ts'
import type { Storage, StoredFile } from '../storage/storage.ts'
import { byPath } from '../storage/stored-file.ts'
import { MIB } from '../storage/units.ts'
import { unpackText } from '../storage/unpack-text.ts'
import { printableLine } from '../text/printable.ts'
import type { FileKeys } from './keys/file-keys.ts'
import { readKeys, type StoredKeys, storeKeys } from './keys/stored-keys.ts'
import { type ManifestEntry, UNSETTLED } from './manifest-entry.ts'
import { sourceDirectory } from './source-directory.ts'
import { entriesOfColumns, isDirectories, parseDirectories, storedDirectories } from './stored-manifest.ts'

/**
 * Maximum sizes of the file and of its unpacked text, in bytes. The text for a million source files
 * has about 40 MB.
 */
const MAX_PACKED_BYTES = 128 * MIB
const MAX_BYTES = 384 * MIB

/** Size of an entry in memory: its name and four numbers. */
const BYTES_OF_ENTRY = 64

/** The files of one directory, and what was read from them. */
interface ReadDirectory extends PackedDirectory {
  readonly rows: readonly number[]
  readonly rejected: readonly number[]
  readonly keys: CountedKeys
}

/** The counts of keys of many files. The counts of one directory begin at an index. */
interface CountedKeys {
  readonly stored: StoredKeys | undefined
  readonly from: number
}

/**
 * The files that a source's rows came from. Reading a million of them makes a few arrays for each
 * directory, and no object for each file.
 */
export class Manifest {
  readonly files: PackedFiles<ReadDirectory>

  private constructor(directories: readonly ReadDirectory[]) {
    this.files = new PackedFiles(directories)
  }

  static readonly empty = new Manifest([])

  static of(entries: readonly ManifestEntry[]): Manifest {
    return new Manifest(packed(entries))
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
        return Manifest.#decode(JSON.parse(unpackText(stored.body, MAX_BYTES)))
      } catch (cause) {
        throw lost('cannot be read', cause)
      }
    })
    if (!read) throw lost('is missing')
    return read
  }

  static #decode(stored: unknown): Manifest {
    if (!isDirectories(stored)) return Manifest.of(entriesOfColumns(stored))
    const { directories, keys } = parseDirectories(stored)
    let from = 0
    return new Manifest(
      directories.map((directory) => {
        const counted = { stored: keys, from }
        from += directory.sizes.length
        return { ...directory, keys: counted }
      }),
    )
  }

  /** The content of the file that `read` reads. */
  encode(): Uint8Array {
    const directories = [...this.files.directories.values()].sort(byPath)
    const keys = storeKeys(directories.flatMap(({ sizes, keys }) => sizes.map((_, index) => keysAt(keys, index))))
    return gzipSync(JSON.stringify(storedDirectories(directories, keys)), { level: 1 })
  }

  get size(): number {
    return this.files.count
  }

  /**
   * Whether the manifest has the file with this size and etag, so that it need not be read again.
   */
  holds(file: StoredFile): boolean {
    const found = this.files.find(file.path)
    return (
      found?.directory.sizes[found.index] === file.size && found.directory.etags[found.index] === packedEtag(file.etag)
    )
  }

  /**
   * The paths, in order, that are in only one manifest, whose size or etag differs, or whose etag
   * cannot be trusted.
   */
  differing(other: Manifest): readonly string[] {
    const { added, changed, removed } = compareFiles(this.files, other.files)
    const unsettled = [...this.files.directories.values()].flatMap(unsettledPaths)
    return [...new Set([...[...added, ...changed].map(({ path }) => path), ...removed, ...unsettled])].sort()
  }

  /** Number of rows of these files, as far as the manifest contains them. */
  rowsOf(paths: readonly string[]): number {
    return paths.reduce((sum, path) => sum + (this.entry(path)?.rows ?? 0), 0)
  }

  entry(path: string): ManifestEntry | undefined {
    const found = this.files.find(path)
    return found && entryAt(found.directory, path, found.index)
  }

  /** Makes the entries one at a time. */
  *entries(): Generator<ManifestEntry> {
    for (const directory of this.files.directories.values()) yield* entriesOf(directory)
  }

  /** Number of lines that the files have, and of those that were rejected. */
  counts(): { readonly lines: number; readonly rejected: number } {
    let [lines, rejected] = [0, 0]
    for (const directory of this.files.directories.values()) {
      for (const count of directory.rows) lines += count
      for (const count of directory.rejected) rejected += count
    }
    return { lines: lines + rejected, rejected }
  }

  /**
   * The manifest without `paths` and with `entries`. It must not have other entries of the same
   * paths.
   */
  replacing(paths: ReadonlySet<string>, entries: readonly ManifestEntry[]): Manifest {
    const touched = new Set<string>()
    for (const path of paths) touched.add(directoryOf(path))
    for (const { path } of entries) touched.add(directoryOf(path))
    const directories = [...this.files.directories.values()]
    const kept = directories.filter(({ path }) => !touched.has(path))
    const others = directories.filter(({ path }) => touched.has(path)).flatMap((directory) => [...entriesOf(directory)])
    return new Manifest([...kept, ...packed([...others.filter(({ path }) => !paths.has(path)), ...entries])])
  }
}

function packed(entries: readonly ManifestEntry[]): readonly ReadDirectory[] {
  return byDirectory(entries).map(([path, files]) => ({
    ...packedDirectory(path, files),
    rows: files.map(({ rows }) => rows),
    rejected: files.map(({ rejected }) => rejected),
    keys: { stored: storeKeys(files.map(({ keys }) => keys)), from: 0 },
  }))
}

function* entriesOf(directory: ReadDirectory): Generator<ManifestEntry> {
  const names = namesOf(directory)
  for (let index = 0; index < names.length; index++) {
    yield entryAt(directory, `${directory.path}${names[index]}`, index)
  }
}

function entryAt({ sizes, etags, rows, rejected, keys }: ReadDirectory, path: string, index: number): ManifestEntry {
  const counted = keysAt(keys, index)
  return {
    ...{ path, size: sizes[index] ?? 0, etag: String(etags[index]) },
    ...{ rows: rows[index] ?? 0, rejected: rejected[index] ?? 0 },
    ...(counted && { keys: counted }),
  }
}

function keysAt({ stored, from }: CountedKeys, index: number): FileKeys | undefined {
  return stored && readKeys(stored, from + index)
}

function unsettledPaths(directory: ReadDirectory): readonly string[] {
  if (!directory.etags.includes(UNSETTLED)) return []
  return [...entriesOf(directory)].flatMap(({ path, etag }) => (etag === UNSETTLED ? [path] : []))
}
