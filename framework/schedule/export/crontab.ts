/** Exports schedules as a crontab. */
import type { Schedule } from '../../declare/runs/schedule.ts'
import { zoneOf } from '../schedule-times.ts'
import { cronFields, fieldText, type NumberStyle } from './cron-fields.ts'
import { type RefreshCommand, refreshCommand } from './refresh-command.ts'

const HEADER = `# Refreshes by lake. CRON_TZ is for cronie (Amazon Linux, Fedora, RHEL, SUSE, Arch); Debian's and Ubuntu's cron
# ignores it and uses the machine's zone: export systemd timers there.
`

const NUMBERS: NumberStyle = { range: '-', digits: 1, steps: true }

/**
 * Writes the schedules as lines of a crontab(5), each below its time zone. Throws `config` for a
 * schedule that a crontab cannot express. Each cron handles daylight saving time in its own way;
 * see `nextTimes` for `lake schedule run`.
 */
export function crontab(schedules: readonly Schedule[], command: RefreshCommand): string {
  return [HEADER, ...schedules.map((schedule) => entry(schedule, command))].join('\n')
}

function entry(schedule: Schedule, command: RefreshCommand): string {
  const line = refreshCommand(schedule, command)
  // Cron ends the command at an unescaped %, and passes the rest as standard input.
  const escaped = line.replaceAll('%', '\\%')
  return `# ${schedule.name}\nCRON_TZ=${zoneOf(schedule)}\n${crontabTime(schedule)} ${escaped}\n`
}

/**
 * Writes numbers, because not every cron accepts names in ranges. Writes no step after a star,
 * because crons read a day field that begins with a star as unrestricted: a step of 2 with Mondays
 * would match only Mondays on every other day.
 */
export function crontabTime(schedule: Schedule): string {
  const { minutes, hours, days, months, weekdays } = cronFields(schedule)
  return [minutes, hours, days, months, weekdays].map((field) => fieldText(field, NUMBERS)).join(' ')
}
