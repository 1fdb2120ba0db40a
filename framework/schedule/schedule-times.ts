import { Cron, CronPattern } from 'croner'
import type { Schedule } from '../declare/project.ts'
import { ZoneClock } from './zone-clock.ts'

/** A mistake in a declared schedule. All of them are reported at once, each with its remedy. */
export interface ScheduleProblem {
  /** The schedule's name, or its place in the list, as `schedule 2`, where it has none. */
  readonly schedule: string
  readonly message: string
  readonly remedy: string
}

/** What is wrong with the declared schedules, in their order; nothing when all of them can be run and exported. */
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
 * The next `count` times after `after` (not at it), ascending; fewer where the expression has no more.
 * The schedule is one that `checkSchedules` found nothing wrong with.
 *
 * Times are those of the clocks in the schedule's zone. When these are put forward, a time that they skip comes as soon as
 * they have jumped: a daily 02:30 in Europe/Berlin comes at 03:00 on that day, so that no day goes without it, and one of 23:45 that they
 * skip across midnight at 00:00. When they are put back, a time that they show twice comes once, the first time. Where minute or hour is a wildcard or has a step
 * (`0 * * * *`), the schedule means an interval instead: skipped times are left out, repeated ones come both times.
 */
export function nextTimes(schedule: Pick<Schedule, 'cron' | 'timeZone'>, after: Date, count: number): Date[] {
  const times: number[] = []
  for (const moment of momentsAfter(schedule, after.getTime())) {
    // Two times that the clocks skip come at the same moment, once.
    if (moment > after.getTime() && moment !== times.at(-1)) times.push(moment)
    if (times.length === count) break
  }
  return times.map((moment) => new Date(moment))
}

/** Ascending; not quite all of them are later than `after`. */
function* momentsAfter(schedule: Pick<Schedule, 'cron' | 'timeZone'>, after: number): Generator<number> {
  const clock = new ZoneClock(zoneOf(schedule))
  // The walls' times are those of a calendar without zones: croner leaves out what a zone skips across midnight.
  const walls = new Cron(schedule.cron, { mode: '5-part', timezone: 'UTC' })
  const isFixed = isFixedTime(schedule.cron)
  const start = clock.wallTime(after) - (isFixed ? 0 : clock.putBackSoon(after))
  // Times that the clocks show a second time, later than others that they show once.
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

/** Neither minute nor hour is a wildcard or has a step. */
function isFixedTime(cron: string): boolean {
  return new CronPattern(cron, undefined, { mode: '5-part', fixedTimeRule: 'no-wildcard' }).isFixedTime
}

/** The zone whose clocks the schedule goes by. */
export const zoneOf = ({ timeZone = 'UTC' }: Pick<Schedule, 'timeZone'>): string => timeZone

type Finding = Omit<ScheduleProblem, 'schedule'> | undefined

function nameProblem(name: string, seen: ReadonlySet<string>): Finding {
  if (name.trim() === '') return { message: 'it has no name', remedy: 'give it a name, as nightly' }
  if (/\p{Cc}/u.test(name))
    return { message: 'its name has a line break or control character', remedy: 'leave that out' }
  if (seen.has(name)) return { message: 'another schedule has the same name', remedy: 'give each a name of its own' }
  return undefined
}

function cronProblem({ cron }: Schedule): Finding {
  const shown = `cron ${JSON.stringify(cron)}`
  try {
    // Cron itself would also take a date, and run once.
    new CronPattern(cron, undefined, { mode: '5-part' })
  } catch (error) {
    const reason = error instanceof Error ? error.message.replace(/^CronPattern: /, '') : String(error)
    return { message: `${shown} cannot be read: ${reason}`, remedy: FIVE_FIELDS }
  }
  if (nextTimes({ cron }, new Date(0), 1).length > 0) return undefined
  return { message: `${shown} never comes`, remedy: 'name a day that its months have' }
}

const FIVE_FIELDS = 'write minute, hour, day of month, month and day of week, as 0 3 * * * for every day at 03:00'

function zoneProblem({ timeZone }: Schedule): Finding {
  if (timeZone === undefined) return undefined
  const known = knownZone(timeZone)
  const remedy = 'write an IANA name, as Europe/Berlin, or leave it out for UTC'
  if (known === undefined) return { message: `there is no time zone ${JSON.stringify(timeZone)}`, remedy }
  // Systems look zones up by file name: cron would take a misspelt one for UTC without a word.
  const misspelt = known !== timeZone && known.toLowerCase() === timeZone.toLowerCase()
  return misspelt ? { message: `time zone ${timeZone} is spelt ${known}`, remedy: `write ${known}` } : undefined
}

/** The zone's name as the runtime spells it. Offsets (`+02:00`), which newer runtimes accept, are no IANA names. */
function knownZone(timeZone: string): string | undefined {
  if (!/^[a-z]/i.test(timeZone)) return undefined
  try {
    return new Intl.DateTimeFormat('en', { timeZone }).resolvedOptions().timeZone
  } catch {
    return undefined
  }
}
