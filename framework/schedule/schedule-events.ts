import type { ErrorReport } from '../run/error-report.ts'
import type { RunStatus } from '../run/events.ts'

/** Everything that the loop over the schedules says. `at` and `due` are ISO 8601, UTC; `schedule` is a name. */
export type ScheduleEvent =
  | ScheduleWaiting
  | RefreshStarted
  | RefreshEnded
  | RefreshSkipped
  | RefreshFailed
  | SchedulesChanged
  | ProjectRefused
  | ScheduleStopped

/** Nothing is due before `due`, when `schedule` is. */
export interface ScheduleWaiting {
  readonly type: 'schedule-waiting'
  readonly at: string
  readonly schedule: string
  readonly due: string
}

/** `due` is when it should have started: earlier than `at` where another refresh or a suspended machine came between. */
export interface RefreshStarted {
  readonly type: 'refresh-started'
  readonly at: string
  readonly schedule: string
  readonly due: string
}

/** The run came to an end; `failed` where one of its assets did, `canceled` where the loop was stopped meanwhile. */
export interface RefreshEnded {
  readonly type: 'refresh-ended'
  readonly at: string
  readonly schedule: string
  readonly status: RunStatus
  /** Of the run; not known of one that was stopped before it said so. */
  readonly runId?: string
  /** Why the run failed; the asset that failed first is in it. */
  readonly error?: ErrorReport
}

/** Another run holds what it needs; the schedule's next time is its next try. */
export interface RefreshSkipped {
  readonly type: 'refresh-skipped'
  readonly at: string
  readonly schedule: string
  readonly reason: 'held by another run'
  /** Which run holds what. */
  readonly message: string
}

/** There was no run, or it broke off; the schedule's next time is its next try. */
export interface RefreshFailed {
  readonly type: 'refresh-failed'
  readonly at: string
  readonly schedule: string
  readonly error: ErrorReport
}

/** The config declares other schedules than before, and the loop goes by them from now on. */
export interface SchedulesChanged {
  readonly type: 'schedules-changed'
  readonly at: string
  readonly schedules: readonly string[]
}

/** The project was edited and does not load any more. The loop goes on with the schedules that it knows, and no refresh succeeds. */
export interface ProjectRefused {
  readonly type: 'project-refused'
  readonly at: string
  readonly error: ErrorReport
}

/** The last event. */
export interface ScheduleStopped {
  readonly type: 'schedule-stopped'
  readonly at: string
}
