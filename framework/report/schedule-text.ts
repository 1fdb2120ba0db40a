/** Prints schedules, their next times, and the events of the scheduler. */
import type { Schedule } from '../declare/project.ts'
import type { ErrorReport } from '../run/error-report.ts'
import type { ScheduleEvent } from '../schedule/schedule-events.ts'
import { zoneOf } from '../schedule/schedule-times.ts'
import type { Page } from './layout/page.ts'
import { tableLines } from './layout/text-table.ts'

export interface ListedSchedule {
  readonly schedule: Schedule
  readonly next: Date | null
}

/** Writes one line for each schedule. */
export function scheduleListText(listed: readonly ListedSchedule[], page: Page): string {
  if (listed.length === 0) return 'No schedules: add some under `schedules` in config/lake.config.ts.'
  const columns = ['schedule', 'cron', 'zone', 'refreshes', 'next'].map((title) => ({ title }))
  const rows = listed.map(({ schedule, next }) => [
    { text: schedule.name, tone: 'strong' } as const,
    schedule.cron,
    zoneOf(schedule),
    `${schedule.selection?.join(' ') || 'everything'}${schedule.full ? ', in full' : ', where stale'}`,
    next ? zonedTime(next, schedule) : 'never',
  ])
  return tableLines(columns, rows, page).join('\n')
}

export interface ScheduledTime {
  readonly schedule: Schedule
  readonly at: Date
}

/** Writes the next times of all schedules, soonest first. */
export function scheduleTimesText(times: readonly ScheduledTime[], page: Page): string {
  if (times.length === 0) return 'Nothing is scheduled.'
  const rows = times.map(({ schedule, at }) => [zonedTime(at, schedule), schedule.name])
  return tableLines([{ title: 'at' }, { title: 'schedule' }], rows, page).join('\n')
}

/** Formats a time in the zone of the schedule: `2018-11-21 21:56 UTC`. */
function zonedTime(at: Date, schedule: Schedule): string {
  const zone = zoneOf(schedule)
  const parts = new Intl.DateTimeFormat('sv-SE', { timeZone: zone, dateStyle: 'short', timeStyle: 'short' }).format(at)
  return `${parts} ${zone}`
}

/** Writes one line of `lake schedule run`. */
export function scheduleEventText(event: ScheduleEvent): string {
  const at = event.at.replace(/\.\d+Z$/, 'Z')
  switch (event.type) {
    case 'schedule-waiting':
      return `${at} waiting for ${event.schedule} at ${event.due.replace(/\.\d+Z$/, 'Z')}`
    case 'refresh-started':
      return `${at} ${event.schedule} started`
    case 'refresh-ended':
      return `${at} ${event.schedule} ${event.status}${event.error ? describeFailedRun(event.error, event.runId) : ''}`
    case 'refresh-skipped':
      return `${at} ${event.schedule} skipped, ${event.reason}: ${event.message}`
    case 'refresh-failed':
      return `${at} ${event.schedule} failed: ${event.error.message}`
    case 'schedules-changed':
      return `${at} the schedules changed: ${event.schedules.join(', ') || 'none is left'}`
    case 'project-refused':
      return `${at} the project cannot be loaded; no refresh runs until it can: ${event.error.message}`
    case 'schedule-stopped':
      return `${at} stopped`
  }
}

/**
 * Describes a failure in full, because the log is all that is left later: `: songs: the check "..."
 * fails`.
 */
function describeFailedRun({ asset, message }: ErrorReport, runId: string | undefined): string {
  const about = asset === undefined || message.startsWith(`${asset}:`) ? '' : `${asset}: `
  return `: ${about}${message}${runId === undefined ? '' : `\n  \`lake run ${runId}\` shows the run`}`
}
