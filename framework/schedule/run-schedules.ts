/** Runs schedules in the foreground, one refresh at a time. */
import { isDeepStrictEqual } from 'node:util'
import type { Schedule } from '../declare/runs/schedule.ts'
import { LakeError } from '../errors.ts'
import { MOST_CLOCK_DIFFERENCE_MS } from '../run/claims/leases.ts'
import { reportError } from '../run/error-report.ts'
import type { Storage } from '../storage/storage.ts'
import { type LastTick, nextStart } from './ticks/due-ticks.ts'
import type { RefreshContext } from './ticks/refresh.ts'
import { handleTicks } from './ticks/run-tick.ts'

interface RunSchedules extends Omit<RefreshContext, 'schedule'> {
  /** Schedules that `checkSchedules` has accepted. */
  readonly schedules: readonly Schedule[]
  /**
   * Returns the current declarations. Called every minute. If it throws, the previous schedules
   * stay.
   */
  readonly reread?: () => Promise<readonly Schedule[]>
  /** The lake that a schedule refreshes. It contains the schedule's ticks. */
  readonly lakeOf: (schedule: Schedule) => Storage
}

/**
 * A schedule and what this scheduler knows about its ticks. Times are milliseconds since the epoch.
 */
interface Watched {
  readonly schedule: Schedule
  readonly watchingSince: number
  /** The newest tick that is over, as far as this scheduler knows. */
  readonly last: LastTick | undefined
  /** The next tick. undefined until the first look, and if there is none. */
  readonly due: number | undefined
  /** When to read the due ticks from the lake. */
  readonly lookAt: number
  /** Number of failed readings since the lake was last reached. */
  readonly failures: number
}

/**
 * Runs one refresh at a time until `signal` aborts, and then waits for the running refresh.
 * Schedules run in the order in which they become due. If several are due at the same time, full
 * ones run first, so that the others find nothing to do. Otherwise the order of declaration counts.
 * `dueTicks` decides which ticks run. A refresh that fails or throws does not end the loop, and
 * neither does a lake that cannot be reached. If the declaration of a schedule changes, its new
 * times apply from then on.
 */
export async function runSchedules(loop: RunSchedules): Promise<void> {
  const { clock, signal, emit, reread } = loop
  const changedSchedules = rereader(loop)
  const now = () => clock.now().getTime()
  let watched: readonly Watched[] = loop.schedules.map((schedule) => watch(schedule, now()))
  let announced: string | undefined
  while (!signal.aborted) {
    watched = watched.map((entry) =>
      isFromFuture(entry, now()) ? { ...entry, last: undefined, lookAt: now() } : entry,
    )
    const [next] = watched.toSorted(inOrderOfLook)
    if (!next && !reread) break
    announced = announce(next, announced, loop)
    const isDue = await waitFor(next, loop)
    if (signal.aborted) break
    const changed = await changedSchedules()
    if (changed) watched = redeclared(changed, watched, now())
    if (!isDue || !next || !watched.includes(next)) continue
    const looked = await look(next, loop)
    watched = watched.map((entry) => (entry === next ? looked : entry))
  }
  emit({ type: 'schedule-stopped', at: clock.now().toISOString() })
}

const watch = (schedule: Schedule, now: number): Watched => ({
  ...{ schedule, watchingSince: now, last: undefined, due: undefined, lookAt: now, failures: 0 },
})

const inOrderOfLook = (left: Watched, right: Watched): number =>
  left.lookAt - right.lookAt || Number(isFull(right)) - Number(isFull(left))

const isFull = ({ schedule }: Watched): boolean => schedule.full ?? false

/**
 * Whether the clock has been put back by more than the maximum difference of clocks, so that the
 * last tick was at a wrong time. Then that tick no longer counts. Otherwise a busy or unreachable
 * lake would be read again without a pause.
 */
const isFromFuture = ({ last, lookAt }: Watched, now: number): boolean =>
  last !== undefined && lookAt > now && last.due > now + MOST_CLOCK_DIFFERENCE_MS

/** Keeps what is known about an unchanged schedule. */
function redeclared(schedules: readonly Schedule[], watched: readonly Watched[], now: number): readonly Watched[] {
  return schedules.map(
    (schedule) => watched.find((entry) => isDeepStrictEqual(entry.schedule, schedule)) ?? watch(schedule, now),
  )
}

/** How long to wait before the next reading while another scheduler works on a tick. */
const HELD_LOOK_MS = 15_000
const FIRST_RETRY_MS = 15_000
const LAST_RETRY_MS = 5 * 60_000

/** Runs what is due, and decides when to look again. */
async function look(entry: Watched, loop: RunSchedules): Promise<Watched> {
  const { schedule, watchingSince, failures } = entry
  const { clock, emit, lakeOf } = loop
  const about = () => ({ at: clock.now().toISOString(), schedule: schedule.name })
  try {
    const lake = lakeOf(schedule)
    const looked = await handleTicks({ ...loop, schedule, lake, watchingSince })
    if (failures > 0) emit({ type: 'lake-reached', ...about() })
    if (looked.kind === 'held-by-other') return { ...entry, lookAt: clock.now().getTime() + HELD_LOOK_MS, failures: 0 }
    const { last } = looked
    const next = nextStart({ schedule, lake: lake.uri }, last?.due ?? Math.min(watchingSince, clock.now().getTime()))
    return { ...entry, last, due: next?.due, lookAt: next?.start ?? Number.POSITIVE_INFINITY, failures: 0 }
  } catch (error) {
    if (!(error instanceof LakeError)) throw error
    if (failures === 0) emit({ type: 'lake-unreachable', ...about(), error: reportError(error) })
    const pause = Math.min(LAST_RETRY_MS, FIRST_RETRY_MS * 2 ** failures)
    return { ...entry, lookAt: clock.now().getTime() + pause, failures: failures + 1 }
  }
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

/** Reports the next tick once. Returns it as text. */
function announce(next: Watched | undefined, before: string | undefined, loop: RunSchedules): string | undefined {
  const now = loop.clock.now()
  if (next?.due === undefined || next.failures > 0 || next.lookAt <= now.getTime()) return before
  const { due, schedule } = next
  const text = `${due} ${schedule.name}`
  if (text !== before) {
    const at = now.toISOString()
    loop.emit({ type: 'schedule-waiting', at, schedule: schedule.name, due: new Date(due).toISOString() })
  }
  return text
}

const REREAD_EVERY_MS = 60_000

/**
 * Returns true when it is time to look at `next`, false when it is time to read the schedules
 * again.
 */
async function waitFor(next: Watched | undefined, { clock, signal, reread }: RunSchedules): Promise<boolean> {
  const now = clock.now().getTime()
  if (next && next.lookAt <= now) return true
  const rereadAt = reread ? now + REREAD_EVERY_MS : Number.POSITIVE_INFINITY
  const wake = Math.min(next?.lookAt ?? Number.POSITIVE_INFINITY, rereadAt)
  if (wake < Number.POSITIVE_INFINITY) await clock.sleepUntil(new Date(wake), signal)
  else await clock.wait(REREAD_EVERY_MS, signal)
  return next !== undefined && clock.now().getTime() >= next.lookAt
}
