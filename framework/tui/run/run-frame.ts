/** Draws a run in the lines of a terminal: what is in progress, and what scrolls away. */
import { cut, wrap } from '../../report/layout/display-width.ts'
import { bytes, count, counted, duration } from '../../report/layout/format-numbers.ts'
import { layOut, rowLine, type TableLayout, type TextCell, type TextColumn } from '../../report/layout/text-table.ts'
import { about, expectedOf, restOfRun } from '../../report/run/rest-of-run.ts'
import { describeResult, indented, RUN_TONES, runCounts } from '../../report/run/run-text.ts'
import type { RunAsset, RunAssetState, RunJob, RunRetry, RunView } from '../../report/run/run-view.ts'
import type { PastDurations } from '../../run/progress/past-durations.ts'
import { firstLine, printable } from '../../text/printable.ts'
import type { Frame } from '../frame.ts'
import { bar, describeProgress, doneFacts } from '../progress.ts'

const SPINNER = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏']
/** Maximum number of lines of an error below its asset. The end of the run has it in full. */
const ERROR_LINES = 3
/** Maximum number of applications whose state is shown. */
const JOBS_SHOWN = 3

const STOPPING = 'stopping: running steps end, finished work is kept. Ctrl-C again quits at once.'

const MARKS: Readonly<Record<Exclude<RunAssetState, 'running'>, string>> = {
  waiting: '·',
  materialized: '✓',
  unchanged: '=',
  fresh: '✓',
  failed: '✗',
  skipped: '-',
  canceled: '-',
}

export interface RunFrame extends Frame {
  /** Position of the spinners. */
  readonly tick: number
  /** The end that an interrupt has begun: of the run, or of watching it. */
  readonly stopping?: boolean
  /** How long steps took in earlier runs, once that is known. */
  readonly past?: PastDurations
}

/**
 * Draws what is in progress, in at most the height of the frame: running assets, the next ones, and
 * the progress of the run.
 */
export function runFrame(view: RunView | undefined, frame: RunFrame): readonly string[] {
  const { paint, width, tick, stopping, height } = frame
  const stopped = stopping ? wrap(STOPPING, width).map((line) => paint(line, 'warn')) : []
  const busy = (text: string) => [`${paint(spinner(tick), 'busy')} ${text}`]
  if (!view) return [...busy('looking for stale assets'), ...stopped]
  const wait = view.assets.length === 0 ? view.waited.at(-1) : undefined
  if (wait !== undefined) {
    const [first = '', ...others] = wrap(`waiting: ${printable(wait)}`, width - MARGIN)
    return [...busy(first), ...others.map((line) => `  ${line}`), ...stopped].slice(0, height)
  }
  const foot = [...jobLines(view, frame), ...stopped, cut(describeDone(view, frame), width)]
  const shown = foot.slice(-Math.max(1, height - 1))
  return [...openLines(view, height - shown.length, frame), ...shown]
}

/** Draws the first line, which identifies the run. */
export function runHeader({ runId, lake, engine, assets }: RunView, { paint, width }: Frame): string {
  const steps = assets.filter(({ mode }) => mode !== null).length
  const where = `${lake}${engine === null ? '' : ` with ${engine}`}`
  return paint(cut(`run ${runId}: ${counted(steps, 'step')} on ${where}`, width), 'dim')
}

/** Draws an asset that has ended, with the beginning of its error. */
export function endedLines(view: RunView, asset: RunAsset, frame: Frame): readonly string[] {
  const { paint, width, now } = frame
  const error = asset.error ? wrap(printable(asset.error.message), width - 2 * MARGIN) : []
  const shown = error.length > ERROR_LINES ? [...error.slice(0, ERROR_LINES - 1), '…'] : error
  const line = assetLine(asset, layoutOf(view, width), { ...frame, now, tick: 0 })
  return [line, ...shown.map((text) => `    ${paint(text, 'bad')}`)]
}

/** Draws a note between the assets, such as a warning of the run. */
export function noteLines(text: string, { paint, width }: Frame, tone: 'dim' | 'warn'): readonly string[] {
  return indented(text)
    .flatMap((line) => wrap(line, width))
    .map((line) => paint(line, tone))
}

/** Draws the applications of the engine that have reported their state. */
function jobLines({ jobs }: RunView, { paint, width }: RunFrame): readonly string[] {
  const reported = jobs.filter((job): job is RunJob & { readonly state: string } => job.state !== null)
  return reported.slice(-JOBS_SHOWN).map(({ state }) => paint(cut(`  ${state}`, width), 'dim'))
}

function describeDone(view: RunView, { now, past }: RunFrame): string {
  const counts = runCounts(view)
  const rest = past && restOfRun(view, past, now)
  const facts = [
    ...doneFacts(view, now),
    ...(rest === undefined ? [] : [`${about(rest)} left`]),
    ...(view.cost === null ? [] : [view.cost]),
  ]
  return `${facts.join(', ')}${counts && `: ${counts}`}`
}

