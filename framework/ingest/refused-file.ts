/** Declares the error for a file that is refused as a whole. */

/**
 * Thrown while a file is read if it cannot be split into records. Then none of them is read, and
 * the file is one reject. `reason` says why, and what to do.
 */
export class FileRefused extends Error {
  readonly reason: string

  constructor(reason: string) {
    super(reason)
    this.reason = reason
  }
}
