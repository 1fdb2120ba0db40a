/** Exports schedules as systemd services and timers. */
import type { Schedule } from '../../declare/runs/schedule.ts'
import { zoneOf } from '../schedule-times.ts'
import { cronFields, fieldText, type NumberStyle } from './cron-fields.ts'
import { eitherDay } from './either-day.ts'
import { type RefreshCommand, refreshCommand } from './refresh-command.ts'

/** A file for /etc/systemd/system or ~/.config/systemd/user. */
interface UnitFile {
  readonly name: string
  readonly text: string
}

/**
 * Returns a service and a timer for each schedule. Throws `config` for a schedule that OnCalendar
 * cannot express. systemd leaves out a time that clocks skip; `lake schedule run` does not (see
 * `nextTimes`).
 */
export function systemdUnits(schedules: readonly Schedule[], command: RefreshCommand): readonly UnitFile[] {
  return schedules.flatMap((schedule) => {
    const unit = `lake-${unitName(schedule.name)}`
    return [
      { name: `${unit}.service`, text: service(schedule, command) },
      { name: `${unit}.timer`, text: timer(schedule) },
    ]
  })
}

function service(schedule: Schedule, command: RefreshCommand): string {
  return `[Unit]
Description=lake refresh ${noSpecifiers(schedule.name)}

[Service]
Type=oneshot
ExecStart=/bin/sh -c ${execWord(refreshCommand(schedule, command))}
`
}

/** `Persistent` makes the timer run once for all times that passed while the machine was off. */
function timer(schedule: Schedule): string {
  return `[Unit]
Description=lake refresh ${noSpecifiers(schedule.name)}, when it is due

[Timer]
OnCalendar=${onCalendar(schedule)}
Persistent=true

[Install]
WantedBy=timers.target
`
}

const NUMBERS: NumberStyle = { range: '..', digits: 2, steps: true }
const WEEKDAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'] as const

/** Writes the times in the syntax of systemd.time(7). */
function onCalendar(schedule: Schedule): string {
  const { minutes, hours, days, months, weekdays } = cronFields(schedule)
  if (days && weekdays) throw eitherDay(schedule, 'a systemd timer')
  const date = `*-${fieldText(months, NUMBERS)}-${fieldText(days, NUMBERS)}`
  const time = `${fieldText(hours, NUMBERS)}:${fieldText(minutes, NUMBERS)}:00`
  const names = weekdays?.map((day) => WEEKDAYS[day]).join(',')
  return [...(names ? [names] : []), date, time, zoneOf(schedule)].join(' ')
}

/**
 * Escapes forbidden characters as bytes, as systemd-escape(1) does, so that no two schedules share
 * a unit.
 */
function unitName(name: string): string {
  const bytes = (text: string) =>
    [...new TextEncoder().encode(text)].map((byte) => `\\x${byte.toString(16).padStart(2, '0')}`)
  return name.replace(/[^\w:.-]/gu, (character) => bytes(character).join(''))
}

const noSpecifiers = (text: string): string => text.replaceAll('%', '%%')

/** Quotes one word of ExecStart: escapes specifiers (%), variables ($), backslashes and quotes. */
function execWord(text: string): string {
  const escaped = text.replace(/[\\"]/g, '\\$&').replaceAll('$', () => '$$')
  return `"${noSpecifiers(escaped)}"`
}
