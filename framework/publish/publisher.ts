/** Declares what is needed to publish a version of a table. */
import type { Engine } from '../engine/engine.ts'
import type { HeldClaims } from '../run/claims/claim-assets.ts'
import type { Storage } from '../storage/storage.ts'
import type { LoadedCode } from './newer-code.ts'

export interface Publisher {
  readonly lake: Storage
  readonly engine: Engine
  /** The claims of the run. */
  readonly claims: Pick<HeldClaims, 'holds'>
  readonly now: () => Date
  readonly loaded: LoadedCode
  /**
   * Whether to read the rows of files that can stay, instead of trusting the log. Set by --full.
   */
  readonly distrusting: boolean
}
