/** Declares the events of the scheduler. */
import type { ErrorReport } from '../run/error-report.ts'
import type { RunStatus } from '../run/events.ts'
import type { LeftOutWhy } from './ticks/due-ticks.ts'

/** `at` and `due` are ISO 8601, UTC. `schedule` is a name. */
export type ScheduleEvent =
  | ScheduleWaiting
  | RefreshStarted
  | RefreshEnded
  | RefreshSkipped
  | RefreshFailed
  | RefreshRetried
  | TicksLeftOut
  | LakeUnreachable
  | LakeReached
  | SchedulesChanged
  | ProjectRefused
  | ScheduleStopped

interface OfSchedule {
  readonly at: string
  readonly schedule: string
}

/** A tick whose refresh has ended. */
interface OfEndedTick extends OfSchedule {
  readonly due: string
  /** Since the start of the refresh, with all attempts. */
  readonly durationMs: number
}

/** `schedule` is the next to run, at `due`. */
export interface ScheduleWaiting extends OfSchedule {
  readonly type: 'schedule-waiting'
  readonly due: string
}

/**
 * `due` is the planned start. It is earlier than `at` if jitter, another refresh or a suspended
 * machine delayed it.
 */
export interface RefreshStarted extends OfSchedule {
  readonly type: 'refresh-started'
  readonly due: string
  /** Present if another scheduler had begun the tick and did not finish it. */
  readonly again?: true
}

/**
 * The run ended: `failed` if one of its assets failed, `canceled` if the loop was stopped
 * meanwhile.
 */
export interface RefreshEnded extends OfEndedTick {
  readonly type: 'refresh-ended'
  readonly status: RunStatus
  /** Missing if the run was stopped before it reported its ID. */
  readonly runId?: string
  /** Why the run failed. It names the asset that failed first. */
  readonly error?: ErrorReport
}

/** No run was necessary or possible. The schedule tries again at its next time. */
export interface RefreshSkipped extends OfEndedTick {
  readonly type: 'refresh-skipped'
  readonly reason: 'held by another run' | 'nothing is stale'
  /** Names the run and what it holds. Missing if nothing is stale. */
  readonly message?: string
}

/** No run started, or its process ended early. The schedule tries again at its next time. */
export interface RefreshFailed extends OfEndedTick {
  readonly type: 'refresh-failed'
  readonly error: ErrorReport
}

/** An attempt failed operationally, and another follows. */
export interface RefreshRetried extends OfSchedule {
  readonly type: 'refresh-retried'
  readonly attempt: number
  readonly attempts: number
  readonly delayMs: number
  readonly error: ErrorReport
}

/** Ticks that never run, and why. `count` is at most 1000, which means that many or more. */
export interface TicksLeftOut extends OfSchedule {
  readonly type: 'ticks-left-out'
  readonly why: LeftOutWhy
  readonly count: number
  readonly first: string
  readonly last: string
}

/**
 * The lake of a schedule cannot be read or written, so no tick can be claimed. It is reported once.
 */
export interface LakeUnreachable extends OfSchedule {
  readonly type: 'lake-unreachable'
  readonly error: ErrorReport
}

/** The lake of a schedule can be read and written again. */
export interface LakeReached extends OfSchedule {
  readonly type: 'lake-reached'
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
