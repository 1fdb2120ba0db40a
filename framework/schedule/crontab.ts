import type { Schedule } from '../declare/project.ts'
import { cronFields, fieldText, type NumberStyle } from './cron-fields.ts'
import { type RefreshCommand, refreshCommand } from './refresh-command.ts'
import { zoneOf } from './schedule-times.ts'

const HEADER = `# Refreshes by lake. CRON_TZ is for cronie (Amazon Linux, Fedora, RHEL, SUSE, Arch); Debian's and Ubuntu's cron
# ignores it and goes by the machine's zone: export systemd timers there.
`

const NUMBERS: NumberStyle = { range: '-', digits: 1 }

/**
 * The schedules as lines of a crontab(5), each under the zone it goes by. Throws `config` for what a crontab cannot say.
 * Each cron has its own ways with daylight saving time; see `nextTimes` for those of `lake schedule run`.
 */
export function crontab(schedules: readonly Schedule[], command: RefreshCommand): string {
  return [HEADER, ...schedules.map((schedule) => entry(schedule, command))].join('\n')
}

function entry(schedule: Schedule, command: RefreshCommand): string {
  const line = refreshCommand(schedule, command)
  // An unescaped % would end the command and begin its standard input.
  const escaped = line.replaceAll('%', '\\%')
  return `# ${schedule.name}\nCRON_TZ=${zoneOf(schedule)}\n${crontabTime(schedule)} ${escaped}\n`
}

/**
 * Numbers only, as not every cron knows names in ranges, and no step on a star: crons take a day field that begins with a
 * star for unrestricted, and so would take every other day or Mondays for every other day that is a Monday.
 */
function crontabTime(schedule: Schedule): string {
  const { minutes, hours, days, months, weekdays } = cronFields(schedule)
  return [minutes, hours, days, months, weekdays].map((field) => fieldText(field, NUMBERS)).join(' ')
}
