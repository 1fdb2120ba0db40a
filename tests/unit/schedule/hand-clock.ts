/** A clock that tests of schedules move by hand. */
import type { Schedule } from '../../../framework/declare/runs/schedule.ts'
import type { RunStatus } from '../../../framework/run/events.ts'
import type { Clock } from '../../../framework/schedule/clock.ts'
import { runSchedules } from '../../../framework/schedule/run-schedules.ts'
import type { ScheduleEvent } from '../../../framework/schedule/schedule-events.ts'
import { openStorage } from '../../../framework/storage/open-storage.ts'
import type { Storage } from '../../../framework/storage/storage.ts'
import { temporaryDirectory } from '../../support/programs/lake-process.ts'

/**
 * A clock that moves only when it is told to: a sleep moves it to the end of the sleep, and a
 * refresh moves it by its duration.
 */
export class HandClock implements Clock {
  readonly #end: Date
  readonly #stop: () => void
  time: Date

  /** Calls `stop` in place of a sleep that would last beyond `end`. */
  constructor(start: string, end: string, stop: () => void) {
    this.time = new Date(start)
    this.#end = new Date(end)
    this.#stop = stop
  }

  now(): Date {
    return this.time
  }

  async sleepUntil(at: Date): Promise<void> {
    this.time = at > this.#end ? this.#end : at
    if (at > this.#end) this.#stop()
  }

  async wait(milliseconds: number): Promise<void> {
    this.pass(milliseconds / 60_000)
  }

  pass(minutes: number): void {
    this.time = new Date(this.time.getTime() + minutes * 60_000)
  }
}

/** The run of each simulated refresh. */
export const RUN_ID = '20260504T100000000Z-3f9a1c'

export interface Refreshing {
  readonly clock: HandClock
  readonly signal: AbortSignal
  readonly stop: () => void
}

export interface Simulation {
  readonly from: string
  readonly to: string
  readonly schedules: readonly Schedule[]
  readonly refresh?: (schedule: Schedule, refreshing: Refreshing) => Promise<RunStatus>
  /**
   * Returns the schedules that are declared at this time of the clock. If it is missing, they are
   * always `schedules`.
   */
  readonly reread?: (clock: HandClock) => Promise<readonly Schedule[]>
  /** The lake that stores the ticks. If it is missing, the lake is new. */
  readonly lake?: Storage
}

/**
 * The events of the scheduler from one time to another. It stops when it waits for a later time.
 */
export async function simulateScheduler({
  from,
  to,
  schedules,
  refresh,
  reread,
  lake: given,
}: Simulation): Promise<readonly ScheduleEvent[]> {
  const controller = new AbortController()
  const stop = () => controller.abort()
  const clock = new HandClock(from, to, stop)
  const events: ScheduleEvent[] = []
  const lake = given ?? openStorage(temporaryDirectory())
  await runSchedules({
    schedules,
    clock,
    random: () => 0,
    lakeOf: () => lake,
    signal: controller.signal,
    emit: (event) => events.push(event),
    refresh: async (schedule, signal) => {
      const status = (await refresh?.(schedule, { clock, signal, stop })) ?? 'succeeded'
      return { kind: 'ran', status, runId: RUN_ID }
    },
    ...(reread && { reread: () => reread(clock) }),
  })
  return events
}

/** Each refresh that began, in order and in the form `10:00 nightly`. */
export const beginnings = (events: readonly ScheduleEvent[]): readonly string[] =>
  events.flatMap((event) => (event.type === 'refresh-started' ? [`${event.at.slice(11, 16)} ${event.schedule}`] : []))
