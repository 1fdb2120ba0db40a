/** Defines the storage port: the files of a lake or of a source, local or in S3. */
import type { PackedFiles } from './packed-files.ts'
import type { StoredFile } from './stored-file.ts'

export type { StoredFile } from './stored-file.ts'

/** A file whose content a caller reads. */
export interface OpenFile extends StoredFile {
  /**
   * False if the file was written so recently that another write can keep its etag. The etag then
   * proves nothing.
   */
  readonly settled: boolean
  /** Present if the content is a local file. */
  readonly local?: LocalFile
}

/** The state of a local file when it was read, to find out later whether it is still the same. */
export interface LocalFile {
  /** An absolute path. */
  readonly location: string
  readonly size: number
  readonly inode: number
  /** Milliseconds since the epoch. */
  readonly modifiedAt: number
  /** Milliseconds since the epoch. No program can set it. */
  readonly changedAt: number
}

export interface StoredContent extends OpenFile {
  readonly body: Uint8Array
}

/** A file in the form that a vacuum needs. */
export interface StoredItem {
  readonly path: string
  /** Bytes. */
  readonly size: number
  /**
   * Milliseconds since the epoch: when the file was written or moved to this path, whichever was
   * later.
   */
  readonly changedAt: number
  /**
   * A temporary file: its writer is still at work, or was killed. `list` and `names` leave it out.
   */
  readonly unfinished: boolean
}

/**
 * What a write survives. `machine`: a crash of the machine, once the call has returned. `process`:
 * the end of the process; after a crash of the machine, the file can be missing, or damaged. That
 * is sufficient for a file that says that a process is at work. An object store keeps everything
 * that it has accepted.
 */
export type Durability = 'machine' | 'process'

/**
 * The files of a lake or of a source. Every failure is a LakeError of code `storage` that names the
 * file and says what to do. A missing file is a value (`undefined`, `exists`), never an error.
 */
export interface Storage {
  /** The location of the root: a directory or `s3://bucket/prefix`, without a slash at the end. */
  readonly uri: string

  /**
   * Present if the files are those of this local directory, so that another thread reads the same
   * files there.
   */
  readonly localRoot?: string | undefined

  readonly copies: LocalCopies

  /** Present if a run remembers what it reads: see `remembering`. */
  readonly memory?: Memory

  /** False if the root is missing or not a directory. The root of an object store always exists. */
  exists(): Promise<boolean>

  /**
   * All files below `prefix` (a directory, '' for the root), at any depth, ordered by path. None if
   * the directory is missing. `known` are paths that the caller expects to exist, in order. They
   * make the listing of an object store faster, and do not change the result.
   */
  list(prefix: string, known?: readonly string[]): Promise<readonly StoredFile[]>

  /** Like `list`, for many files. Only an object store asks for the `known` paths. */
  listPacked(prefix: string, known?: () => readonly string[]): Promise<PackedFiles>

  /**
   * Like `list`, with unfinished files. Leaves out files behind links: lake must not delete them.
   */
  inventory(prefix: string): Promise<readonly StoredItem[]>

  /**
   * The names of the files directly in the directory that are greater than `after` and begin with
   * `beginning`, in order.
   */
  names(directory: string, after?: string, beginning?: string): Promise<readonly string[]>

  /** The names of the directories directly in the root, in order. */
  directories(): Promise<readonly string[]>

  /**
   * The content, with the size and etag of exactly that content. Throws for a file of more than
   * `mostBytes`, without reading it. Give a maximum for every file that others can write.
   */
  read(path: string, mostBytes?: number): Promise<StoredContent | undefined>

  /**
   * The content in pieces, for files that do not fit in memory. The etag belongs to the streamed
   * content.
   */
  stream(path: string): Promise<StoredStream | undefined>

  /** Writes all of `body` or nothing. Replaces an existing file. */
  put(path: string, body: Uint8Array | string, durability?: Durability): Promise<void>

  /**
   * Writes all of `body` or nothing. `exists` means that another writer got there first, and
   * nothing was written.
   */
  putIfAbsent(path: string, body: Uint8Array | string, durability?: Durability): Promise<'created' | 'exists'>

  /**
   * Puts a finished local file into the storage under `path`. Can move the local file, so the
   * caller must not use it afterwards.
   */
  putLocalFile(localPath: string, path: string): Promise<void>

  /** Moves a file of the storage to a path at which no file exists. */
  move(from: string, to: string): Promise<void>

  /**
   * Copies a file of the storage, all of it or nothing, to a path at which no file exists, except
   * one of an earlier attempt.
   */
  copy(from: string, to: string): Promise<void>

  /** Does nothing if the file is missing. */
  delete(path: string): Promise<void>

  /**
   * The location that an engine opens to read the file: an absolute local path or an `s3://` URI.
   */
  locate(path: string): string
}

/** Remembered values of files that never change under their names. */
export interface Memory {
  /**
   * The value of this name, which `read` returns if it is not remembered. `bytes` is its size.
   * Undefined and failures are not remembered.
   */
  remember<Value>(
    name: string,
    bytes: (value: Value) => number,
    read: () => Promise<Value | undefined>,
  ): Promise<Value | undefined>
}

/**
 * Local copies of the data files of tables, for an engine that reads only local files. A data file
 * never changes under its name, so a copy stays valid.
 */
export interface LocalCopies {
  /**
   * The local path for a location of `Storage.locate`, which is the location itself if it is local.
   * The copy need not exist yet.
   */
  pathOf(location: string): string

  /** The inverse of `pathOf`. */
  locationOf(localPath: string): string

  /**
   * Downloads the files that have no copy yet, several at a time. Skips a missing file: opening its
   * copy fails.
   */
  fetch(locations: Iterable<string>): Promise<void>
}

export interface StoredStream extends OpenFile {
  readonly chunks: AsyncIterable<Uint8Array>
}
