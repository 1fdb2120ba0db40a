/** Checks schedules and computes their next times. */
import { Cron, CronPattern } from 'croner'
import type { Schedule } from '../declare/project.ts'
import { ZoneClock } from './zone-clock.ts'

/** A mistake in a schedule. All of them are reported at once. */
export interface ScheduleProblem {
  /** The name of the schedule, or its number such as `schedule 2` if it has no name. */
  readonly schedule: string
  readonly message: string
  readonly remedy: string
}

/** Returns the mistakes in the order of the schedules. Schedules without mistakes can be run. */
export function checkSchedules(schedules: readonly Schedule[]): readonly ScheduleProblem[] {
  const seen = new Set<string>()
  return schedules.flatMap((schedule, index) => {
    const { name } = schedule
    const found = [nameProblem(name, seen), cronProblem(schedule), zoneProblem(schedule)]
    seen.add(name)
    return found.flatMap((problem) =>
      problem ? [{ schedule: name.trim() || `schedule ${index + 1}`, ...problem }] : [],
    )
  })
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
 */
export function nextTimes(schedule: Pick<Schedule, 'cron' | 'timeZone'>, after: Date, count: number): Date[] {
  const times: number[] = []
  for (const moment of momentsAfter(schedule, after.getTime())) {
    // Two skipped times fall on the same moment, which counts once.
    if (moment > after.getTime() && moment !== times.at(-1)) times.push(moment)
    if (times.length === count) break
  }
  return times.map((moment) => new Date(moment))
}

/** Yields moments ascending. Some can be earlier than `after`. */
function* momentsAfter(schedule: Pick<Schedule, 'cron' | 'timeZone'>, after: number): Generator<number> {
  const clock = new ZoneClock(zoneOf(schedule))
  // Computes in UTC, without zones, because croner leaves out times that a zone skips across
  // midnight.
  const walls = new Cron(schedule.cron, { mode: '5-part', timezone: 'UTC' })
  const isFixed = isFixedTime(schedule.cron)
  const start = clock.wallTime(after) - (isFixed ? 0 : clock.putBackSoon(after))
  // Second occurrences of repeated times, which come after later wall times.
  let again: readonly number[] = []
  for (let next = walls.nextRun(new Date(start - 1)); next; next = walls.nextRun(next)) {
    const wall = next.getTime()
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

/** Returns true if neither minute nor hour is a wildcard or has a step. */
function isFixedTime(cron: string): boolean {
  return new CronPattern(cron, undefined, { mode: '5-part', fixedTimeRule: 'no-wildcard' }).isFixedTime
}

/** Returns the time zone of the schedule. */
export const zoneOf = ({ timeZone = 'UTC' }: Pick<Schedule, 'timeZone'>): string => timeZone

type Finding = Omit<ScheduleProblem, 'schedule'> | undefined

function nameProblem(name: string, seen: ReadonlySet<string>): Finding {
  if (name.trim() === '') return { message: 'it has no name', remedy: 'give it a name such as nightly' }
  if (/\p{Cc}/u.test(name))
    return { message: 'its name contains a line break or control character', remedy: 'remove it' }
  if (seen.has(name)) return { message: 'another schedule has the same name', remedy: 'give each a name of its own' }
  return undefined
}

function cronProblem({ cron }: Schedule): Finding {
  const shown = `cron ${JSON.stringify(cron)}`
  try {
    // `new Cron` would also accept a date, and run once.
    new CronPattern(cron, undefined, { mode: '5-part' })
  } catch (error) {
    const reason = error instanceof Error ? error.message.replace(/^CronPattern: /, '') : String(error)
    return { message: `${shown} cannot be read: ${reason}`, remedy: FIVE_FIELDS }
  }
  if (nextTimes({ cron }, new Date(0), 1).length > 0) return undefined
  return { message: `${shown} never occurs`, remedy: 'name a day that its months have' }
}

const FIVE_FIELDS = 'write minute, hour, day of month, month and day of week: 0 3 * * * is every day at 03:00'

function zoneProblem({ timeZone }: Schedule): Finding {
  if (timeZone === undefined) return undefined
  const known = knownZone(timeZone)
  const remedy = 'write an IANA name such as Europe/Berlin, or leave it out for UTC'
  if (known === undefined) return { message: `${JSON.stringify(timeZone)} is not a time zone`, remedy }
  // Systems find zones by file name: cron would silently use UTC for a misspelt one.
  const misspelt = known !== timeZone && known.toLowerCase() === timeZone.toLowerCase()
  return misspelt ? { message: `time zone ${timeZone} is spelt ${known}`, remedy: `write ${known}` } : undefined
}

/**
 * Returns the zone's name as the runtime spells it. Refuses offsets (`+02:00`), which are not IANA
 * names.
 */
function knownZone(timeZone: string): string | undefined {
  if (!/^[a-z]/i.test(timeZone)) return undefined
  try {
    return new Intl.DateTimeFormat('en', { timeZone }).resolvedOptions().timeZone
  } catch {
    return undefined
  }
}
