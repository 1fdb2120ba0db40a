/** Lists and reads local files. */
import {
  closeSync,
  type Dirent,
  fstatSync,
  openSync,
  readdirSync,
  readSync,
  realpathSync,
  type Stats,
  statSync,
} from 'node:fs'
import { join } from 'node:path'
import { LakeError } from '../../errors.ts'
import { printableLine } from '../../text/printable.ts'
import { isBehindLink } from '../inner-path.ts'
import { type PackedDirectory, PackedFiles } from '../packed-files.ts'
import type { LocalFile, OpenFile, StoredContent, StoredFile, StoredItem } from '../storage.ts'
import { isAbsent, type StorageVerb, storageError, TooLarge } from '../storage-error.ts'
import { byPath } from '../stored-file.ts'
import { MIB } from '../units.ts'
import { TEMPORARY } from './local-write.ts'

const CHUNK_BYTES = 4 * MIB
const READ_ATTEMPTS = 10

function attempt<Result>(verb: StorageVerb, local: string, call: () => Result): Result {
  try {
    return call()
  } catch (error) {
    throw error instanceof LakeError ? error : storageError(verb, local, error)
  }
}

/** Like `attempt`, but undefined if `local` is missing. */
function attemptIfPresent<Result>(verb: StorageVerb, local: string, call: () => Result): Result | undefined {
  return attempt(verb, local, () => {
    try {
      return call()
    } catch (error) {
      if (isAbsent(error)) return undefined
      throw error
    }
  })
}

/** A file's path in its storage, and its local path. */
interface FilePath {
  readonly path: string
  readonly local: string
}

/** Returns memory of this number of bytes, with any content. */
export type Allocate = (bytes: number) => Uint8Array

function describeFile(path: string, stats: Stats): StoredFile {
  return { path, size: stats.size, etag: String(stats.mtimeMs) }
}

/**
 * How long a file system can give two writes the same time: two seconds if it stores whole seconds,
 * else 10 ms or less.
 */
const COARSE_TICK_MS = 2_000
const FINE_TICK_MS = 20

export function describeOpenFile({ path, local }: FilePath, stats: Stats): OpenFile {
  const tick = stats.mtimeMs % 1_000 === 0 ? COARSE_TICK_MS : FINE_TICK_MS
  const settled = Math.abs(Date.now() - stats.mtimeMs) > tick
  return { ...describeFile(path, stats), settled, local: describeLocal(local, stats) }
}

function describeLocal(location: string, { size, ino, mtimeMs, ctimeMs }: Stats): LocalFile {
  return { location, size, inode: ino, modifiedAt: mtimeMs, changedAt: ctimeMs }
}

/** Whether the file is still the one that was read, and has not been written since. */
export function isUnchanged(file: LocalFile): boolean {
  const stats = fileStats(file.location)
  if (!stats) return false
  const now = describeLocal(file.location, stats)
  return (['size', 'inode', 'modifiedAt', 'changedAt'] as const).every((part) => now[part] === file[part])
}

function sameContent(a: Stats, b: Stats): boolean {
  return a.mtimeMs === b.mtimeMs && a.size === b.size
}

export function fileStats(local: string): Stats | undefined {
  return attemptIfPresent('read', local, () => statSync(local))
}

/**
 * A directory of a listing: its name on disk, its path in the storage ('' or with a slash at its
 * end), and the real paths of the directory and of its parents.
 */
interface Visit {
  readonly local: string
  readonly path: string
  readonly real: readonly string[]
}

/** Which links a listing follows: all, or only those that stay inside the storage's root. */
export type Links = 'everywhere' | 'inside'

interface ListContext {
  readonly directories: PackedDirectory[]
  /**
   * The real path of the directory in which links must stay; undefined if they can lead anywhere.
   */
  readonly within: string | undefined
}

/**
 * Lists all files below `prefix`. With `links` `inside`, throws `storage` for a link that leads out
 * of the root.
 */
