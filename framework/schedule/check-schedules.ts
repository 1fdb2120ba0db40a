/** Finds mistakes in schedules. */
import { CronPattern } from 'croner'
import { durationMs } from '../declare/runs/duration.ts'
import type { Schedule } from '../declare/runs/schedule.ts'
import { nextTimes } from './schedule-times.ts'

/** A mistake in a schedule. All of them are reported at once. */
interface ScheduleProblem {
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
    const found = [nameProblem(name, seen), timesProblem(schedule), zoneProblem(schedule)]
    seen.add(name)
    return found.flatMap((problem) =>
      problem ? [{ schedule: name.trim() || `schedule ${index + 1}`, ...problem }] : [],
    )
  })
}

type Finding = Omit<ScheduleProblem, 'schedule'> | undefined

function nameProblem(name: string, seen: ReadonlySet<string>): Finding {
  if (name.trim() === '') return { message: 'it has no name', remedy: 'give it a name such as nightly' }
  if (/\p{Cc}/u.test(name))
    return { message: 'its name contains a line break or control character', remedy: 'remove it' }
  if (seen.has(name)) return { message: 'another schedule has the same name', remedy: 'give each a name of its own' }
  return undefined
}

function timesProblem({ cron, every, timeZone }: Schedule): Finding {
  if (cron !== undefined && every !== undefined) return { message: 'it has both cron and every', remedy: 'keep one' }
  if (cron !== undefined) return cronProblem(cron)
  if (every === undefined) return { message: 'it has no times', remedy: "give it cron: '0 3 * * *', or every: '15m'" }
  if (durationMs(every) < MIN_INTERVAL_MS)
    return { message: `every: '${every}' is too often`, remedy: 'write 10s or more' }
  if (timeZone === undefined) return undefined
  return { message: 'every has no time zone', remedy: 'remove timeZone, or write cron' }
}

/** Reading the lake and starting a run take seconds. */
const MIN_INTERVAL_MS = 10_000

function cronProblem(cron: string): Finding {
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
  // Systems find zones by file name, so cron would silently use UTC for a misspelt one.
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
