/** Finds the step that published a version of a table. */
import type { RunEvent, StepFinished } from '../events.ts'

interface PublishedVersion {
  readonly version: number
  /** null if another program wrote the version. */
  readonly runId: string | null
}

/**
 * Returns how long the step took, in milliseconds. null if it is not among `steps`, which are steps
 * of one asset. A rollback names the run of the earlier version, but no step published it.
 */
export function durationOf({ version, runId }: PublishedVersion, steps: readonly StepFinished[]): number | null {
  return steps.find((step) => step.runId === runId && step.version === version)?.durationMs ?? null
}

export const finishedSteps = (events: readonly RunEvent[]): readonly StepFinished[] =>
  events.filter((event) => event.type === 'step-finished')
