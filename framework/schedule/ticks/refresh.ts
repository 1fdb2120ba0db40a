/** Runs the attempts of a tick's refresh, each within the timeout of its schedule. */
import { type Duration, durationMs } from '../../declare/runs/duration.ts'
import type { Schedule } from '../../declare/runs/schedule.ts'
import { LakeError } from '../../errors.ts'
import { delayAfter } from '../../execute/attempts.ts'
import { type ErrorReport, reportError } from '../../run/error-report.ts'
import type { RunStatus } from '../../run/events.ts'
import type { Clock } from '../clock.ts'
import type { ScheduleEvent } from '../schedule-events.ts'

/**
 * The result of a refresh: a run that ended, no stale asset, or the reason why there was no run.
 */
export type Refreshed =
  | { readonly kind: 'ran'; readonly status: RunStatus; readonly runId?: string; readonly error?: ErrorReport }
  | { readonly kind: 'fresh' }
  | { readonly kind: 'not-run'; readonly error: ErrorReport }

/** Materializes the selection of the schedule, until `signal` cancels it. */
export type Refresh = (schedule: Schedule, signal: AbortSignal) => Promise<Refreshed>

export interface RefreshContext {
  readonly schedule: Schedule
  readonly refresh: Refresh
  readonly signal: AbortSignal
  readonly clock: Clock
  /** A random number from 0 to 1. */
  readonly random: () => number
  readonly emit: (event: ScheduleEvent) => void
}

/** Never rejects. Repeats a refresh only if it failed operationally. */
export async function refreshed(context: RefreshContext): Promise<Refreshed> {
  const { schedule, signal, clock, random, emit } = context
  const { name, retries = { attempts: 1 } } = schedule
  for (let attempt = 1; ; attempt++) {
    const result = await inTime(context)
    const error = 'error' in result ? result.error : undefined
    if (!error?.transient || attempt >= retries.attempts || signal.aborted) return result
    const delayMs = delayAfter(attempt, retries, random())
    const at = clock.now().toISOString()
    emit({ type: 'refresh-retried', at, schedule: name, attempt, attempts: retries.attempts, delayMs, error })
    await clock.wait(delayMs, signal)
    if (signal.aborted) return { kind: 'ran', status: 'canceled' }
  }
}

/** Cancels the refresh after the timeout, and waits until it has stopped. */
async function inTime({ schedule, refresh, signal, clock }: RefreshContext): Promise<Refreshed> {
  const { timeout } = schedule
  const [ended, late] = [new AbortController(), new AbortController()]
  const timer = timeout && clock.wait(durationMs(timeout), ended.signal).then(() => abortUnless(ended.signal, late))
  const result = await refresh(schedule, AbortSignal.any([signal, late.signal])).catch(
    (error: unknown): Refreshed => ({ kind: 'not-run', error: reportError(error) }),
  )
  ended.abort()
  await timer
  // A stopped refresh counts as canceled, even if its error gives another reason.
  if (signal.aborted && (result.kind === 'not-run' || result.kind === 'fresh'))
    return { kind: 'ran', status: 'canceled' }
  const isLate = late.signal.aborted && !signal.aborted && !(result.kind === 'ran' && result.status === 'succeeded')
  return isLate && timeout ? timedOut(schedule, timeout, result) : result
}

function abortUnless(ended: AbortSignal, late: AbortController): void {
  if (!ended.aborted) late.abort()
}

function timedOut({ name }: Schedule, timeout: Duration, result: Refreshed): Refreshed {
  const error = new LakeError('timed-out', {
    problem: `schedule ${name}: the run was canceled because it took longer than its timeout of ${timeout}`,
    remedy: 'What it published stays, and the next run does the rest. Give it a longer timeout if it needs one.',
    transient: true,
  })
  const runId = result.kind === 'ran' ? result.runId : undefined
  return { kind: 'ran', status: 'failed', ...(runId !== undefined && { runId }), error: reportError(error) }
}
