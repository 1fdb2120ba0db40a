/** Computes the times of schedules. */
import { Cron, CronPattern } from 'croner'
import { type Duration, durationMs } from '../declare/runs/duration.ts'
import type { Schedule } from '../declare/runs/schedule.ts'
import { type WallTime, ZoneClock } from './zone-clock.ts'

/** The settings that determine the times of a schedule. */
export type Times = Pick<Schedule, 'cron' | 'timeZone' | 'every'>

interface CronTimes extends Pick<Schedule, 'timeZone'> {
  readonly cron: string
}

/**
 * Returns the next `count` times later than `after`, ascending, or fewer if the expression has no
 * more. The schedule is one that `checkSchedules` has accepted.
 *
 * Times are those that clocks show in the schedule's zone. When clocks are put forward, a skipped
 * time comes right after the jump, so that no day goes without it: a daily 02:30 in Europe/Berlin
 * comes at 03:00 on that day. When clocks are put back, a time that they show twice comes once, the
 * first time. An expression whose minute or hour is a wildcard or has a step (`0 * * * *`) means an
 * interval instead: skipped times are left out, and repeated times come both times.
 *
 * The times of `every` are its multiples since 1970 in UTC, so that all hosts have the same.
 */
export function nextTimes(schedule: Times, after: Date, count: number): Date[] {
  const times: Date[] = []
  for (const time of timesAfter(schedule, after.getTime())) {
    times.push(new Date(time))
    if (times.length === count) break
  }
  return times
}

/**
 * Yields all times later than `after`, ascending, in milliseconds since the epoch: see `nextTimes`.
 */
export function* timesAfter({ cron, every, ...zone }: Times, after: number): Generator<number> {
  let last = after
  for (const moment of cron === undefined ? multiplesAfter(every, after) : momentsAfter({ cron, ...zone }, after)) {
    // Two skipped times can fall on the same moment, which counts once.
    if (moment <= last) continue
    last = moment
    yield moment
  }
}

function* multiplesAfter(every: Duration | undefined, after: number): Generator<number> {
  if (every === undefined) return
  const interval = durationMs(every)
  for (let time = (Math.floor(after / interval) + 1) * interval; ; time += interval) yield time
}

/** Yields moments ascending. Some can be earlier than `after`. */
function* momentsAfter(schedule: CronTimes, after: number): Generator<number> {
  const clock = new ZoneClock(zoneOf(schedule))
  const isFixed = isFixedTime(schedule.cron)
  const start = clock.wallTime(after) - (isFixed ? 0 : clock.putBackSoon(after))
  // Second occurrences of repeated times, which come after later wall times.
  let again: readonly number[] = []
  for (const wall of wallTimes(schedule.cron, start)) {
    const first = clock.firstMomentOf(wall)
    if (isFixed) {
      yield first
      continue
    }
    const moments = [...again, ...clock.momentsOf(wall)].toSorted((left, right) => left - right)
    yield* moments.filter((moment) => moment <= first)
    again = moments.filter((moment) => moment > first)
  }
  yield* again
}

const DAY_MS = 86_400_000

/**
 * Yields the times that an expression names, from `start` on. Computes without zones, because
 * croner leaves out times that a zone skips across midnight. croner finds only the days, because
 * each of its searches takes a tenth of a millisecond.
 */
function* wallTimes(cron: string, start: WallTime): Generator<WallTime> {
  const { minute, hour } = new CronPattern(cron, undefined, { mode: '5-part' })
  const times = marked(hour).flatMap((h) => marked(minute).map((m) => (h * 60 + m) * 60_000))
  const days = new Cron(daysOf(cron), { mode: '5-part', utcOffset: 0 })
  const before = new Date(Math.floor(start / DAY_MS) * DAY_MS - 1)
  for (let day = days.nextRun(before); day; day = days.nextRun(day)) {
    const midnight = day.getTime()
    for (const time of times) if (midnight + time >= start) yield midnight + time
  }
}

const marked = (marks: readonly number[]): readonly number[] => marks.flatMap((mark, index) => (mark ? [index] : []))

/**
 * An expression for the midnights of the same days. All abbreviations except `@hourly` are at
 * midnight.
 */
function daysOf(cron: string): string {
  const fields = cron.trim().split(/\s+/)
  if (fields.length === 5) return ['0', '0', ...fields.slice(2)].join(' ')
  return cron.trim().toLowerCase() === '@hourly' ? '0 0 * * *' : cron
}

/** Returns true if neither minute nor hour is a wildcard or has a step. */
function isFixedTime(cron: string): boolean {
  return new CronPattern(cron, undefined, { mode: '5-part', fixedTimeRule: 'no-wildcard' }).isFixedTime
}

/** Returns the time zone of the schedule. */
export const zoneOf = ({ timeZone = 'UTC' }: Pick<Schedule, 'timeZone'>): string => timeZone

/** Writes the times: `0 3 * * * Europe/Berlin`, or `every 15m`. Equal texts mean equal times. */
export const timesText = (times: Times): string =>
  times.cron === undefined ? `every ${times.every}` : `${times.cron} ${zoneOf(times)}`