export function listFiles(root: string, prefix: string, links: Links = 'everywhere'): PackedFiles {
  const path = prefix.replace(/\/+$/, '')
  const local = join(root, path)
  const real = attemptIfPresent('list', local, () => realpathSync(local))
  if (real === undefined) return new PackedFiles([])
  const within = links === 'inside' ? attempt('list', root, () => realpathSync(root)) : undefined
  const directories: PackedDirectory[] = []
  collectFiles({ local, path: path === '' ? '' : `${path}/`, real: [real] }, { directories, within })
  return new PackedFiles(directories.sort(byPath))
}

function collectFiles(directory: Visit, listing: ListContext): void {
  const [names, sizes, etags]: [string[], number[], number[]] = [[], [], []]
  for (const entry of entriesOf(directory.local).sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const local = `${directory.local}/${entry.name}`
    if (entry.isDirectory()) {
      const real = [...directory.real, `${directory.real.at(-1)}/${entry.name}`]
      collectFiles({ local, path: `${directory.path}${entry.name}/`, real }, listing)
      continue
    }
    if (!entry.isFile() && !entry.isSymbolicLink()) continue
    const stats = fileStats(local)
    if (stats && entry.isSymbolicLink()) refuseOutside(local, listing)
    if (stats?.isFile()) {
      names.push(entry.name)
      sizes.push(stats.size)
      etags.push(stats.mtimeMs)
    } else if (stats?.isDirectory()) {
      collectLinked({ local, path: `${directory.path}${entry.name}/`, real: directory.real }, listing)
    }
  }
  if (names.length > 0) listing.directories.push({ path: directory.path, names: names.join('/'), sizes, etags })
}

/** Follows a link to a directory, unless it leads back to one that is being listed. */
function collectLinked(linked: Visit, listing: ListContext): void {
  const target = attemptIfPresent('list', linked.local, () => realpathSync(linked.local))
  if (target === undefined || linked.real.includes(target)) return
  collectFiles({ ...linked, real: [...linked.real, target] }, listing)
}

/** Throws, because a file that the listing left out silently would look deleted. */
function refuseOutside(local: string, { within }: ListContext): void {
  if (within === undefined) return
  const target = attemptIfPresent('list', local, () => realpathSync(local))
  if (target === undefined || target === within || target.startsWith(`${within}/`)) return
  throw new LakeError('storage', {
    problem: `Cannot list ${within}: the link ${printableLine(local)} leads out of it, to ${printableLine(target)}`,
    remedy:
      'Put the files themselves there. Or let links lead anywhere, with followLinks: true in the profile, if you trust everyone who can write there.',
  })
}

/**
 * All files below `prefix`, ordered by path, temporary ones too. Leaves out everything behind a
 * link, but `prefix` itself can be a link.
 */
export function listItems(root: string, prefix: string): readonly StoredItem[] {
  const items: StoredItem[] = []
  if (attempt('list', join(root, prefix), () => isBehindLink(root, prefix))) return items
  const pending = [prefix.replace(/\/+$/, '')]
  for (let path = pending.pop(); path !== undefined; path = pending.pop()) {
    const directory = join(root, path)
    for (const entry of attemptIfPresent('list', directory, () => readdirSync(directory, ENTRIES)) ?? []) {
      const child = path === '' ? entry.name : `${path}/${entry.name}`
      if (entry.isDirectory()) pending.push(child)
      const stats = entry.isFile() ? fileStats(join(root, child)) : undefined
      if (stats) items.push(describeItem(child, entry.name, stats))
    }
  }
  return items.sort(byPath)
}

/** Takes the later of both times: a move keeps the modification time and sets the change time. */
function describeItem(path: string, name: string, { size, mtimeMs, ctimeMs }: Stats): StoredItem {
  return { path, size, changedAt: Math.max(mtimeMs, ctimeMs), unfinished: name.startsWith(TEMPORARY) }
}

const ENTRIES = { withFileTypes: true } as const

