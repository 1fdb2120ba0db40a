/** Declares what each step of a run gets from the run. */
import type { CheckFailure } from '../engine/check-failure.ts'
import type { AssetGraph } from '../graph/asset-graph.ts'
import type { Followers } from '../plan/followers.ts'
import type { Publisher } from '../publish/publisher.ts'
import type { KeptFiles, StepProgress } from '../run/events.ts'
import type { RunPolicy } from './run-policy.ts'

/** What a step works with, and how it reports. */
export interface StepContext extends Publisher {
  readonly graph: AssetGraph
  readonly runId: string
  /** A local directory of this step alone. It exists and is empty. */
  readonly directory: string
  readonly signal: AbortSignal
  readonly policy: RunPolicy
  /** Upstream -> the tables of the plan that can follow it, if there are several. */
  readonly followers: ReadonlyMap<string, Followers>
  /** Reports how much is done. Can be called often. */
  readonly progress: (progress: StepProgress) => void
  /** Reports the files that an interrupted read has kept for the next run. */
  readonly kept: (kept: KeptFiles) => void
  /** Reports a check of severity `warn` that found rows. */
  readonly warn: (failure: CheckFailure) => void
  /** Reports a warning that does not change the outcome. */
  readonly notice: (message: string) => void
}
