import type { CheckFailure } from '../engine/check-failure.ts'
import type { AssetGraph } from '../graph/asset-graph.ts'
import type { Publisher } from '../publish/publish.ts'
import type { KeptFiles } from '../run/events.ts'

/** What a step of a run works with. */
export interface StepContext extends Publisher {
  readonly graph: AssetGraph
  readonly runId: string
  /** An existing empty local directory of this step alone. */
  readonly directory: string
  readonly signal: AbortSignal
  /** Tells how many files of a source have been read. */
  readonly progress: (files: number) => void
  /** Tells of what a read that was broken off has kept for the next run. */
  readonly kept: (kept: KeptFiles) => void
  /** Tells of a check of severity warn that found rows. */
  readonly warn: (failure: CheckFailure) => void
  /** Tells of something that people should know, and that does not change the outcome. */
  readonly notice: (message: string) => void
}
