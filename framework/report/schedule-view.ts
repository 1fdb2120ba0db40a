/** Folds the events of a scheduler, and of its running refresh, into the view of a screen. */
import type { Schedule } from '../declare/runs/schedule.ts'
import type { RunEvent } from '../run/events.ts'
import type { RefreshEnded, RefreshFailed, RefreshSkipped, ScheduleEvent } from '../schedule/schedule-events.ts'
import { nextTimes } from '../schedule/schedule-times.ts'
import type { MissedTicks, ScheduleState } from '../schedule/ticks/schedule-state.ts'
import { foldEvent, type RunView } from './run/run-view.ts'
import type { ListedSchedule } from './schedule-text.ts'

export interface ScheduleView {
  readonly schedules: readonly WatchedSchedule[]
  readonly running: RunningTick | undefined
}

export interface WatchedSchedule extends ListedSchedule {
  /** Why its lake cannot be reached. */
  readonly unreachable?: string
}

/** The running tick. Times are ISO 8601, UTC. */
export interface RunningTick {
  readonly schedule: string
  readonly startedAt: string
  /** undefined before the run has begun. */
  readonly run: RunView | undefined
  /** The attempt that waits or runs: `attempt 2 of 3`. */
  readonly attempt?: string
}

export function foldScheduleEvent(view: ScheduleView, event: ScheduleEvent): ScheduleView {
  switch (event.type) {
    case 'refresh-started': {
      const { schedule, at, due } = event
      const last = { due, outcome: 'running', startedAt: at, host: '' } as const
      return {
        ...changed(view, schedule, { last, missed: null }),
        running: { schedule, startedAt: at, run: undefined },
      }
    }
    case 'refresh-ended':
      return ended(view, event, { outcome: event.status, runId: event.runId, message: event.error?.message })
    case 'refresh-skipped':
      return ended(view, event, {
        ...{ outcome: event.message === undefined ? 'fresh' : 'skipped', message: event.message },
      })
    case 'refresh-failed':
      return ended(view, event, { outcome: 'failed', message: event.error.message })
    case 'refresh-retried': {
      const attempt = `attempt ${event.attempt + 1} of ${event.attempts}`
      return { ...view, running: view.running && { ...view.running, run: undefined, attempt } }
    }
    case 'ticks-left-out':
      return event.why === 'superseded' ? view : changed(view, event.schedule, { missed: event })
    case 'lake-unreachable':
      return { ...view, schedules: reached(view, event.schedule, event.error.message) }
    case 'lake-reached':
      return { ...view, schedules: reached(view, event.schedule) }
    case 'schedule-waiting':
    case 'schedules-changed':
    case 'project-refused':
    case 'schedule-stopped':
      return view
  }
}

/** Adds what the running refresh has reported. */
export function foldRefreshEvent(view: ScheduleView, event: RunEvent): ScheduleView {
  const { running } = view
  return running ? { ...view, running: { ...running, run: foldEvent(running.run, event) } } : view
}

/** Replaces the schedules. A schedule of the same name keeps its past. */
export function withSchedules(view: ScheduleView, schedules: readonly Schedule[]): ScheduleView {
  const watched = schedules.map((schedule): WatchedSchedule => {
    const { name } = schedule
    const before = view.schedules.find(({ state }) => state.name === name)
    return { ...before, schedule, state: { ...{ last: null, missed: null }, ...before?.state, name, next: null } }
  })
  return { ...view, schedules: watched }
}

/** Computes the next ticks again for schedules whose tick has come. */
export function withNextTicks(view: ScheduleView, now: Date): ScheduleView {
  const schedules = view.schedules.map((watched) => {
    const { schedule, state } = watched
    if (state.next !== null && Date.parse(state.next) > now.getTime()) return watched
    const next = nextTimes(schedule, now, 1)[0]?.toISOString() ?? null
    return { ...watched, state: { ...state, next } }
  })
  return { ...view, schedules }
}

interface End {
  readonly outcome: NonNullable<ScheduleState['last']>['outcome']
  readonly runId?: string | undefined
  readonly message?: string | undefined
}

function ended(view: ScheduleView, event: RefreshEnded | RefreshSkipped | RefreshFailed, end: End): ScheduleView {
  const { schedule, due, at, durationMs } = event
  const { outcome, runId, message } = end
  const last = {
    ...{ due, outcome, startedAt: new Date(Date.parse(at) - durationMs).toISOString(), endedAt: at, host: '' },
    ...(runId !== undefined && { runId }),
    ...(message !== undefined && { message }),
  }
  return { ...changed(view, schedule, { last }), running: undefined }
}

function changed(
  view: ScheduleView,
  name: string,
  { missed, ...state }: Partial<Pick<ScheduleState, 'last' | 'missed'>>,
): ScheduleView {
  const schedules = view.schedules.map((watched) =>
    watched.state.name === name
      ? {
          ...watched,
          state: { ...watched.state, ...state, ...(missed !== undefined && { missed: added(watched, missed) }) },
        }
      : watched,
  )
  return { ...view, schedules }
}

function added({ state }: WatchedSchedule, missed: MissedTicks | null): MissedTicks | null {
  if (missed === null) return null
  const { count, first, last } = missed
  return { count: (state.missed?.count ?? 0) + count, first: state.missed?.first ?? first, last }
}

const reached = ({ schedules }: ScheduleView, name: string, unreachable?: string): readonly WatchedSchedule[] =>
  schedules.map(({ schedule, state, ...watched }) =>
    state.name === name
      ? { schedule, state, ...(unreachable !== undefined && { unreachable }) }
      : { schedule, state, ...watched },
  )
