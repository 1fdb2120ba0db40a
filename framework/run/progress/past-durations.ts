/** Finds out how long steps take, from the logs of earlier runs. */
import type { PlanStep, StepMode } from '../../plan/plan.ts'
import type { Storage } from '../../storage/storage.ts'
import type { RunEvent, StepFinished } from '../events.ts'
import { newestRuns, readRun } from '../run-log.ts'

/** How long steps took in earlier runs. */
export interface PastDurations {
  /** `durationKey` of a step -> milliseconds of the last such step. */
  readonly steps: ReadonlyMap<string, number>
  /** How many steps ran at the same time, on average. At least 1. */
  readonly atOnce: number
}

export const durationKey = (asset: string, mode: StepMode): string => `${mode} ${asset}`

/** Maximum number of logs to read. The logs of runs that had nothing to do are short. */
const LOGS_READ = 50
/** Maximum number of logs of runs that had steps. */
const RUNS_WITH_STEPS = 5

/**
 * Reads the newest logs until the duration of each step is known. Skips logs that cannot be read:
 * without them, only an estimate is missing.
 */
export async function pastDurations(
  lake: Storage,
  runId: string,
  steps: readonly Pick<PlanStep, 'asset' | 'mode'>[],
): Promise<PastDurations> {
  const earlier = (await newestRuns(lake, LOGS_READ).catch(() => [])).filter((id) => id < runId)
  const read: (readonly RunEvent[])[] = []
  for (const id of earlier) {
    const events = await readRun(lake, id).catch(() => [])
    if (!events.some(({ type }) => type === 'step-finished')) continue
    if (read.push(events) === RUNS_WITH_STEPS) break
    const known = durationsIn(read)
    if (steps.every(({ asset, mode }) => known.steps.has(durationKey(asset, mode)))) return known
  }
  return durationsIn(read)
}

/** The durations in logs of runs, the newest first. Only steps that published something count. */
export function durationsIn(logs: readonly (readonly RunEvent[])[]): PastDurations {
  const steps = new Map<string, number>()
  let [inSteps, inRuns] = [0, 0]
  for (const events of logs) {
    const ended = endedSteps(events)
    for (const { event, mode } of ended) {
      const key = durationKey(event.asset, mode)
      const hasPublished = event.outcome === 'materialized' || event.outcome === 'unchanged'
      if (hasPublished && !steps.has(key)) steps.set(key, event.durationMs)
    }
    const last = events.find((event) => event.type === 'run-finished')
    if (!last) continue
    inSteps += ended.reduce((sum, { event }) => sum + event.durationMs, 0)
    if (ended.length > 0) inRuns += last.durationMs
  }
  return { steps, atOnce: inRuns > 0 ? Math.max(1, inSteps / inRuns) : 1 }
}

interface EndedStep {
  readonly event: StepFinished
  readonly mode: StepMode
}

function endedSteps(events: readonly RunEvent[]): readonly EndedStep[] {
  const modes = new Map<string, StepMode>()
  for (const event of events) if (event.type === 'step-started') modes.set(event.asset, event.mode)
  return events.flatMap((event) => {
    const mode = event.type === 'step-finished' ? modes.get(event.asset) : undefined
    return event.type === 'step-finished' && mode !== undefined ? [{ event, mode }] : []
  })
}
