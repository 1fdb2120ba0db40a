/** Holds many files in little memory, and compares them without an object for each. */
import { byPath, type StoredFile } from './stored-file.ts'

/** An etag that is a number in its usual form is held as that number. */
type PackedEtag = number | string

/** The files directly in one directory. */
export interface PackedDirectory {
  /** '' for the root, otherwise with a slash at its end. */
  readonly path: string
  /** The names of its files in order, with a slash between them, which no name has. */
  readonly names: string
  readonly sizes: readonly number[]
  readonly etags: readonly PackedEtag[]
}

/** A file as its directory and its index there. */
interface FoundFile<Directory extends PackedDirectory = PackedDirectory> {
  readonly directory: Directory
  readonly index: number
}

/** Lists of files. All of them are ordered by path. */
export interface FileChanges {
  readonly added: readonly StoredFile[]
  readonly changed: readonly StoredFile[]
  readonly removed: readonly string[]
}

export class PackedFiles<Directory extends PackedDirectory = PackedDirectory> {
  /** By path. Each has at least one file. */
  readonly directories: ReadonlyMap<string, Directory>
  readonly count: number
  readonly #indexes = new Map<Directory, ReadonlyMap<string, number>>()

  constructor(directories: readonly Directory[]) {
    this.directories = new Map(directories.map((directory) => [directory.path, directory]))
    this.count = directories.reduce((sum, { sizes }) => sum + sizes.length, 0)
  }

  static of(files: readonly StoredFile[]): PackedFiles {
    return new PackedFiles(byDirectory(files).map(([path, inside]) => packedDirectory(path, inside)))
  }

  /** All files, ordered by path. */
  list(): readonly StoredFile[] {
    const files: StoredFile[] = []
    for (const directory of this.directories.values()) {
      namesOf(directory).forEach((name, index) => void files.push(fileAt(directory, name, index)))
    }
    return files.sort(byPath)
  }

  /** All paths, in order. */
  paths(): readonly string[] {
    const paths: string[] = []
    for (const directory of this.directories.values()) {
      for (const name of namesOf(directory)) paths.push(directory.path + name)
    }
    return paths.sort()
  }

  find(path: string): FoundFile<Directory> | undefined {
    const directory = this.directories.get(directoryOf(path))
    const index = directory && this.indexes(directory).get(nameOf(path))
    return directory && index !== undefined ? { directory, index } : undefined
  }

  /** Name -> its index, for a directory of these files. */
  indexes(directory: Directory): ReadonlyMap<string, number> {
    const known = this.#indexes.get(directory)
    if (known) return known
    const indexes = new Map(namesOf(directory).map((name, index) => [name, index]))
    this.#indexes.set(directory, indexes)
    return indexes
  }
}

/** How `now` differs from `before`. */
export function compareFiles(before: PackedFiles, now: PackedFiles): FileChanges {
  const added: StoredFile[] = []
  const changed: StoredFile[] = []
  for (const directory of now.directories.values()) {
    const known = before.directories.get(directory.path)
    if (known && isSameDirectory(known, directory)) continue
    const indexes = known && before.indexes(known)
    namesOf(directory).forEach((name, index) => {
      const at = indexes?.get(name)
      if (known === undefined || at === undefined) added.push(fileAt(directory, name, index))
      else if (!isSameFile({ directory: known, index: at }, { directory, index })) {
        changed.push(fileAt(directory, name, index))
      }
    })
  }
  return { added: added.sort(byPath), changed: changed.sort(byPath), removed: pathsOnlyIn(before, now) }
}

/** The paths that only `files` has, in order. */
function pathsOnlyIn(files: PackedFiles, other: PackedFiles): readonly string[] {
  const paths: string[] = []
  for (const directory of files.directories.values()) {
    const same = other.directories.get(directory.path)
    if (same?.names === directory.names) continue
    const indexes = same && other.indexes(same)
    for (const name of namesOf(directory)) if (!indexes?.has(name)) paths.push(directory.path + name)
  }
  return paths.sort()
}

/** Whether both are the same files, with the same sizes and etags. */
function isSameDirectory(left: PackedDirectory, right: PackedDirectory): boolean {
  return left.names === right.names && isEqual(left.sizes, right.sizes) && isEqual(left.etags, right.etags)
}

function isSameFile(left: FoundFile, right: FoundFile): boolean {
  return (
    left.directory.sizes[left.index] === right.directory.sizes[right.index] &&
    left.directory.etags[left.index] === right.directory.etags[right.index]
  )
}

function isEqual(left: readonly PackedEtag[], right: readonly PackedEtag[]): boolean {
  if (left.length !== right.length) return false
  for (let index = 0; index < left.length; index++) if (left[index] !== right[index]) return false
  return true
}

export const namesOf = ({ names }: PackedDirectory): readonly string[] => names.split('/')

/** The directory at `path` that has these files, which are in order. */
export function packedDirectory(path: string, files: readonly StoredFile[]): PackedDirectory {
  return {
    path,
    names: files.map((file) => nameOf(file.path)).join('/'),
    sizes: files.map(({ size }) => size),
    etags: files.map(({ etag }) => packedEtag(etag)),
  }
}

/** The directory with only these of its names, which are in order. */
export function withNames(directory: PackedDirectory, names: readonly string[]): PackedDirectory {
  if (names.length === directory.sizes.length) return directory
  const wanted = new Set(names)
  const isWanted = namesOf(directory).map((name) => wanted.has(name))
  return {
    path: directory.path,
    names: names.join('/'),
    sizes: directory.sizes.filter((_, index) => isWanted[index]),
    etags: directory.etags.filter((_, index) => isWanted[index]),
  }
}

function fileAt(directory: PackedDirectory, name: string, index: number): StoredFile {
  return { path: directory.path + name, size: directory.sizes[index] ?? 0, etag: String(directory.etags[index]) }
}

export function packedEtag(etag: string): PackedEtag {
  const number = Number(etag)
  return Number.isFinite(number) && String(number) === etag ? number : etag
}

/** '' or with a slash at its end. */
export const directoryOf = (path: string): string => path.slice(0, path.lastIndexOf('/') + 1)

const nameOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1)

/** The directories in order, each with its files in order. */
export function byDirectory<File extends { readonly path: string }>(
  files: readonly File[],
): readonly (readonly [directory: string, files: readonly File[]])[] {
  const directories = new Map<string, File[]>()
  for (const file of files) {
    const directory = directoryOf(file.path)
    const inside = directories.get(directory)
    if (inside) inside.push(file)
    else directories.set(directory, [file])
  }
  return [...directories.entries()]
    .map(([directory, inside]) => [directory, inside.sort(byPath)] as const)
    .sort(([left], [right]) => (left < right ? -1 : 1))
}
