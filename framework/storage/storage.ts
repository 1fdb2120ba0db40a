/** One stored file. `path` is relative to the storage's root, with `/` between its parts. */
export interface StoredFile {
  readonly path: string
  /** Bytes. */
  readonly size: number
  /** Changes whenever the content may have changed: an ETag, or the modification time where there is none. */
  readonly etag: string
}

/** A file whose content is being read. */
export interface OpenFile extends StoredFile {
  /** False where it was written so lately that it may be written once more and keep its etag. Then the etag proves nothing. */
  readonly settled: boolean
}

export interface StoredContent extends OpenFile {
  readonly body: Uint8Array
}

/** A file as it is looked at to be cleared away. */
export interface StoredItem {
  readonly path: string
  /** Bytes. */
  readonly size: number
  /** Milliseconds since the epoch: when it was written, or put where it is, whichever came last. */
  readonly changedAt: number
  /** It is still being written, or was left by a process that was killed: nobody else ever sees it. */
  readonly unfinished: boolean
}

/**
 * Where a lake or the files of a source are. Every failure is a LakeError of code `storage` that names the file and says what to do;
 * a file that is not there is a value (`undefined`, `exists`), never an error.
 */
export interface Storage {
  /** The root as people write it: a directory or `s3://bucket/prefix`, without a slash at the end. */
  readonly uri: string

  readonly copies: LocalCopies

  /** False where the root itself is not there (or is not a directory). An object store's root always is. */
  exists(): Promise<boolean>

  /**
   * All files below `prefix` (a directory, '' for the root), in any depth, ordered by path. None where there is no such directory.
   * `known` are paths below it, in order, of which most are believed to be there: they change only how fast an object store finds out.
   */
  list(prefix: string, known?: readonly string[]): Promise<readonly StoredFile[]>

  /** As `list`, and unfinished files too. What is behind a link is not ours to clear away, and left out. */
  inventory(prefix: string): Promise<readonly StoredItem[]>

  /** The names of the files directly in the directory, in order, from the first one that is greater than `after`. */
  names(directory: string, after?: string): Promise<readonly string[]>

  /** The names of the directories directly in the root, in order. */
  directories(): Promise<readonly string[]>

  /**
   * The content together with the size and etag of exactly that content. A file of more than `mostBytes` is not read, and is an error:
   * for whatever others can write.
   */
  read(path: string, mostBytes?: number): Promise<StoredContent | undefined>

  /** The content in pieces, for files that are too large to hold. The etag is that of the content which is streamed. */
  stream(path: string): Promise<StoredStream | undefined>

  /** Writes all of `body` or nothing; replaces what was there. */
  put(path: string, body: Uint8Array | string): Promise<void>

  /** Writes all of `body` or nothing; `exists` means that another writer got there first, and nothing was written. */
  putIfAbsent(path: string, body: Uint8Array | string): Promise<'created' | 'exists'>

  /** Takes a finished local file into the storage under `path`. The local file may be moved: it must not be used afterwards. */
  putLocalFile(localPath: string, path: string): Promise<void>

  /** Gives a file of the storage another path, at which nothing is yet. */
  move(from: string, to: string): Promise<void>

  /** Gives a file of the storage a second path, at which nothing is yet but what an earlier try has put there. All of it or nothing. */
  copy(from: string, to: string): Promise<void>

  /** Deleting what is not there is not an error. */
  delete(path: string): Promise<void>

  /** What an engine opens to read the file: an absolute local path or an `s3://` URI. */
  locate(path: string): string
}

/**
 * Where an engine that reads only local files finds the data files of tables. They never change under their names, so that a copy stays
 * good.
 */
export interface LocalCopies {
  /** The local path for a file as `Storage.locate` gives it: itself where it is local. The file need not be there yet. */
  pathOf(location: string): string

  /** The other way round: what `locate` gave. */
  locationOf(localPath: string): string

  /** Brings those of the files here that are not here yet, several at a time. One that is missing is left out: whoever opens it finds out. */
  fetch(locations: Iterable<string>): Promise<void>
}

export interface StoredStream extends OpenFile {
  readonly chunks: AsyncIterable<Uint8Array>
}
