/** Declares how a run goes about its steps, whatever they are. */
import type { AttemptDefaults } from './attempts.ts'

export interface RunPolicy {
  /** Whether a table follows its upstreams even if a rebuild is estimated to be cheaper. */
  readonly alwaysFollow: boolean
  /** Whether a source that has no files, or no longer has any, counts as empty on purpose. */
  readonly allowEmpty: boolean
  /**
   * Whether a failure keeps all other steps from starting. If not, only those that depend on the
   * failed asset are skipped.
   */
  readonly failFast: boolean
  /** Maximum number of steps at once. */
  readonly concurrency: number
  readonly attempts: AttemptDefaults
}
