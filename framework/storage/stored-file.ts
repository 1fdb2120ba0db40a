/** Defines what a listing says of a file. */

/** One stored file. `path` is relative to the storage's root, with `/` between its parts. */
export interface StoredFile {
  readonly path: string
  /** Bytes. */
  readonly size: number
  /** Changes whenever the content changes: an ETag, or the modification time of a local file. */
  readonly etag: string
}

/** Orders by path, which no two have in common. */
export const byPath = (left: { readonly path: string }, right: { readonly path: string }): number =>
  left.path < right.path ? -1 : 1
