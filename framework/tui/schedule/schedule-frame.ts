/** Draws a scheduler in the lines of a terminal: its schedules, its running refresh, its keys. */
import { cut, wrap } from '../../report/layout/display-width.ts'
import { age, duration, until } from '../../report/layout/format-numbers.ts'
import type { Tone } from '../../report/layout/page.ts'
import { type TextCell, type TextColumn, type TextRow, tableLines } from '../../report/layout/text-table.ts'
import { scheduleProblem } from '../../report/schedule-text.ts'
import type { RunningTick, ScheduleView, WatchedSchedule } from '../../report/schedule-view.ts'
import { printableLine } from '../../text/printable.ts'
import { cutPainted } from '../columns-of-lines.ts'
import type { Frame } from '../frame.ts'
import { runFrame } from '../run/run-frame.ts'

interface ScheduleFrame extends Frame {
  /** Position of the spinners. */
  readonly tick: number
  /** The place and the services of this scheduler, one fact each. */
  readonly facts: readonly string[]
  readonly shows: Shows
  readonly stopping: boolean
}

/** The parts that keys have opened. */
export interface Shows {
  readonly keys: boolean
  /** All assets of the running refresh that fit. */
  readonly refresh: boolean
}

const SCHEDULE_KEYS = [
  ['Enter', 'shows more or less of the running refresh'],
  ['q', 'stops: cancels a running refresh, and keeps what it has finished'],
  ['Ctrl-C', 'does the same; the second time, it ends at once'],
  ['?', 'shows or hides the keys'],
] as const

const COLUMNS: readonly TextColumn[] = [
  { title: 'schedule', shrinks: true },
  { title: 'last' },
  { title: 'took', align: 'right', optional: true, spare: true },
  { title: 'missed', align: 'right', optional: true, spare: true },
  { title: 'next' },
]
const MARGIN = 2
/** Maximum number of lines of a running refresh, unless a key has opened it. */
const REFRESH_LINES = 3
/** Maximum number of problems of schedules that have a line. */
const PROBLEMS = 3

/** Returns at most as many lines as the frame is high, and counts those that do not fit. */
export function scheduleFrame(view: ScheduleView, frame: ScheduleFrame): readonly string[] {
  const { height, shows } = frame
  const foot = footLines(frame).slice(0, height)
  const room = height - foot.length
  const most = shows.refresh ? room : REFRESH_LINES
  const refresh = view.running ? refreshLines(view.running, { ...frame, height: Math.min(most, room) }) : []
  const problems = problemLines(view, frame)
  const lines = [...scheduleLines(view, frame), ...problems]
  const left = room - refresh.length
  const hidden = lines.length - left
  const more = frame.paint(cut(`… ${hidden + 1} more lines`, frame.width), 'dim')
  const above = hidden <= 0 ? lines : left < 1 ? [] : [...lines.slice(0, left - 1), more]
  return [...above, ...refresh, ...foot].map((line) => cutPainted(line, frame.width))
}

function scheduleLines({ schedules, running }: ScheduleView, frame: ScheduleFrame): readonly string[] {
  const { width, paint, now } = frame
  if (schedules.length === 0) return [paint('no schedule is left in the config', 'warn')]
  const rows = schedules.map((watched): TextRow => {
    const { state } = watched
    const { text, tone, took } = lastOf(watched, running, now)
    const missed: TextCell | string = state.missed ? { text: String(state.missed.count), tone: 'warn' } : ''
    return [state.name, { text, ...(tone && { tone }) }, took, missed, nextOf(watched, frame)]
  })
  const [titles = '', ...lines] = tableLines(COLUMNS, rows, { width: width - MARGIN, paint, now })
  const marks = schedules.map((watched) => markOf(watched, running, frame))
  return [`  ${titles}`, ...lines.map((line, index) => `${marks[index]} ${line}`)]
}

