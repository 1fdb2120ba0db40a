/** Declares the events of the scheduler. */
import type { ErrorReport } from '../run/error-report.ts'
import type { RunStatus } from '../run/events.ts'

/** `at` and `due` are ISO 8601, UTC. `schedule` is a name. */
export type ScheduleEvent =
  | ScheduleWaiting
  | RefreshStarted
  | RefreshEnded
  | RefreshSkipped
  | RefreshFailed
  | SchedulesChanged
  | ProjectRefused
  | ScheduleStopped

/** `schedule` is the next to run, at `due`. */
export interface ScheduleWaiting {
  readonly type: 'schedule-waiting'
  readonly at: string
  readonly schedule: string
  readonly due: string
}

/**
 * `due` is the planned start. It is earlier than `at` if another refresh or a suspended machine
 * delayed it.
 */
export interface RefreshStarted {
  readonly type: 'refresh-started'
  readonly at: string
  readonly schedule: string
  readonly due: string
}

/**
 * The run ended: `failed` if one of its assets failed, `canceled` if the loop was stopped
 * meanwhile.
 */
export interface RefreshEnded {
  readonly type: 'refresh-ended'
  readonly at: string
  readonly schedule: string
  readonly status: RunStatus
  /** Missing if the run was stopped before it reported its ID. */
  readonly runId?: string
  /** Why the run failed. It names the asset that failed first. */
  readonly error?: ErrorReport
}

/** Another run holds what this refresh needs. The schedule tries again at its next time. */
export interface RefreshSkipped {
  readonly type: 'refresh-skipped'
  readonly at: string
  readonly schedule: string
  readonly reason: 'held by another run'
  /** Names the run and what it holds. */
  readonly message: string
}

/** No run started, or its process ended early. The schedule tries again at its next time. */
export interface RefreshFailed {
  readonly type: 'refresh-failed'
  readonly at: string
  readonly schedule: string
  readonly error: ErrorReport
}

/** The schedules of the config have changed, and the loop follows the new ones. */
export interface SchedulesChanged {
  readonly type: 'schedules-changed'
  readonly at: string
  readonly schedules: readonly string[]
}

/**
 * The project no longer loads. The loop goes on with the previous schedules, but no refresh
 * succeeds.
 */
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
