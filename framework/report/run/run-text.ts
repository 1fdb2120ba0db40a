/** Prints the events of a run as lines, and their summary. */
import type { AffectedSummary, EventSink, JobPlaced, RunEvent } from '../../run/events.ts'
import { firstLine, printable, printableLine } from '../../text/printable.ts'
import { cellsOf } from '../layout/display-width.ts'
import { count, counted, duration } from '../layout/format-numbers.ts'
import type { Paint, Tone } from '../layout/page.ts'
import { type EndedCluster, foldEvent, type RunAsset, type RunAssetState, type RunView } from './run-view.ts'

/** The note that is printed right after an interrupt. */
export const STOPPING = 'stopping; finished work is kept'

export const RUN_TONES: Readonly<Record<RunAssetState, Tone>> = {
  waiting: 'dim',
  running: 'busy',
  materialized: 'good',
  unchanged: 'good',
  fresh: 'good',
  failed: 'bad',
  skipped: 'warn',
  canceled: 'warn',
}

/**
 * Returns a sink for logs and CI. It prints a line for each event that matters, errors in full, and
 * a summary.
 */
export function runPrinter(print: (line: string) => void, paint: Paint): EventSink {
  let view: RunView | undefined
  let keyWidth = 0
  return (event) => {
    view = foldEvent(view, event)
    if (event.type === 'run-started') keyWidth = Math.max(0, ...event.steps.map(({ asset }) => asset.length))
    for (const line of eventLines(event, view, { keyWidth, paint })) print(line)
  }
}

interface Style {
  readonly keyWidth: number
  readonly paint: Paint
}

/** Writes the lines of one event. `view` is the state of the run after it. */
function eventLines(event: RunEvent, view: RunView, style: Style): readonly string[] {
  const { paint } = style
  switch (event.type) {
    case 'run-started': {
      if (event.steps.length === 0) return []
      const engine = event.engine === null ? '' : ` with ${event.engine}`
      return [paint(`run ${event.runId}: ${counted(event.steps.length, 'step')} on ${event.lake}${engine}`, 'dim')]
    }
    case 'job-placed':
      return [paint(describePlaced(event), 'dim')]
    case 'job-changed':
      return []
    case 'cost-estimated':
      return [paint(`cost so far: ${event.cost}`, 'dim')]
    case 'cluster-ended':
      return [paint(describeEnded(event), 'dim')]
    case 'run-waited':
      return [paint(`waiting: ${printable(event.message)}`, 'warn')]
    case 'run-warned':
      return warningLines(event.message, paint)
    case 'step-started': {
      const [first, ...others] = event.causes
      const cause = first ? firstLine(first.message) : ''
      const more = others.length > 0 ? ` +${others.length} more` : ''
      return [paint(assetLine(event.asset, 'started', { ...style, text: cause + more }), 'dim')]
    }
    case 'step-progressed':
      return []
    case 'step-retried': {
      const { attempt, attempts, delayMs, error } = event
      const text = `attempt ${attempt} of ${attempts} failed, the next begins after ${duration(delayMs)}`
      return [assetLine(event.asset, 'retrying', { ...style, tone: 'warn', text }), ...indented(error.message)]
    }
    case 'step-warned':
      return [assetLine(event.asset, 'warning', { ...style, tone: 'warn' }), ...indented(event.message)]
    case 'step-finished': {
      const asset = view.assets[view.indexes.get(event.asset) ?? -1]
      // Assets that never ran are summed up at the end: hundreds of lines would hide the reason.
      if (!asset || (asset.startedAt === null && asset.state !== 'fresh' && asset.state !== 'failed')) return []
      const line = assetLine(event.asset, asset.state, {
        ...style,
        tone: RUN_TONES[asset.state],
        text: describeEnd(asset),
      })
      return [line, ...errorLines(asset)]
    }
    case 'run-finished':
      return [
        ...leftOutLines(view, paint),
        ...ownErrorLines(view, paint),
        ...failedLines(view, paint),
        ...endLines(view, paint),
      ]
  }
}

interface LineStyle extends Style {
  readonly tone?: Tone
  readonly text?: string
}

const STATE_WIDTH = 'materialized'.length

function assetLine(key: string, state: string, { keyWidth, paint, tone, text = '' }: LineStyle): string {
  const named = key + ' '.repeat(Math.max(0, keyWidth - cellsOf(key)))
  const padding = ' '.repeat(Math.max(0, STATE_WIDTH - state.length))
  return `${named}  ${tone ? paint(state, tone) : state}${padding}  ${text}`.trimEnd()
}

