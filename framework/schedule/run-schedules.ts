import { isDeepStrictEqual } from 'node:util'
import type { Schedule } from '../declare/project.ts'
import { type ErrorReport, reportError } from '../run/error-report.ts'
import type { RunStatus } from '../run/events.ts'
import type { Clock } from './clock.ts'
import type { ScheduleEvent } from './schedule-events.ts'
import { nextTimes } from './schedule-times.ts'

export interface RunSchedules {
  /** Such as `checkSchedules` found nothing wrong with. */
  readonly schedules: readonly Schedule[]
  /** The schedules as they are declared now; asked for every minute. Throws what is wrong with them: then those of before stay. */
  readonly reread?: () => Promise<readonly Schedule[]>
  /** Materializes what the schedule selects; the signal is the loop's own. */
  readonly refresh: (schedule: Schedule, signal: AbortSignal) => Promise<Refreshed>
  readonly signal: AbortSignal
  readonly clock: Clock
  readonly emit: (event: ScheduleEvent) => void
}

/** What came of a refresh: a run that ended, or the reason why there was none. */
export type Refreshed =
  | { readonly kind: 'ran'; readonly status: RunStatus; readonly runId: string; readonly error?: ErrorReport }
  | { readonly kind: 'not-run'; readonly error: ErrorReport }

interface Pending {
  readonly schedule: Schedule
  readonly due: Date
}

/**
 * Refreshes what is due, one schedule at a time, until `signal` aborts; a refresh that is running then is waited for.
 * Schedules run in the order in which they became due. Of those due at the same moment, full ones come first, so that the
 * others find nothing left to do, then in the order of their declaration. A schedule whose time came several times before
 * it could start runs once. A refresh that fails, or throws, does not end the loop. Nothing is made up for from before the start.
 * A schedule that is declared otherwise while the loop waits goes by its new times from then on.
 */
export async function runSchedules(loop: RunSchedules): Promise<void> {
  const { clock, signal, emit, reread } = loop
  const declared = rereading(loop)
  let pending = dueAfter(loop.schedules, clock.now())
  let announced: Pending | undefined
  while (!signal.aborted) {
    const [next] = pending.toSorted(inOrderOfDue)
    if (!next && !reread) break
    if (next !== announced) announce(next, loop)
    announced = next
    const isDue = await waitFor(next, loop)
    if (signal.aborted) break
    const changed = await declared()
    if (changed) pending = redeclared(changed, pending, clock.now())
    if (!isDue || !next || !pending.includes(next)) continue
    // Not before its due time, even where the clock was put back while waiting: it would run twice for one time.
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

/** What stays as it was declared keeps its place, also one that is due by now. */
function redeclared(schedules: readonly Schedule[], pending: readonly Pending[], now: Date): readonly Pending[] {
  return schedules.flatMap((schedule) => {
    const same = pending.find((entry) => isDeepStrictEqual(entry.schedule, schedule))
    return same ? [same] : pendingAfter(schedule, now)
  })
}

/** Gives the schedules when they have changed. What is wrong with them is told once, and not every minute. */
function rereading({ schedules, reread, clock, emit }: RunSchedules): () => Promise<readonly Schedule[] | undefined> {
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

/** False where it is time to look at the schedules again, and not yet for a refresh. */
async function waitFor(next: Pending | undefined, { clock, signal, reread }: RunSchedules): Promise<boolean> {
  const now = clock.now()
  if (next && next.due <= now) return true
  const look = reread ? new Date(now.getTime() + REREAD_EVERY_MS) : next?.due
  const wake = next && look && next.due < look ? next.due : look
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
  // Whatever an aborted refresh throws, it throws because of the abort.
  if (signal.aborted) return { type: 'refresh-ended', status: 'canceled' } as const
  if (error.code === 'held')
    return { type: 'refresh-skipped', reason: 'held by another run', message: error.message } as const
  return { type: 'refresh-failed', error } as const
}
