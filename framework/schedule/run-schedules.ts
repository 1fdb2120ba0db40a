/** Runs schedules in the foreground, one refresh at a time. */
import { isDeepStrictEqual } from 'node:util'
import type { Schedule } from '../declare/project.ts'
import { type ErrorReport, reportError } from '../run/error-report.ts'
import type { RunStatus } from '../run/events.ts'
import type { Clock } from './clock.ts'
import type { ScheduleEvent } from './schedule-events.ts'
import { nextTimes } from './schedule-times.ts'

export interface RunSchedules {
  /** Schedules that `checkSchedules` has accepted. */
  readonly schedules: readonly Schedule[]
  /**
   * Returns the current declarations. Called every minute. If it throws, the previous schedules
   * stay.
   */
  readonly reread?: () => Promise<readonly Schedule[]>
  /** Materializes the selection of the schedule. `signal` is that of the loop. */
  readonly refresh: (schedule: Schedule, signal: AbortSignal) => Promise<Refreshed>
  readonly signal: AbortSignal
  readonly clock: Clock
  readonly emit: (event: ScheduleEvent) => void
}

/** The result of a refresh: a run that ended, or the reason why there was none. */
export type Refreshed =
  | { readonly kind: 'ran'; readonly status: RunStatus; readonly runId: string; readonly error?: ErrorReport }
  | { readonly kind: 'not-run'; readonly error: ErrorReport }

interface Pending {
  readonly schedule: Schedule
  readonly due: Date
}

/**
 * Runs one refresh at a time until `signal` aborts, and then waits for the running refresh.
 * Schedules run in the order in which they become due. If several are due at the same time, full
 * ones run first, so that the others find nothing to do. Otherwise the order of declaration counts.
 * A schedule that became due several times before it could start runs once. A refresh that fails or
 * throws does not end the loop. The loop does not make up for times before its start. If the
 * declaration of a schedule changes, its new times apply from then on.
 */
export async function runSchedules(loop: RunSchedules): Promise<void> {
  const { clock, signal, emit, reread } = loop
  const changedSchedules = rereader(loop)
  let pending = dueAfter(loop.schedules, clock.now())
  let announced: Pending | undefined
  while (!signal.aborted) {
    const [next] = pending.toSorted(inOrderOfDue)
    if (!next && !reread) break
    if (next !== announced) announce(next, loop)
    announced = next
    const isDue = await waitFor(next, loop)
    if (signal.aborted) break
    const changed = await changedSchedules()
    if (changed) pending = redeclared(changed, pending, clock.now())
    if (!isDue || !next || !pending.includes(next)) continue
    // Not before its due time, even if the clock was put back meanwhile: it would run twice for one
    // time.
    const start = later(clock.now(), next.due)
    pending = pending.flatMap((entry) => (entry === next ? pendingAfter(entry.schedule, start) : [entry]))
    await refreshNow(next, loop)
  }
  emit({ type: 'schedule-stopped', at: clock.now().toISOString() })
}

const dueAfter = (schedules: readonly Schedule[], after: Date): readonly Pending[] =>
  schedules.flatMap((schedule) => pendingAfter(schedule, after))

const pendingAfter = (schedule: Schedule, after: Date): readonly Pending[] =>
  nextTimes(schedule, after, 1).map((due) => ({ schedule, due }))

const inOrderOfDue = (left: Pending, right: Pending): number =>
  left.due.getTime() - right.due.getTime() || Number(isFull(right)) - Number(isFull(left))

const isFull = ({ schedule }: Pending): boolean => schedule.full ?? false

const later = (left: Date, right: Date): Date => (left > right ? left : right)

/** An unchanged schedule keeps its pending time, even if that is already due. */
function redeclared(schedules: readonly Schedule[], pending: readonly Pending[], now: Date): readonly Pending[] {
  return schedules.flatMap((schedule) => {
    const unchanged = pending.find((entry) => isDeepStrictEqual(entry.schedule, schedule))
    return unchanged ? [unchanged] : pendingAfter(schedule, now)
  })
}

/**
 * Returns a function that returns the schedules if they have changed. Emits the same problem once,
 * not every minute.
 */
function rereader({ schedules, reread, clock, emit }: RunSchedules): () => Promise<readonly Schedule[] | undefined> {
  let known = schedules
  let problem: string | undefined
  const at = () => clock.now().toISOString()
  return async () => {
    if (!reread) return undefined
    try {
      const now = await reread()
      problem = undefined
      if (isDeepStrictEqual(now, known)) return undefined
      known = now
      emit({ type: 'schedules-changed', at: at(), schedules: now.map(({ name }) => name) })
      return now
    } catch (error) {
      const report = reportError(error)
      if (report.message !== problem) emit({ type: 'project-refused', at: at(), error: report })
      problem = report.message
      return undefined
    }
  }
}

function announce(next: Pending | undefined, { clock, emit }: RunSchedules): void {
  const now = clock.now()
  if (!next || next.due <= now) return
  emit({
    type: 'schedule-waiting',
    at: now.toISOString(),
    schedule: next.schedule.name,
    due: next.due.toISOString(),
  })
}

const REREAD_EVERY_MS = 60_000

/** Returns true when `next` is due, false when it is time to read the schedules again. */
async function waitFor(next: Pending | undefined, { clock, signal, reread }: RunSchedules): Promise<boolean> {
  const now = clock.now()
  if (next && next.due <= now) return true
  const rereadAt = reread ? new Date(now.getTime() + REREAD_EVERY_MS) : next?.due
  const wake = next && rereadAt && next.due < rereadAt ? next.due : rereadAt
  if (wake) await clock.sleepUntil(wake, signal)
  return wake === next?.due
}

async function refreshNow({ schedule, due }: Pending, loop: RunSchedules): Promise<void> {
  const { refresh, clock, signal, emit } = loop
  const about = () => ({ at: clock.now().toISOString(), schedule: schedule.name })
  emit({ type: 'refresh-started', ...about(), due: due.toISOString() })
  try {
    const refreshed = await refresh(schedule, signal)
    emit({ ...about(), ...(refreshed.kind === 'ran' ? ended(refreshed) : notRun(refreshed.error, signal)) })
  } catch (error) {
    emit({ ...about(), ...notRun(reportError(error), signal) })
  }
}

function ended({ status, runId, error }: Extract<Refreshed, { kind: 'ran' }>) {
  return { type: 'refresh-ended', status, runId, ...(error && { error }) } as const
}

function notRun(error: ErrorReport, signal: AbortSignal) {
  // An aborted refresh throws because of the abort, whatever the error says.
  if (signal.aborted) return { type: 'refresh-ended', status: 'canceled' } as const
  if (error.code === 'held')
    return { type: 'refresh-skipped', reason: 'held by another run', message: error.message } as const
  return { type: 'refresh-failed', error } as const
}