/** Draws running assets, then waiting ones, and counts those that do not fit. */
function openLines(view: RunView, height: number, frame: RunFrame): readonly string[] {
  const { paint, width } = frame
  const ofState = (state: RunAssetState) => view.assets.filter((asset) => asset.state === state)
  const open = [...ofState('running'), ...ofState('waiting')]
  const fits = open.length <= height
  const shown = fits ? open : open.slice(0, Math.max(0, height - 1))
  const layout = layoutOf(view, width)
  const lines = shown.map((asset) => assetLine(asset, layout, frame))
  if (fits || height < 1) return lines
  const { running } = view.totals.states
  const hidden = {
    running: Math.max(0, running - shown.length),
    waiting: open.length - Math.max(running, shown.length),
  }
  const parts = [
    ...(hidden.running > 0 ? [`${count(hidden.running)} more running`] : []),
    ...(hidden.waiting > 0 ? [`${count(hidden.waiting)} ${shown.length > running ? 'more ' : ''}waiting`] : []),
  ]
  return [...lines, paint(cut(`· ${parts.join(', ')}`, width), 'dim')]
}

const MARGIN = 2
/** The last column has priority over state and time, because the mark shows the state too. */
const COLUMNS: readonly TextColumn[] = [
  { title: '', shrinks: true },
  { title: '', spare: true },
  { title: '', align: 'right', spare: true },
  { title: '' },
]

/** Lays out the columns for all lines of the run, so that later lines do not move them. */
function layoutOf({ assets }: RunView, width: number): TableLayout {
  const longest = assets.reduce((longer, { key }) => (key.length > longer.length ? key : longer), '')
  return layOut(COLUMNS, [[longest, 'materialized', '59 min 59 s', ' '.repeat(width)]], width - MARGIN)
}

function assetLine(asset: RunAsset, layout: TableLayout, frame: RunFrame): string {
  const { paint, tick, now } = frame
  const tone = RUN_TONES[asset.state]
  const mark = asset.state === 'running' ? spinner(tick) : MARKS[asset.state]
  const state = { text: asset.state === 'running' ? describeMode(asset) : asset.state, tone }
  const line = rowLine(layout, [asset.key, state, describeTime(asset, now), detailOf(asset, frame)], paint)
  return `${paint(mark, tone)} ${line}`
}

const spinner = (tick: number): string => SPINNER[tick % SPINNER.length] ?? ''

function describeMode({ mode, retry }: RunAsset): string {
  if (retry) return 'retrying'
  switch (mode) {
    case 'ingest':
      return 'ingesting'
    case 'full':
    case null:
      return 'building'
    case 'check':
      return 'checking'
    case 'rename':
      return 'moving'
    case 'keys':
    case 'partitions':
      return 'updating'
  }
}

function describeTime({ state, startedAt, durationMs }: RunAsset, now: Date): string {
  if (durationMs !== null) return startedAt === null ? '' : duration(durationMs)
  return state === 'running' && startedAt !== null ? duration(now.getTime() - Date.parse(startedAt)) : ''
}

function detailOf(asset: RunAsset, { now, past }: RunFrame): TextCell {
  const [cause] = asset.causes
  switch (asset.state) {
    case 'running':
      return runningDetail(asset, now, past)
    case 'waiting':
      return { text: cause ? firstLine(cause.message) : '', tone: 'dim' }
    case 'failed':
      return { text: describeResult(asset), tone: 'dim' }
    case 'materialized':
    case 'unchanged': {
      const { length } = asset.warnings
      const size = asset.bytesWritten > 0 ? bytes(asset.bytesWritten) : ''
      return { text: describeResult(asset, size), ...(length > 0 && { tail: `, ${counted(length, 'warning')}` }) }
    }
    case 'fresh':
      return { text: "its upstreams' rows are the same", tone: 'dim' }
    case 'skipped':
      return { text: asset.because.length > 0 ? `because ${asset.because.join(', ')} failed` : '', tone: 'dim' }
    case 'canceled':
      return { text: describeResult(asset) }
  }
}

const BAR = 20

/** Shows the most useful fact: progress, a retry, how long the step took before, or why it runs. */
function runningDetail(asset: RunAsset, now: Date, past: PastDurations | undefined): TextCell {
  const { progress, retry, causes } = asset
  if (progress) {
    const { done, total } = progress
    return { text: describeProgress(progress) + (total === 0 ? '' : ` ${bar(done, total, BAR)}`) }
  }
  if (retry) return { text: describeRetry(retry, now), tone: 'warn' }
  const expected = past && expectedOf(asset, past)
  const why = causes[0] ? firstLine(causes[0].message) : ''
  return { text: expected === undefined ? why : `of ${about(expected)}, ${why}`, tone: 'dim' }
}

/**
 * Describes the attempt that waits or runs: `attempt 2 of 3 begins in 8 s, after: ...`. The message
 * comes from the attempt before.
 */
function describeRetry({ attempt, attempts, message, nextAt }: RunRetry, now: Date): string {
  const wait = Date.parse(nextAt) - now.getTime()
  const begins = wait > 0 ? ` begins in ${duration(wait)}` : ''
  return `attempt ${attempt + 1} of ${attempts}${begins}, after: ${firstLine(message)}`
}
