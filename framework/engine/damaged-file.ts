/** Declares the error of a query that failed because a data file cannot be read to its end. */
import { printableLine } from '../text/printable.ts'
import type { UnreadableFile } from './engine.ts'

/** The caller finds out to which asset the file belongs. */
export class DamagedFile extends Error {
  override readonly name = 'DamagedFile'
  readonly damaged: UnreadableFile

  constructor(damaged: UnreadableFile, cause: unknown) {
    super(printableLine(`${damaged.file} is damaged: ${damaged.reason}`), { cause })
    this.damaged = damaged
  }
}
