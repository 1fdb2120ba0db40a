/** Says that a file is refused as a whole. */

/**
 * Thrown while a file is read if its records cannot be told: none of them is read, and the file is
 * one reject. `reason` says why, and what to do.
 */
export class FileRefused extends Error {
  readonly reason: string

  constructor(reason: string) {
    super(reason)
    this.reason = reason
  }
}
