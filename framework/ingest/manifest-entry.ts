/** Defines what a manifest says of a source file. */
import type { FileKeys } from './keys/file-keys.ts'

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
