/** Declares schedules: when a refresh runs, and what happens to times at which it could not run. */
import * as z from 'zod'
import type { Described } from '../described.ts'
import { durationSchema } from './duration.ts'
import { attemptSettings } from './expectations.ts'

const nonEmpty = z.string().min(1)

export const scheduleSchema = z.strictObject({
  /** Its name in `lake schedule`. */
  name: nonEmpty,
  /**
   * Minute, hour, day of month, month, day of week: `0 3 * * *`. A schedule has this or `every`.
   */
  cron: nonEmpty.optional(),
  /** An IANA name such as `Europe/Berlin`, for `cron`. Default: UTC. */
  timeZone: z.string().optional(),
  /** The time between ticks: `15m`. They are at whole multiples of it since 1970, in UTC. */
  every: durationSchema.optional(),
  /** Whether to look for stale assets at each tick, and to run only if there are some. */
  whenStale: z.boolean().optional(),
  /** The assets to refresh. Default: all. */
  selection: z.array(z.string()).optional(),
  /** Whether to rebuild assets even if they are fresh. Default: only stale ones. */
  full: z.boolean().optional(),
  /**
   * What happens to ticks that were missed while no scheduler ran: none runs (`skip`, the default),
   * the latest runs, or all run, one after another.
   */
  catchUp: z.enum(['skip', 'latest', 'all']).optional(),
  /**
   * What a tick does while an earlier tick of the schedule, or another run, still works on its
   * assets: wait for it (`queue`, the default), or nothing (`skip`).
   */
  overlap: z.enum(['skip', 'queue']).optional(),
  /** Maximum delay of a tick. The delay differs from tick to tick, and is the same on all hosts. */
  jitter: durationSchema.optional(),
  /** Maximum duration of one attempt. After it, the run is canceled. */
  timeout: attemptSettings.timeout,
  /** How often a run that failed operationally is tried again as a whole. Default: never. */
  retries: attemptSettings.retries,
  /** The profile to run with. Default: the scheduler's. */
  profile: nonEmpty.optional(),
})

/** Where `lake schedule run` serves its health and its metrics. */
export const schedulerSchema = z.strictObject({
  /** The port of `/healthz` and `/metrics`. */
  port: z.int().min(0).max(65_535),
  /** The address to listen on. Default: `127.0.0.1`, which only this machine reaches. */
  host: nonEmpty.optional(),
})

/** A refresh at set times, which are called ticks. */
export interface Schedule extends Described<typeof scheduleSchema> {}

/** Where a scheduler listens. */
export interface SchedulerSettings extends Described<typeof schedulerSchema> {}