/** Describes the end of a step: `6,820 rows in 2 partitions, version 3, 0.4 s`. */
function describeEnd(asset: RunAsset): string {
  const took = asset.durationMs === null ? '' : duration(asset.durationMs)
  const result = describeResult(asset)
  return result && took ? `${result}, ${took}` : result + took
}

/**
 * Describes the result of a step without its duration. Empty if it published nothing. `size` is a
 * text for the bytes that it wrote.
 */
export function describeResult(asset: RunAsset, size = ''): string {
  const version = asset.version === null ? '' : `, version ${asset.version}`
  switch (asset.state) {
    case 'materialized':
      return `${describeWritten(asset)}${size && `, ${size}`}${describeRefused(asset)}${version}${describeCursor(asset)}`
    case 'unchanged':
      return `same rows as before${describeRefused(asset)}${version}${describeCursor(asset)}`
    case 'failed':
    case 'canceled':
      return describeKept(asset)
    case 'waiting':
    case 'running':
    case 'fresh':
    case 'skipped':
      return ''
  }
}

/** Describes what an interrupted read kept: `29 of 30 files kept for the next run` */
const describeKept = ({ kept }: RunAsset): string =>
  kept ? `${count(kept.files)} of ${counted(kept.of, 'file')} kept for the next run` : ''

const MAX_CURSOR_SHOWN = 60

/** Describes where the next read of rows from code begins: `, cursor "25"`. */
export function describeCursor({ read }: RunAsset): string {
  if (read?.cursor === undefined) return ''
  const text = printableLine(JSON.stringify(read.cursor))
  return `, cursor ${text.length > MAX_CURSOR_SHOWN ? `${text.slice(0, MAX_CURSOR_SHOWN)}…` : text}`
}

const describeRefused = ({ rejected }: RunAsset): string =>
  rejected > 0 ? `, ${counted(rejected, 'line')} refused` : ''

function describeWritten({ rows, rowsWritten, partitionsWritten, affected }: RunAsset): string {
  if (affected && rows !== null) return `${counted(rows, 'row')}: ${describeAffected(affected)}`
  const where = partitionsWritten > 1 ? ` in ${counted(partitionsWritten, 'partition')}` : ''
  if (rows === null || rows === rowsWritten) return `${counted(rowsWritten, 'row')}${where}`
  return `${count(rowsWritten)} of ${counted(rows, 'row')}${where}`
}

/** Describes changed rows: `12 added, 3 removed`. A row that changed counts as both. */
function describeAffected({ rowsAdded, rowsRemoved }: AffectedSummary): string {
  const counts = [
    [rowsAdded, 'added'],
    [rowsRemoved, 'removed'],
  ] as const
  const changed = counts.flatMap(([number, verb]) => (number > 0 ? [`${count(number)} ${verb}`] : []))
  return changed.length === 0 ? 'none changed' : changed.join(', ')
}

const errorLines = ({ error }: RunAsset): readonly string[] => (error ? indented(error.message) : [])

export function indented(text: string): readonly string[] {
  return printable(text)
    .split('\n')
    .map((line) => `  ${line}`.trimEnd())
}

/** Sums up the assets that never ran: `skipped because songs failed: plays, users`. */
export function leftOutLines({ assets }: RunView, paint: Paint): readonly string[] {
  const groups = new Map<string, string[]>()
  for (const { key, state, because, startedAt } of assets) {
    if ((state !== 'skipped' && state !== 'canceled') || startedAt !== null) continue
    const why = because.length > 0 ? ` because ${someOf(because)} failed` : ''
    const group = paint(state, RUN_TONES[state]) + why
    groups.set(group, [...(groups.get(group) ?? []), key])
  }
  return [...groups].map(([group, keys]) => `${group}: ${someOf(keys)}`)
}

/** Maximum number of assets to name. */
const KEYS_NAMED = 10

export function someOf(keys: readonly string[]): string {
  const more = keys.length - KEYS_NAMED
  return more > 0 ? `${keys.slice(0, KEYS_NAMED).join(', ')}, +${count(more)} more` : keys.join(', ')
}

/** Says where a job of the engine runs: `lake R/session/1 runs as process 12`. */
export const describePlaced = ({ name, takenUp, where }: JobPlaced): string =>
  `${name} ${takenUp ? 'is adopted' : 'runs'} as ${where}`

/**
 * Describes a cluster that the run ended: `ended the cluster j-1 (lake R), which the dead run R had
 * left running`.
 */
