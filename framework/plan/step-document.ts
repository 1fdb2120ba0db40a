/** Writes a step in its JSON form, which run events and `lake plan` have. */
import type { Cause } from '../observe/cause.ts'
import type { EstimatedStep, StepEstimate } from './estimate.ts'
import type { PlanStep, StepMode } from './plan.ts'

/**
 * The work on one asset. `lake plan` prints the same list of steps that `lake materialize` walks.
 */
export interface StepDocument {
  readonly asset: string
  readonly mode: StepMode
  /** The partitions in which rows change, if `lake plan` has computed them. null: unknown. */
  readonly partitions: readonly string[] | null
  /**
   * True if all causes are upstream steps. If those change no rows, the asset is fresh after all.
   */
  readonly conditional: boolean
  readonly causes: readonly Cause[]
  /** The former key of its table. In each mode, the step moves the table first. */
  readonly movedFrom?: string
  /** Why an incremental table is rebuilt in full. Missing if the causes explain it. */
  readonly whole?: string
  /** Why an incremental table follows its upstreams, if a rebuild was considered. */
  readonly follows?: string
  /** Present if the query contains raw SQL, which lake does not examine. */
  readonly rawSql?: true
}

export interface EstimatedStepDocument extends StepDocument {
  readonly estimate: StepEstimate
}

export function stepDocument({ asset, mode, fullReason, ...rest }: PlanStep): StepDocument {
  return { asset, mode, partitions: null, ...rest, ...(fullReason !== undefined && { whole: fullReason }) }
}

export function estimatedStepDocument({ partitions, estimate, ...step }: EstimatedStep): EstimatedStepDocument {
  return { ...stepDocument(step), ...(partitions && { partitions }), estimate }
}
