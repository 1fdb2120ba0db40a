/** Prints schedules, their next times, and the events of the scheduler. */
import type { Schedule } from '../declare/runs/schedule.ts'
import type { ErrorReport } from '../run/error-report.ts'
import type { ScheduleEvent, TicksLeftOut } from '../schedule/schedule-events.ts'
import { zoneOf } from '../schedule/schedule-times.ts'
import { MAX_TICKS } from '../schedule/ticks/due-ticks.ts'
import type { LastTickState, MissedTicks, ScheduleState } from '../schedule/ticks/schedule-state.ts'
import { firstLine } from '../text/printable.ts'
import { duration } from './layout/format-numbers.ts'
import type { Page } from './layout/page.ts'
import { type TextCell, type TextColumn, type TextRow, tableLines } from './layout/text-table.ts'

export interface ListedSchedule {
  readonly schedule: Schedule
  readonly state: ScheduleState
}

const COLUMNS: readonly TextColumn[] = [
  { title: 'schedule' },
  { title: 'cron' },
  { title: 'zone', optional: true },
  { title: 'refreshes', shrinks: true },
  { title: 'last', optional: true },
  { title: 'missed', align: 'right', optional: true, spare: true },
  { title: 'next' },
]

/** Writes one line for each schedule. */
export function scheduleListText(listed: readonly ListedSchedule[], page: Page): string {
  if (listed.length === 0) return 'No schedules: add some under `schedules` in config/lake.config.ts.'
  const rows = listed.map(({ schedule, state }): TextRow => {
    const { name, cron, every } = schedule
    return [
      { text: name, tone: 'strong' },
      cron ?? `every ${every}`,
      zoneOf(schedule),
      refreshesText(schedule),
      lastCell(schedule, state.last),
      state.missed ? { text: missedCount(state.missed), tone: 'warn' } : '',
      state.next === null ? 'never' : zonedTime(new Date(state.next), schedule),
    ]
  })
  return [...tableLines(COLUMNS, rows, page), ...listed.flatMap(({ state }) => scheduleProblem(state) ?? [])].join('\n')
}

function refreshesText({ selection, full, whenStale }: Schedule): string {
  return `${selection?.join(' ') || 'everything'}${full ? ', in full' : ', where stale'}${whenStale ? ', polled' : ''}`
}

function lastCell(schedule: Schedule, last: LastTickState | null): TextCell | string {
  if (!last || last.outcome === 'left-out') return ''
  const bad = last.outcome === 'failed' || last.outcome === 'unfinished'
  const text = `${last.outcome} ${zonedTime(new Date(last.due), schedule)}`
  return { text, ...(bad && { tone: 'bad' as const }) }
}

/** Describes problems of the last ticks of a schedule. undefined if there are none. */
export function scheduleProblem({ name, last, missed }: ScheduleState): string | undefined {
  if (missed) {
    const ticks = missed.count === 1 ? '1 tick was' : `${missedCount(missed)} ticks were`
    return `schedule ${name}: ${ticks} not run since ${shortTime(missed.first)}`
  }
  if (last?.outcome === 'failed')
    return `schedule ${name}: failed at ${shortTime(last.due)}: ${firstLine(last.message ?? '')}`
  if (last?.outcome !== 'unfinished') return undefined
  return `schedule ${name}: the scheduler on ${last.host} died at work on the tick of ${shortTime(last.due)}; the next one runs it again`
}

/** The state counts at most a thousand. */
const missedCount = ({ count }: MissedTicks): string => (count < MAX_TICKS ? String(count) : `${MAX_TICKS} or more`)

/** `2018-11-21 21:56 UTC`. */
const shortTime = (time: string): string => `${time.slice(0, 10)} ${time.slice(11, 16)} UTC`

interface ScheduledTime {
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

/**
 * Writes the line of `lake schedule run` for an event: one for each tick, at its end. undefined for
 * events that are only for a watching person (`live`) or for programs.
 */
export function scheduleEventText(event: ScheduleEvent, live: boolean): string | undefined {
  const at = shortIso(event.at)
  switch (event.type) {
    case 'schedule-waiting':
      return live ? `${at} waiting for ${event.schedule} at ${shortIso(event.due)}` : undefined
    case 'refresh-started':
      return live ? `${at} ${event.schedule} started${event.again ? ' again: its scheduler had died' : ''}` : undefined
    case 'refresh-ended':
      return `${at} ${event.schedule} ${event.status}${tickText(event)}${event.error ? describeFailedRun(event.error, event.runId) : ''}`
    case 'refresh-skipped':
      return event.message === undefined
        ? `${at} ${event.schedule} fresh${tickText(event)}`
        : `${at} ${event.schedule} skipped${tickText(event)}, ${event.reason}: ${event.message}`
    case 'refresh-failed':
      return `${at} ${event.schedule} failed${tickText(event)}: ${event.error.message}`
    case 'refresh-retried':
      return `${at} ${event.schedule}: attempt ${event.attempt} of ${event.attempts} failed, the next one begins in ${Math.round(event.delayMs / 1000)} s: ${event.error.message}`
    case 'ticks-left-out':
      return `${at} ${event.schedule}: ${leftOutText(event)}`
    case 'lake-unreachable':
      return `${at} ${event.schedule}: the lake cannot be reached, and is tried again: ${event.error.message}`
    case 'lake-reached':
      return `${at} ${event.schedule}: the lake is reached again`
    case 'schedules-changed':
      return `${at} the schedules changed: ${event.schedules.join(', ') || 'none is left'}`
    case 'project-refused':
      return `${at} the project cannot be loaded; no refresh runs until it can: ${event.error.message}`
    case 'schedule-stopped':
      return `${at} stopped`
  }
}

const shortIso = (time: string): string => time.replace(/\.\d+Z$/, 'Z')

/** ` (due 03:00:00Z, 12 s)`. */
function tickText({ due, durationMs }: { readonly due: string; readonly durationMs: number }): string {
  return ` (due ${shortIso(due)}, ${duration(durationMs)})`
}

function leftOutText({ why, count, first, last }: TicksLeftOut): string {
  const ticks =
    count === 1 ? `the tick of ${shortIso(first)}` : `${count} ticks from ${shortIso(first)} to ${shortIso(last)}`
  switch (why) {
    case 'missed':
      return `${ticks} missed: no scheduler ran`
    case 'overlapped':
      return `${ticks} left out: an earlier tick was at work`
    case 'superseded':
      return `${ticks} left out: a later tick stands for it`
  }
}

/**
 * Describes a failure in full, because later only the log is left: `: songs: the check "..."
 * fails`.
 */
function describeFailedRun({ asset, message }: ErrorReport, runId: string | undefined): string {
  const about = asset === undefined || message.startsWith(`${asset}:`) ? '' : `${asset}: `
  return `: ${about}${message}${runId === undefined ? '' : `\n  \`lake run ${runId}\` shows the run`}`
}