function entriesOf(local: string): Dirent[] {
  const entries = attemptIfPresent('list', local, () => readdirSync(local, ENTRIES)) ?? []
  return entries.filter((entry) => !entry.name.startsWith(TEMPORARY))
}

/**
 * The names of the files directly in the directory that are greater than `after` and begin with
 * `beginning`, in order.
 */
export function fileNames(local: string, after: string, beginning: string): readonly string[] {
  return entriesOf(local)
    .filter((entry) => entry.name > after && entry.name.startsWith(beginning) && isFile(local, entry))
    .map((entry) => entry.name)
    .sort()
}

/** The names of the directories directly in the directory, in order. Follows links. */
export function directoryNames(local: string): readonly string[] {
  return entriesOf(local)
    .filter(
      (entry) => entry.isDirectory() || (entry.isSymbolicLink() && fileStats(`${local}/${entry.name}`)?.isDirectory()),
    )
    .map((entry) => entry.name)
    .sort()
}

function isFile(directory: string, entry: Dirent): boolean {
  return entry.isFile() || (entry.isSymbolicLink() && (fileStats(`${directory}/${entry.name}`)?.isFile() ?? false))
}

/**
 * Reads a complete file; undefined if it is missing. Throws `storage` for a file of more than
 * `mostBytes`.
 */
export function readContent(
  { path, local }: FilePath,
  mostBytes = Number.POSITIVE_INFINITY,
  allocate: Allocate = Buffer.allocUnsafe,
): StoredContent | undefined {
  const file = attemptIfPresent('read', local, () => openSync(local, 'r'))
  if (file === undefined) return undefined
  try {
    return attempt('read', local, () => readUnchanged(file, { path, local, mostBytes, allocate }))
  } finally {
    closeSync(file)
  }
}

/** Reads again if the file changed meanwhile, so that etag and size belong to the content. */
function readUnchanged(
  file: number,
  { path, local, mostBytes, allocate }: FilePath & { readonly mostBytes: number; readonly allocate: Allocate },
): StoredContent {
  let before = fstatSync(file)
  for (let attempts = 0; attempts < READ_ATTEMPTS; attempts++) {
    if (before.size > mostBytes) throw new TooLarge(local, before.size, mostBytes)
    const body = allocate(before.size)
    const bytes = readFully(file, body, 0)
    const after = fstatSync(file)
    if (bytes === body.length && sameContent(before, after))
      return { ...describeOpenFile({ path, local }, after), body }
    before = after
  }
  throw changing(local)
}

/**
 * Fills `buffer` with the content from `position` on, up to the end of the file. Returns the number
 * of bytes read.
 */
function readFully(file: number, buffer: Uint8Array, position: number): number {
  let filled = 0
  while (filled < buffer.length) {
    const bytes = readSync(file, buffer, filled, buffer.length - filled, position + filled)
    if (bytes === 0) break
    filled += bytes
  }
  return filled
}

/**
 * Reads the file in chunks. Throws `storage` if it differs from `stats` at the beginning or at the
 * end. Opens the file only when the first chunk is read.
 */
export async function* chunksOf(
  local: string,
  stats: Stats,
  allocate: Allocate = Buffer.allocUnsafeSlow,
): AsyncGenerator<Uint8Array> {
  const file = attempt('read', local, () => openSync(local, 'r'))
  try {
    if (!sameContent(stats, fstatSync(file))) throw changing(local)
    for (let position = 0; position < stats.size; position += CHUNK_BYTES) {
      const chunk = allocate(Math.min(CHUNK_BYTES, stats.size - position))
      const bytes = attempt('read', local, () => readFully(file, chunk, position))
      if (bytes < chunk.length) throw changing(local)
      yield chunk
    }
    if (!sameContent(stats, fstatSync(file))) throw changing(local)
  } finally {
    closeSync(file)
  }
}

function changing(local: string): LakeError {
  return new LakeError('storage', {
    problem: `Cannot read ${printableLine(local)}: it changed while it was being read`,
    remedy: 'Run again when nothing writes to it.',
  })
}
