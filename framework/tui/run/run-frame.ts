import { cut, wrap } from '../../report/layout/display-width.ts'
import { count, counted, duration } from '../../report/layout/format-numbers.ts'
import { layOut, rowLine, type TableLayout, type TextCell, type TextColumn } from '../../report/layout/text-table.ts'
import { RUN_TONES, describeResult, runCounts, STOPPING } from '../../report/run/run-text.ts'
import type { RunAsset, RunAssetState, RunProgress, RunView } from '../../report/run/run-view.ts'
import { firstLine, printable } from '../../text/printable.ts'
import type { Frame } from '../frame.ts'

const SPINNER = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏']
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
  /** Turns the spinners. */
  readonly tick: number
  /** The run was told to stop. */
  readonly stopping?: boolean
}

/** A run that goes on, in at most the lines of the frame: all its assets, or those that matter now and numbers for the rest. */
export function runFrame(view: RunView | undefined, frame: RunFrame): readonly string[] {
  const { paint, now, width, tick, stopping } = frame
  if (!view) return [`${paint(spinner(tick), 'busy')} looking at what is stale`]
  const elapsed = duration(now.getTime() - Date.parse(view.startedAt))
  const assets = assetLines(view, frame.height - 3, { ...frame, errors: ERROR_LINES })
  const words = cut(doneWords(view, elapsed), width)
  return [headerOf(view, frame), ...assets, stopping ? paint(cut(STOPPING, width), 'warn') : '', words]
}

/** What stays on the terminal of a run that is over. Errors and the sum come after it, as text that may be longer than the terminal. */
export function lastRunFrame(view: RunView | undefined, frame: RunFrame): readonly string[] {
  const assets = view ? assetLines(view, frame.height - 1, { ...frame, errors: 0 }) : []
  return view && assets.length > 0 ? [headerOf(view, frame), ...assets] : []
}

function headerOf({ runId, lake, engine, jobs }: RunView, { paint, width }: Frame): string {
  const at = jobs.at(-1)
  const words = at ? `, ${at.where}` : ''
  return paint(cut(`run ${runId} on ${lake}${engine === null ? '' : ` with ${engine}${words}`}`, width), 'dim')
}

function doneWords(view: RunView, elapsed: string): string {
  const { waiting, running } = view.totals.states
  const done = view.assets.length - waiting - running
  const counts = runCounts(view)
  const so = [
    `${count(done)} of ${count(view.assets.length)} done`,
    elapsed,
    ...(view.cost === null ? [] : [view.cost]),
  ]
  return `${so.join(', ')}${counts && `: ${counts}`}`
}

interface Drawing extends RunFrame {
  /** So many lines of an error are shown below its asset. */
  readonly errors: number
}

type Block = readonly string[]

function assetLines(view: RunView, height: number, drawing: Drawing): readonly string[] {
  const { width } = drawing
  // Assets that were only looked at would bury those that the run is about.
  const assets = view.assets.filter(({ state, mode }) => state !== 'fresh' || mode !== null)
  const longest = assets.reduce((longer, { key }) => (key.length > longer.length ? key : longer), '')
  const widest = ['materialized', '59 min 59 s', ' '.repeat(width)]
  const layout = layOut(COLUMNS, [[longest, ...widest]], width - MARGIN)
  const block = (asset: RunAsset): Block => assetBlock(asset, layout, drawing)
  if (assets.length <= height) {
    const blocks = assets.map(block)
    if (linesIn(blocks) <= height) return blocks.flat()
  }
  return mattering(assets, height, block)
}

/**
 * Those that failed, at most in half of the lines, then those that run, then those that finished last, then those that wait. The
 * ones that finished stand above: what goes on stands still at the bottom.
 */
function mattering(assets: readonly RunAsset[], height: number, block: (asset: RunAsset) => Block): readonly string[] {
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
/** How far a step has come is worth more than the rest: its mark says what state it is in, too. */
const COLUMNS: readonly TextColumn[] = [
  { title: '', shrinks: true },
  { title: '', spare: true },
  { title: '', align: 'right', spare: true },
  { title: '' },
]

function assetBlock(asset: RunAsset, layout: TableLayout, { paint, now, tick, width, errors }: Drawing): Block {
  const tone = RUN_TONES[asset.state]
  const mark = asset.state === 'running' ? spinner(tick) : MARKS[asset.state]
  const state = { text: asset.state === 'running' ? stepWord(asset) : asset.state, tone }
  const detail = asset.state === 'failed' && errors > 0 ? '' : detailOf(asset)
  const line = rowLine(layout, [asset.key, state, tookWords(asset, now), detail], paint)
  const error = errors > 0 && asset.error ? wrap(printable(asset.error.message), width - 2 * MARGIN) : []
  const shown = error.length > errors ? [...error.slice(0, errors - 1), '…'] : error
  return [`${paint(mark, tone)} ${line}`, ...shown.map((words) => `    ${paint(words, 'bad')}`)]
}

const spinner = (tick: number): string => SPINNER[tick % SPINNER.length] ?? ''

function stepWord({ mode }: RunAsset): string {
  switch (mode) {
    case 'ingest':
      return 'ingesting'
    case 'full':
    case null:
      return 'building'
    case 'check':
      return 'checking'
    case 'keys':
    case 'partitions':
      return 'updating'
  }
}

function tookWords({ state, startedAt, durationMs }: RunAsset, now: Date): string {
  if (durationMs !== null) return duration(durationMs)
  return state === 'running' && startedAt !== null ? duration(now.getTime() - Date.parse(startedAt)) : ''
}

function detailOf(asset: RunAsset): TextCell {
  if (asset.progress) return { text: progressWords(asset.progress) }
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
      return { text: '' }
  }
}

const BAR = 20

function progressWords({ done, total, unit }: RunProgress): string {
  const full = total > 0 ? Math.min(BAR, Math.floor((done / total) * BAR)) : 0
  return `${count(done)} of ${count(total)} ${unit} ${'█'.repeat(full)}${'░'.repeat(BAR - full)}`
}