export function describeEnded({ cluster, deadRun }: EndedCluster): string {
  return `ended the cluster ${cluster}, which the dead run ${deadRun} had left running`
}

/** Writes a warning about the run and not about an asset. */
const warningLines = (message: string, paint: Paint): readonly string[] => [
  paint('warning', 'warn'),
  ...indented(message),
]

/** Writes the error that ended the run, if it does not belong to an asset. */
function ownErrorLines({ assets, error }: RunView, paint: Paint): readonly string[] {
  if (!error || assets.some((asset) => asset.error)) return []
  const bug = error.code === 'bug' ? 'this is a bug, please report it:\n' : ''
  return [paint('failed', 'bad'), ...indented(bug + error.message)]
}

/** Writes warnings and errors in full, each below the name of its asset. */
export function problemLines(view: RunView, paint: Paint): readonly string[] {
  const { assets, warnings } = view
  const assetProblems = assets.flatMap(({ key, warnings: own, error }) => [
    ...own.flatMap((message) => [`${key} ${paint('warning', 'warn')}`, ...indented(message)]),
    ...(error ? [`${key} ${paint('failed', 'bad')}`, ...indented(error.message)] : []),
  ])
  return [
    ...warnings.flatMap((message) => warningLines(message, paint)),
    ...assetProblems,
    ...ownErrorLines(view, paint),
  ]
}

/** Repeats the failures at the end, one line each, because people miss them in a long log. */
function failedLines({ assets }: RunView, paint: Paint): readonly string[] {
  const failed = assets.flatMap(({ key, error }) => (error ? [{ key, message: error.message }] : []))
  const more = failed.length - KEYS_NAMED
  const lines = failed.slice(0, KEYS_NAMED).map(({ key, message }) => {
    const line = firstLine(message).replace(/, such as$/, '')
    return `${paint('failed', 'bad')}: ${line.startsWith(`${key}:`) ? line : `${key}: ${line}`}`
  })
  return more > 0 ? [...lines, `${paint('failed', 'bad')}: +${count(more)} more`] : lines
}

/** Writes the summary of a run, and what to do next unless it succeeded. */
export function endLines(view: RunView, paint: Paint): readonly string[] {
  return [summaryLine(view, paint), ...nextLines(view)]
}

function nextLines({ runId, status }: RunView): readonly string[] {
  switch (status) {
    case 'running':
    case 'succeeded':
      return []
    case 'failed':
      return [
        `\`lake run ${runId}\` shows it in full; after you have fixed it, \`lake run resume ${runId}\` does the rest.`,
      ]
    case 'canceled':
      return [`Published tables stay. \`lake run resume ${runId}\` does the rest.`]
  }
}

/** Summarizes a run: `Failed in 12 s: 1 failed, 3 materialized, 2 fresh; 6,820 rows written.` */
export function summaryLine(view: RunView, paint: Paint): string {
  const took = view.durationMs === null ? '' : ` in ${duration(view.durationMs)}`
  const ran = view.assets.length - view.totals.states.fresh
  if (view.status === 'succeeded' && ran === 0) return `Nothing to do: ${describeFresh(view)}.`
  const [label, tone] = STATUS_LABELS[view.status]
  const rows = view.totals.rowsWritten > 0 ? `; ${counted(view.totals.rowsWritten, 'row')} written` : ''
  return `${paint(label, tone)}${took}: ${runCounts(view)}${rows}.`
}

function describeFresh({ assets }: RunView): string {
  if (assets.length === 0) return 'no asset is selected'
  return assets.length === 1 ? 'the asset is fresh' : `all ${counted(assets.length, 'asset')} are fresh`
}

const STATUS_LABELS: Readonly<Record<RunView['status'], readonly [label: string, tone: Tone]>> = {
  running: ['Unfinished', 'warn'],
  succeeded: ['Done', 'good'],
  failed: ['Failed', 'bad'],
  canceled: ['Interrupted', 'warn'],
}

/** States in the order of the counts, problems first. */
const COUNTED: readonly RunAssetState[] = [
  'failed',
  'skipped',
  'canceled',
  'running',
  'materialized',
  'unchanged',
  'fresh',
]

/** Counts the assets by state, problems first: `1 failed, 3 materialized, 1 warning`. */
export function runCounts({ totals, warnings: own }: RunView): string {
  const states = COUNTED.flatMap((state) => {
    const number = totals.states[state]
    return number > 0 ? [`${count(number)} ${state}`] : []
  })
  const warned = totals.warnings + own.length
  const warnings = warned > 0 ? [counted(warned, 'warning')] : []
  return [...states, ...warnings].join(', ')
}
