/** Draws the progress of a run. */
import { count, duration } from '../report/layout/format-numbers.ts'
import type { RunAsset, RunView } from '../report/run/run-view.ts'
import type { StepProgress } from '../run/events.ts'

/** `████░░░░`. */
export function bar(done: number, total: number, width: number): string {
  const full = total > 0 ? Math.max(0, Math.min(width, Math.floor((done / total) * width))) : 0
  return '█'.repeat(full) + '░'.repeat(width - full)
}

/** `3 of 4 files`, `checks 75 %`, or `3 rows` if the total is unknown. */
export function describeProgress({ done, total, unit, phase }: StepProgress): string {
  if (total === 0) return `${count(done)} ${unit}`
  // An engine only estimates the rows.
  if (unit === 'rows') return `${phase === 'checks' ? 'checks ' : ''}${Math.floor(Math.min(1, done / total) * 100)} %`
  return `${count(done)} of ${count(total)} ${unit}`
}

/** Number of assets of a run that have ended. */
export const endedCount = ({ assets, totals: { states } }: RunView): number =>
  assets.length - states.waiting - states.running

/** The progress of a run and its duration: `2 of 7 done`, `12 s`. */
export const doneFacts = (view: RunView, now: Date): readonly string[] => [
  `${count(endedCount(view))} of ${count(view.assets.length)} done`,
  duration(view.durationMs ?? now.getTime() - Date.parse(view.startedAt)),
]

/** Describes a running step: `████░░░░ 1,500 of 3,000 files, 12 s`. */
export function describeStep({ progress, startedAt, retry, state }: RunAsset, now: Date): string {
  if (state === 'waiting') return 'waits for its turn'
  const elapsed = startedAt === null ? '' : duration(now.getTime() - Date.parse(startedAt))
  const retried = retry ? [`attempt ${retry.attempt + 1} of ${retry.attempts}`] : []
  if (!progress) return [...retried, elapsed].filter(Boolean).join(', ')
  const drawn = progress.total === 0 ? '' : `${bar(progress.done, progress.total, 8)} `
  return drawn + [describeProgress(progress), ...retried, elapsed].join(', ')
}
