/** Declares how much each step of a plan reads and writes. */
import type { Plan, PlanStep } from './plan.ts'

/** A plan with an estimate for each step. */
export interface EstimatedPlan extends Plan {
  readonly steps: readonly EstimatedStep[]
}

export interface EstimatedStep extends PlanStep {
  readonly estimate: StepEstimate
}

/**
 * The size of a step. `exact`: computed from the changed rows. `at-most`: an upper bound, because
 * an upstream has to run first or lines have to be read; null if there is no bound.
 */
export interface StepEstimate {
  readonly certainty: 'exact' | 'at-most'
  /** Number of keys whose rows change. null also if the step does not replace keys. */
  readonly keys: number | null
  readonly read: EstimatedVolume
  readonly written: EstimatedVolume
  /**
   * Source files whose changes reached the asset's upstreams since it was built, in the order of
   * their paths.
   */
  readonly files: readonly FileChange[]
}

export interface EstimatedVolume {
  readonly rows: number | null
  readonly bytes: number | null
}

/** A file of a source, with its numbers of rows before and now. null if not known yet. */
export interface FileChange {
  readonly source: string
  /** Path relative to the source's root. */
  readonly path: string
  readonly change: 'added' | 'changed' | 'removed'
  readonly rowsBefore: number | null
  readonly rowsAfter: number | null
}
