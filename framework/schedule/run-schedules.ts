import type { Schedule } from '../declare/project.ts'
import { LakeError } from '../errors.ts'
import { reportError } from '../run/error-report.ts'
import type { RunStatus } from '../run/events.ts'
import type { Clock } from './clock.ts'
import type { ScheduleEvent } from './schedule-events.ts'
import { nextTimes } from './schedule-times.ts'

export interface RunSchedules {
  /** Such as `checkSchedules` found nothing wrong with. */
  readonly schedules: readonly Schedule[]
  /** Materializes what the schedule selects; the signal is the loop's own. */
  readonly refresh: (schedule: Schedule, signal: AbortSignal) => Promise<RunStatus>
  readonly signal: AbortSignal
  readonly clock: Clock
  readonly emit: (event: ScheduleEvent) => void
}

interface Pending {
  readonly schedule: Schedule
  readonly due: Date
}

/**
 * Refreshes what is due, one schedule at a time, until `signal` aborts; a refresh that is running then is waited for.
 * Schedules run in the order in which they became due. Of those due at the same moment, full ones come first, so that the
 * others find nothing left to do, then in the order of their declaration. A schedule whose time came several times before
 * it could start runs once. A refresh that fails, or throws, does not end the loop. Nothing is made up for from before the start.
 */
export async function runSchedules(loop: RunSchedules): Promise<void> {
  const { schedules, clock, signal, emit } = loop
  const started = clock.now()
  let pending = schedules.flatMap((schedule) => pendingAfter(schedule, started))
  while (!signal.aborted) {
    const [next] = pending.toSorted(inOrderOfDue)
    if (!next) break
    await waitFor(next, loop)
    if (signal.aborted) break
    // Not before its due time, even where the clock was put back while waiting: it would run twice for one time.
    const start = later(clock.now(), next.due)
    pending = pending.flatMap((entry) => (entry === next ? pendingAfter(entry.schedule, start) : [entry]))
    await refreshNow(next, loop)
  }
  emit({ type: 'schedule-stopped', at: clock.now().toISOString() })
}

const pendingAfter = (schedule: Schedule, after: Date): readonly Pending[] =>
  nextTimes(schedule, after, 1).map((due) => ({ schedule, due }))

const inOrderOfDue = (left: Pending, right: Pending): number =>
  left.due.getTime() - right.due.getTime() || Number(isFull(right)) - Number(isFull(left))

const isFull = ({ schedule }: Pending): boolean => schedule.full ?? false

const later = (left: Date, right: Date): Date => (left > right ? left : right)

async function waitFor({ schedule, due }: Pending, { clock, signal, emit }: RunSchedules): Promise<void> {
  const now = clock.now()
  if (due <= now) return
  emit({ type: 'schedule-waiting', at: now.toISOString(), schedule: schedule.name, due: due.toISOString() })
  await clock.sleepUntil(due, signal)
}

async function refreshNow({ schedule, due }: Pending, loop: RunSchedules): Promise<void> {
  const { refresh, clock, signal, emit } = loop
  const about = () => ({ at: clock.now().toISOString(), schedule: schedule.name })
  emit({ type: 'refresh-started', ...about(), due: due.toISOString() })
  try {
    const status = await refresh(schedule, signal)
    emit({ type: 'refresh-ended', ...about(), status })
  } catch (error) {
    emit({ ...about(), ...told(error, signal) })
  }
}

function told(error: unknown, signal: AbortSignal) {
  // Whatever an aborted refresh throws, it throws because of the abort.
  if (signal.aborted) return { type: 'refresh-ended', status: 'canceled' } as const
  if (error instanceof LakeError && error.code === 'held')
    return { type: 'refresh-skipped', reason: 'held by another run', message: error.message } as const
  return { type: 'refresh-failed', error: reportError(error) } as const
}
