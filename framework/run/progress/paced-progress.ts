/** Decides which reports of progress become events: few, however long a step takes. */
import type { StepProgress } from '../events.ts'

/** Minimum time between two events of a step, in milliseconds. */
const EVERY_MS = 500
/** Maximum share of the step's time so far that passes between two events. */
const SHARE = 0.02

/**
 * Returns a function that passes on changes, but seldom: a step of an hour makes about three
 * hundred events.
 */
export function pacedProgress(
  now: () => Date,
  report: (progress: StepProgress) => void,
): (progress: StepProgress) => void {
  const startedAt = now().getTime()
  let nextAt = startedAt
  let last: StepProgress | undefined
  return (progress) => {
    const at = now().getTime()
    if (progress.done <= 0 || at < nextAt || isSame(progress, last)) return
    nextAt = at + Math.max(EVERY_MS, (at - startedAt) * SHARE)
    last = progress
    report(progress)
  }
}

const isSame = ({ done, total, phase }: StepProgress, last: StepProgress | undefined): boolean =>
  done === last?.done && total === last.total && phase === last.phase
