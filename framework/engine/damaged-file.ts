import { printableLine } from '../text/printable.ts'
import type { UnreadableFile } from './engine.ts'

/** A query failed at a data file that cannot be read to its end; whose it is, is not known yet. */
export class DamagedFile extends Error {
  override readonly name = 'DamagedFile'
  readonly damaged: UnreadableFile

  constructor(damaged: UnreadableFile, cause: unknown) {
    super(printableLine(`${damaged.file} is damaged: ${damaged.reason}`), { cause })
    this.damaged = damaged
  }
}