const TONES: Readonly<Record<string, Tone>> = { failed: 'bad', unfinished: 'bad', canceled: 'warn', skipped: 'warn' }
const MARKS: Readonly<Record<string, readonly [mark: string, tone: Tone]>> = {
  succeeded: ['✓', 'good'],
  fresh: ['✓', 'good'],
  failed: ['✗', 'bad'],
  unfinished: ['✗', 'bad'],
  canceled: ['-', 'warn'],
  skipped: ['-', 'warn'],
}

function markOf({ state, unreachable }: WatchedSchedule, running: RunningTick | undefined, frame: ScheduleFrame) {
  const { paint } = frame
  if (running?.schedule === state.name) return paint('▸', 'busy')
  if (unreachable !== undefined) return paint('✗', 'bad')
  const [mark, tone] = MARKS[state.last?.outcome ?? ''] ?? ['·', 'dim']
  return paint(mark, tone)
}

interface Last {
  readonly text: string
  readonly tone?: Tone
  readonly took: string
}

function lastOf({ state, unreachable }: WatchedSchedule, running: RunningTick | undefined, now: Date): Last {
  const { last } = state
  if (running?.schedule === state.name) {
    const elapsed = duration(now.getTime() - Date.parse(running.startedAt))
    return { text: running.attempt ?? 'running', tone: 'busy', took: elapsed }
  }
  if (unreachable !== undefined) return { text: 'lake unreachable', tone: 'bad', took: '' }
  if (!last || last.outcome === 'left-out') return { text: 'not run yet', tone: 'dim', took: '' }
  const { outcome, startedAt, endedAt = last.due } = last
  const tone = TONES[outcome]
  const took = last.endedAt === undefined ? '' : duration(Date.parse(endedAt) - Date.parse(startedAt))
  return { text: `${outcome} ${age(new Date(endedAt), now)}`, took, ...(tone && { tone }) }
}

const NARROW = 60

function nextOf({ state }: WatchedSchedule, { now, width }: ScheduleFrame): string {
  if (state.next === null) return 'never'
  const next = until(new Date(state.next), now)
  // Leaves out the seconds, so that the screen does not change while nothing happens.
  return width < NARROW ? next.replace(/( [a-z]+) \d+ [a-z]+$/, '$1') : next.replace(/( min) \d+ s$/, '$1')
}

/** Problems that a person may have to solve. */
function problemLines({ schedules }: ScheduleView, { width, paint }: ScheduleFrame): readonly string[] {
  const problems = schedules.flatMap(({ state, unreachable }) => {
    const problem = unreachable === undefined ? scheduleProblem(state) : `schedule ${state.name}: ${unreachable}`
    return problem === undefined ? [] : [paint(cut(printableLine(problem), width), 'warn')]
  })
  return problems.slice(0, PROBLEMS)
}

function refreshLines({ schedule, run }: RunningTick, frame: ScheduleFrame): readonly string[] {
  if (frame.height < 1) return []
  return run
    ? runFrame(run, { ...frame, stopping: false })
    : [frame.paint(cut(`▸ ${schedule} begins`, frame.width), 'busy')]
}

const STOPPING = 'stopping: the running refresh is canceled. Ctrl-C again ends at once.'

function footLines({ paint, width, facts, shows, stopping }: ScheduleFrame): readonly string[] {
  const keys = stopping
    ? paint(cut(STOPPING, width), 'warn')
    : paint(cut('q stop  Enter refresh  ? keys', width), 'dim')
  const about = wrap(facts.join('  '), width).map((line) => paint(line, 'dim'))
  const column = Math.max(...SCHEDULE_KEYS.map(([key]) => key.length)) + 2
  const opened = SCHEDULE_KEYS.flatMap(([key, effect]) =>
    wrap(effect, width - column).map((line, at) => paint((at === 0 ? key : '').padEnd(column), 'strong') + line),
  )
  return [...(shows.keys ? opened : []), ...about, keys]
}
