/** Declares how much each step of a plan reads and writes. */
import type { Plan, PlanStep } from './plan.ts'

/** A plan with an estimate for each step. */
export interface EstimatedPlan extends Plan {
  readonly steps: readonly EstimatedStep[]
}

export interface EstimatedStep extends PlanStep {
  /** The partitions in which rows change. Undefined if they have not been computed. */
  readonly partitions?: readonly string[]
  readonly estimate: StepEstimate
}

/**
 * The size of a step. `exact`: computed from the changed rows. `at-most`: an upper bound, because
 * an upstream has to run first, or because lines have to be read. null if no bound is known.
 */
export interface StepEstimate {
  readonly certainty: 'exact' | 'at-most'
  /**
   * Number of keys whose rows change. null if it is unknown, or if the step does not replace keys.
   */
  readonly keys: number | null
  readonly read: EstimatedVolume
  readonly written: EstimatedVolume
  /**
   * The source files that explain how the asset's upstreams changed since it was built, ordered by
   * path.
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
