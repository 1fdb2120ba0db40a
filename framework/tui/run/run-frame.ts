/** Draws a run in the lines of a terminal. */
import { cut, wrap } from '../../report/layout/display-width.ts'
import { count, counted, duration } from '../../report/layout/format-numbers.ts'
import { layOut, rowLine, type TableLayout, type TextCell, type TextColumn } from '../../report/layout/text-table.ts'
import { describeResult, RUN_TONES, runCounts, STOPPING } from '../../report/run/run-text.ts'
import type { RunAsset, RunAssetState, RunProgress, RunRetry, RunView } from '../../report/run/run-view.ts'
import { firstLine, printable } from '../../text/printable.ts'
import type { Frame } from '../frame.ts'

const SPINNER = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏']
/** Maximum number of lines of an error below its asset. */
const ERROR_LINES = 3

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
  /** The run is stopping. */
  readonly stopping?: boolean
}

/**
 * Draws a run in progress, in at most the height of the frame: all assets, or the important ones
 * with counts of the rest.
 */
export function runFrame(view: RunView | undefined, frame: RunFrame): readonly string[] {
  const { paint, now, width, tick, stopping } = frame
  if (!view) return [`${paint(spinner(tick), 'busy')} looking for stale assets`]
  const wait = view.assets.length === 0 ? view.waited.at(-1) : undefined
  if (wait !== undefined) return wrap(`${paint(spinner(tick), 'busy')} waiting: ${printable(wait)}`, width)
  const elapsed = duration(now.getTime() - Date.parse(view.startedAt))
  const assets = assetLines(view, frame.height - 3, { ...frame, errors: ERROR_LINES })
  const progress = cut(describeDone(view, elapsed), width)
  return [headerOf(view, frame), ...assets, stopping ? paint(cut(STOPPING, width), 'warn') : '', progress]
}

/**
 * Draws what stays on the terminal when the run has ended. Errors and the summary follow it as text
 * of any length.
 */
export function lastRunFrame(view: RunView | undefined, frame: RunFrame): readonly string[] {
  const assets = view ? assetLines(view, frame.height - 1, { ...frame, errors: 0 }) : []
  return view && assets.length > 0 ? [headerOf(view, frame), ...assets] : []
}

function headerOf({ runId, lake, engine, jobs }: RunView, { paint, width }: Frame): string {
  const job = jobs.at(-1)
  const where = job ? `, ${job.where}` : ''
  return paint(cut(`run ${runId} on ${lake}${engine === null ? '' : ` with ${engine}${where}`}`, width), 'dim')
}

function describeDone(view: RunView, elapsed: string): string {
  const { waiting, running } = view.totals.states
  const done = view.assets.length - waiting - running
  const counts = runCounts(view)
  const facts = [
    `${count(done)} of ${count(view.assets.length)} done`,
    elapsed,
    ...(view.cost === null ? [] : [view.cost]),
  ]
  return `${facts.join(', ')}${counts && `: ${counts}`}`
}

interface AssetDrawing extends RunFrame {
  /** Maximum number of lines of an error below its asset. */
  readonly errors: number
}

type Block = readonly string[]

function assetLines(view: RunView, height: number, drawing: AssetDrawing): readonly string[] {
  const { width } = drawing
  // Fresh assets without a step would hide the others.
  const assets = view.assets.filter(({ state, mode }) => state !== 'fresh' || mode !== null)
  const longest = assets.reduce((longer, { key }) => (key.length > longer.length ? key : longer), '')
  const widest = ['materialized', '59 min 59 s', ' '.repeat(width)]
  const layout = layOut(COLUMNS, [[longest, ...widest]], width - MARGIN)
  const block = (asset: RunAsset): Block => assetBlock(asset, layout, drawing)
  if (assets.length <= height) {
    const blocks = assets.map(block)
    if (linesIn(blocks) <= height) return blocks.flat()
  }
  return importantLines(assets, height, block)
}

/**
 * Chooses failed assets for at most half of the lines, then running, then last finished, then
 * waiting ones. Draws finished ones at the top, so that running ones stay in place at the bottom.
 */
