/** Draws how far a step of a run is. */
import { count, duration } from '../../../report/layout/format-numbers.ts'
import type { RunAsset } from '../../../report/run/run-view.ts'

export function bar(done: number, total: number, width: number): string {
  const full = total > 0 ? Math.max(0, Math.min(width, Math.floor((done / total) * width))) : 0
  return '█'.repeat(full) + '░'.repeat(width - full)
}

/** Describes a step at work: `▕████░░░░▏ 1,500 of 3,000 files, 12 s`. */
export function describeStep({ progress, startedAt, retry, state }: RunAsset, now: Date): string {
  if (state === 'waiting') return 'waits for its turn'
  const elapsed = startedAt === null ? '' : duration(now.getTime() - Date.parse(startedAt))
  const retried = retry ? [`attempt ${retry.attempt + 1} of ${retry.attempts}`] : []
  if (!progress) return [...retried, elapsed].filter(Boolean).join(', ')
  const { done, total, unit } = progress
  return `${bar(done, total, 8)} ${[`${count(done)} of ${count(total)} ${unit}`, ...retried, elapsed].join(', ')}`
}
