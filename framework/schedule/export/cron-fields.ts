/** Parses cron expressions for the export to other schedulers. */
import { CronPattern } from 'croner'
import { durationMs } from '../../declare/runs/duration.ts'
import type { Schedule } from '../../declare/runs/schedule.ts'
import { LakeError } from '../../errors.ts'

/** The values that each field of a cron expression allows, ascending. null: `*`. */
interface CronFields {
  readonly minutes: readonly number[] | null
  readonly hours: readonly number[] | null
  /** 1 to 31. If `weekdays` is set too, a day matches if it is in one of the two. */
  readonly days: readonly number[] | null
  /** 1 to 12. */
  readonly months: readonly number[] | null
  /** 0 is Sunday. */
  readonly weekdays: readonly number[] | null
}

/**
 * Parses the expression of a schedule that `checkSchedules` has accepted. Throws `config` for
 * syntax that only `lake schedule run` understands: L, W, # and +.
 */
export function cronFields(schedule: Schedule): CronFields {
  const { name } = schedule
  const cron = cronOf(schedule)
  const pattern = new CronPattern(cron, undefined, { mode: '5-part' })
  if (isExtended(pattern)) {
    const message = `schedule ${name}: no other scheduler knows L, W, # or + in ${JSON.stringify(cron)}`
    throw new LakeError('config', {
      problem: message,
      remedy: 'Name the days as numbers, or run it with `lake schedule run`.',
    })
  }
  return {
    minutes: restricted(pattern.minute, 0),
    hours: restricted(pattern.hour, 0),
    // Beside a weekday, `1-31` means every day, but `*` means only that weekday. Both allow the
    // same numbers.
    days: pattern.starDOM ? null : allowed(pattern.day, 1),
    months: restricted(pattern.month, 1),
    weekdays: pattern.starDOW ? null : allowed(pattern.dayOfWeek, 0),
  }
}

/** Croner's mark for a weekday in every week of the month. */
const EVERY_WEEK = 0b111111

function isExtended(pattern: CronPattern): boolean {
  const someWeeks = pattern.dayOfWeek.some((weeks) => weeks !== 0 && weeks !== EVERY_WEEK)
  const nearest = pattern.nearestWeekdays.some((day) => day !== 0)
  return someWeeks || nearest || pattern.lastDayOfMonth || pattern.lastWeekday || pattern.useAndLogic
}

const allowed = (marks: readonly number[], first: number): readonly number[] =>
  marks.flatMap((mark, index) => (mark ? [index + first] : []))

function restricted(marks: readonly number[], first: number): readonly number[] | null {
  return marks.every((mark) => mark) ? null : allowed(marks, first)
}

/**
 * How a format writes numbers: the sign of a range, the minimum number of digits, and whether a
 * range can have a step.
 */
export interface NumberStyle {
  readonly range: '-' | '..'
  readonly digits: 1 | 2
  readonly steps: boolean
}

/** Writes a field: `*`, `7`, `1,15`, `8-18` or `0-45/15`. */
export function fieldText(values: readonly number[] | null, { range, digits, steps }: NumberStyle): string {
  if (values === null) return '*'
  const texts = values.map((value) => String(value).padStart(digits, '0'))
  const [first = 0, second = 0] = values
  const step = second - first
  const isEven = values.every((value, index) => value === first + index * step)
  if (values.length < 3 || !isEven || (step !== 1 && !steps)) return texts.join(',')
  return `${texts.at(0)}${range}${texts.at(-1)}${step === 1 ? '' : `/${step}`}`
}

/**
 * The cron expression of a schedule. Throws `config` if an `every` has none, because its times
 * differ from hour to hour or from day to day.
 */
function cronOf({ name, cron, every }: Schedule): string {
  if (cron !== undefined) return cron
  const minutes = every === undefined ? Number.NaN : durationMs(every) / 60_000
  if (Number.isInteger(minutes) && 60 % minutes === 0) return minutes === 60 ? '0 * * * *' : `*/${minutes} * * * *`
  const hours = minutes / 60
  if (Number.isInteger(hours) && 24 % hours === 0) return hours === 24 ? '0 0 * * *' : `0 */${hours} * * *`
  throw new LakeError('config', {
    problem: `schedule ${name}: every: '${every}' cannot be exported, because it does not divide an hour or a day`,
    remedy: 'Choose another interval, write cron, or run it with `lake schedule run`.',
  })
}
