import type { Plan, PlanStep } from './plan.ts'

/** A plan with what each step comes to. */
export interface EstimatedPlan extends Plan {
  readonly steps: readonly EstimatedStep[]
}

export interface EstimatedStep extends PlanStep {
  readonly estimate: StepEstimate
}

/**
 * How much a step comes to. `exact`: worked out from the rows that have changed. `at-most`: an upstream has to run first, or lines have to be
 * read, and it is no more than this; null where there is no such limit.
 */
export interface StepEstimate {
  readonly certainty: 'exact' | 'at-most'
  /** Keys whose rows change; null also where the step does not go by keys. */
  readonly keys: number | null
  readonly read: EstimatedVolume
  readonly written: EstimatedVolume
  /** Files of sources whose changes have reached the asset's upstreams since it was made, in the order of their paths. */
  readonly files: readonly FileChange[]
}

export interface EstimatedVolume {
  readonly rows: number | null
  readonly bytes: number | null
}

/** A source's file, and how many rows it gave before and gives now; null where that is not known yet. */
export interface FileChange {
  readonly source: string
  /** Relative to the source's root. */
  readonly path: string
  readonly change: 'added' | 'changed' | 'removed'
  readonly rowsBefore: number | null
  readonly rowsAfter: number | null
}