function importantLines(
  assets: readonly RunAsset[],
  height: number,
  block: (asset: RunAsset) => Block,
): readonly string[] {
  const within = (candidates: readonly RunAsset[], lines: number) =>
    fitting(candidates.slice(0, lines).map(block), lines)
  const finishedLast = assets.filter(hasFinished).toSorted((left, right) => finishTime(right) - finishTime(left))
  const ofState = (state: RunAssetState) => assets.filter((asset) => asset.state === state)
  const failed = within(ofState('failed').toReversed(), Math.floor(height / 2)).toReversed()
  const running = within(ofState('running'), height - linesIn(failed))
  const finished = within(finishedLast, height - linesIn([...failed, ...running])).toReversed()
  const waiting = within(ofState('waiting'), height - linesIn([...failed, ...running, ...finished]))
  return [...finished, ...failed, ...running, ...waiting].flat()
}

const hasFinished = ({ state, finishedAt }: RunAsset): boolean => state !== 'failed' && finishedAt !== null
const finishTime = ({ finishedAt }: RunAsset): number => (finishedAt === null ? 0 : Date.parse(finishedAt))
const linesIn = (blocks: readonly Block[]): number => blocks.reduce((sum, block) => sum + block.length, 0)

function fitting(blocks: readonly Block[], height: number): readonly Block[] {
  let left = height
  return blocks.filter((block) => {
    left -= block.length
    return left >= 0
  })
}

const MARGIN = 2
/** The progress has priority over state and time, because the mark shows the state too. */
const COLUMNS: readonly TextColumn[] = [
  { title: '', shrinks: true },
  { title: '', spare: true },
  { title: '', align: 'right', spare: true },
  { title: '' },
]

function assetBlock(asset: RunAsset, layout: TableLayout, { paint, now, tick, width, errors }: AssetDrawing): Block {
  const tone = RUN_TONES[asset.state]
  const mark = asset.state === 'running' ? spinner(tick) : MARKS[asset.state]
  const state = { text: asset.state === 'running' ? describeMode(asset) : asset.state, tone }
  const detail = asset.state === 'failed' && errors > 0 ? '' : detailOf(asset)
  const line = rowLine(layout, [asset.key, state, describeTime(asset, now), detail], paint)
  const error = errors > 0 && asset.error ? wrap(printable(asset.error.message), width - 2 * MARGIN) : []
  const shown = error.length > errors ? [...error.slice(0, errors - 1), '…'] : error
  return [`${paint(mark, tone)} ${line}`, ...shown.map((text) => `    ${paint(text, 'bad')}`)]
}

const spinner = (tick: number): string => SPINNER[tick % SPINNER.length] ?? ''

function describeMode({ mode }: RunAsset): string {
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
  if (durationMs !== null) return duration(durationMs)
  return state === 'running' && startedAt !== null ? duration(now.getTime() - Date.parse(startedAt)) : ''
}

function detailOf(asset: RunAsset): TextCell {
  if (asset.progress) return { text: describeProgress(asset.progress) }
  if (asset.retry) return { text: describeRetry(asset.retry), tone: 'warn' }
  const [cause] = asset.causes
  switch (asset.state) {
    case 'waiting':
    case 'running':
      return { text: cause ? firstLine(cause.message) : '', tone: 'dim' }
    case 'failed':
      return { text: asset.error ? firstLine(asset.error.message) : '' }
    case 'materialized':
    case 'unchanged': {
      const { length } = asset.warnings
      return { text: describeResult(asset), ...(length > 0 && { tail: `, ${counted(length, 'warning')}` }) }
    }
    case 'fresh':
      return { text: "its upstreams' rows are the same", tone: 'dim' }
    case 'skipped':
      return { text: asset.because.length > 0 ? `because ${asset.because.join(', ')} failed` : '', tone: 'dim' }
    case 'canceled':
      return { text: describeResult(asset) }
  }
}

/** Describes the attempt that runs or waits: `attempt 2 of 3, after: ...`. */
const describeRetry = ({ attempt, attempts, message }: RunRetry): string =>
  `attempt ${attempt + 1} of ${attempts}, after: ${firstLine(message)}`

const BAR = 20

function describeProgress({ done, total, unit }: RunProgress): string {
  if (total === 0) return `${count(done)} ${unit}`
  const full = Math.min(BAR, Math.floor((done / total) * BAR))
  return `${count(done)} of ${count(total)} ${unit} ${'█'.repeat(full)}${'░'.repeat(BAR - full)}`
}
