/** Estimates how long a run will take until its end. */
import { durationKey, type PastDurations } from '../../run/progress/past-durations.ts'
import { duration } from '../layout/format-numbers.ts'
import type { RunAsset, RunView } from './run-view.ts'

/**
 * Returns milliseconds; undefined if it is unknown how long one of the steps takes, or if they have
 * taken longer than before.
 */
export function restOfRun({ assets }: RunView, past: PastDurations, now: Date): number | undefined {
  const open = assets.filter(({ state }) => state === 'running' || state === 'waiting')
  const rests = open.map((asset) => restOfStep(asset, past, now))
  const known = rests.filter((rest) => rest !== undefined)
  if (known.length < rests.length) return undefined
  const sum = known.reduce((total, rest) => total + rest, 0)
  const rest = Math.max(0, ...known, sum / past.atOnce)
  return rest > 0 ? rest : undefined
}

/**
 * Minimum share of a source's files that must be read before they determine the estimate, because
 * the first files can mislead.
 */
const TELLING_SHARE = 0.1

/**
 * Files of a source take about the same time each. Any other progress predicts less than earlier
 * runs do.
 */
function restOfStep(asset: RunAsset, past: PastDurations, now: Date): number | undefined {
  const { progress, startedAt } = asset
  const elapsed = startedAt === null ? 0 : Math.max(0, now.getTime() - Date.parse(startedAt))
  const expected = expectedOf(asset, past)
  const { done, total } = progress?.unit === 'files' ? progress : { done: 0, total: 1 }
  const isTelling = done >= TELLING_SHARE * total || expected === undefined || elapsed > expected
  if (done > 0 && isTelling) return (elapsed * (total - done)) / done
  return expected === undefined ? undefined : Math.max(0, expected - elapsed)
}

/** How long the step of the asset took last, in milliseconds. */
export function expectedOf({ key, mode }: RunAsset, { steps }: PastDurations): number | undefined {
  return mode === null ? undefined : steps.get(durationKey(key, mode))
}

/**
 * Formats an estimate, without a precision that it does not have: `about 8 s`, `about 2 min 10 s`.
 */
export function about(milliseconds: number): string {
  const seconds = Math.max(1, Math.round(milliseconds / 1000))
  if (seconds < 10) return `about ${seconds} s`
  const step = seconds < 60 ? 5 : seconds < 600 ? 10 : 60
  return `about ${duration(Math.round(seconds / step) * step * 1000)}`
}
