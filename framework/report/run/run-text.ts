import type { AffectedSummary, EventSink, RunEvent } from '../../run/events.ts'
import { firstLine, printable } from '../../text/printable.ts'
import { cellsOf } from '../layout/display-width.ts'
import { count, counted, duration } from '../layout/format-numbers.ts'
import type { Paint, Tone } from '../layout/page.ts'
import { type EndedCluster, foldEvent, type RunAsset, type RunAssetState, type RunView } from './run-view.ts'

/** What an interrupt is answered with at once. */
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

/** A sink for logs and CI: a line for each event that people want to know of, errors in full, and at the end the sum of it. */
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

/** `view` is the run after the event. */
function eventLines(event: RunEvent, view: RunView, style: Style): readonly string[] {
  const { paint } = style
  switch (event.type) {
    case 'run-started': {
      if (event.steps.length === 0) return []
      const engine = event.engine === null ? '' : ` with ${event.engine}`
      return [paint(`run ${event.runId}: ${counted(event.steps.length, 'step')} on ${event.lake}${engine}`, 'dim')]
    }
    case 'job-placed':
      return [paint(`${event.name} ${event.takenUp ? 'is taken up' : 'runs'} as ${event.where}`, 'dim')]
    case 'cost-estimated':
      return [paint(`cost so far: ${event.cost}`, 'dim')]
    case 'cluster-ended':
      return [paint(endedWords(event), 'dim')]
    case 'run-warned':
      return warningLines(event.message, paint)
    case 'step-started': {
      const [first, ...others] = event.causes
      const cause = first ? firstLine(first.message) : ''
      const more = others.length > 0 ? ` +${others.length} more` : ''
      return [paint(assetLine(event.asset, 'started', { ...style, words: cause + more }), 'dim')]
    }
    case 'step-progressed':
      return []
    case 'step-warned':
      return [assetLine(event.asset, 'warning', { ...style, tone: 'warn' }), ...indented(event.message)]
    case 'step-finished': {
      const asset = view.assets[view.places.get(event.asset) ?? -1]
      // What is left out is summed up at the end: of hundreds nobody could see why.
      if (!asset || (asset.startedAt === null && asset.state !== 'fresh' && asset.state !== 'failed')) return []
      const line = assetLine(event.asset, asset.state, {
        ...style,
        tone: RUN_TONES[asset.state],
        words: endWords(asset),
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
  readonly words?: string
}

const STATE_WIDTH = 'materialized'.length

function assetLine(key: string, state: string, { keyWidth, paint, tone, words = '' }: LineStyle): string {
  const named = key + ' '.repeat(Math.max(0, keyWidth - cellsOf(key)))
  const padding = ' '.repeat(Math.max(0, STATE_WIDTH - state.length))
  return `${named}  ${tone ? paint(state, tone) : state}${padding}  ${words}`.trimEnd()
}

/** `6,820 rows in 2 partitions, version 3, 0.4 s`. */
function endWords(asset: RunAsset): string {
  const took = asset.durationMs === null ? '' : duration(asset.durationMs)
  const words = resultWords(asset)
  return words && took ? `${words}, ${took}` : words + took
}

/** What came of a step, without the time it took; nothing for one that made and kept nothing. */
export function resultWords(asset: RunAsset): string {
  const version = asset.version === null ? '' : `, version ${asset.version}`
  switch (asset.state) {
    case 'materialized':
      return `${writtenWords(asset)}${refusedWords(asset)}${version}`
    case 'unchanged':
      return `same rows as before${refusedWords(asset)}${version}`
    case 'failed':
    case 'canceled':
      return keptWords(asset)
    case 'waiting':
    case 'running':
    case 'fresh':
    case 'skipped':
      return ''
  }
}

/** `29 of 30 files kept for the next run` */
const keptWords = ({ kept }: RunAsset): string =>
  kept ? `${count(kept.files)} of ${counted(kept.of, 'file')} kept for the next run` : ''

const refusedWords = ({ rejected }: RunAsset): string => (rejected > 0 ? `, ${counted(rejected, 'line')} refused` : '')

function writtenWords({ rows, rowsWritten, partitionsWritten, affected }: RunAsset): string {
  if (affected && rows !== null) return `${counted(rows, 'row')}: ${affectedWords(affected)}`
  const where = partitionsWritten > 1 ? ` in ${counted(partitionsWritten, 'partition')}` : ''
  if (rows === null || rows === rowsWritten) return `${counted(rowsWritten, 'row')}${where}`
  return `${count(rowsWritten)} of ${counted(rows, 'row')}${where}`
}

/** `12 added, 3 removed`: a row that changed is both. */
function affectedWords({ rowsAdded, rowsRemoved }: AffectedSummary): string {
  const counts = [
    [rowsAdded, 'added'],
    [rowsRemoved, 'removed'],
  ] as const
  return counts.flatMap(([number, word]) => (number > 0 ? [`${count(number)} ${word}`] : [])).join(', ')
}

const errorLines = ({ error }: RunAsset): readonly string[] => (error ? indented(error.message) : [])

export function indented(text: string): readonly string[] {
  return printable(text)
    .split('\n')
    .map((line) => `  ${line}`.trimEnd())
}

/** What never ran: `skipped because songs failed: plays, users`. */
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

const KEYS_NAMED = 10

function someOf(keys: readonly string[]): string {
  const more = keys.length - KEYS_NAMED
  return more > 0 ? `${keys.slice(0, KEYS_NAMED).join(', ')}, +${count(more)} more` : keys.join(', ')
}

/** `ended the cluster j-1 (lake R), which the dead run R had left up` */
export function endedWords({ cluster, deadRun }: EndedCluster): string {
  return `ended the cluster ${cluster}, which the dead run ${deadRun} had left up`
}

/** Of the run itself, and of none of its assets. */
const warningLines = (message: string, paint: Paint): readonly string[] => [
  paint('warning', 'warn'),
  ...indented(message),
]

/** What broke the run off, and is the failure of none of its assets. */
function ownErrorLines({ assets, error }: RunView, paint: Paint): readonly string[] {
  if (!error || assets.some((asset) => asset.error)) return []
  const bug = error.code === 'bug' ? 'this is a bug, please report it:\n' : ''
  return [paint('failed', 'bad'), ...indented(bug + error.message)]
}

/** Warnings and errors in full, each below the name of its asset. */
export function problemLines(view: RunView, paint: Paint): readonly string[] {
  const { assets, warnings } = view
  const ofAssets = assets.flatMap(({ key, warnings: own, error }) => [
    ...own.flatMap((message) => [`${key} ${paint('warning', 'warn')}`, ...indented(message)]),
    ...(error ? [`${key} ${paint('failed', 'bad')}`, ...indented(error.message)] : []),
  ])
  return [...warnings.flatMap((message) => warningLines(message, paint)), ...ofAssets, ...ownErrorLines(view, paint)]
}

/** Once more at the end, a line each: in the midst of a long log nobody sees them. */
function failedLines({ assets }: RunView, paint: Paint): readonly string[] {
  const failed = assets.flatMap(({ key, error }) => (error ? [{ key, message: error.message }] : []))
  const more = failed.length - KEYS_NAMED
  const lines = failed.slice(0, KEYS_NAMED).map(({ key, message }) => {
    const line = firstLine(message).replace(/, such as$/, '')
    return `${paint('failed', 'bad')}: ${line.startsWith(`${key}:`) ? line : `${key}: ${line}`}`
  })
  return more > 0 ? [...lines, `${paint('failed', 'bad')}: +${count(more)} more`] : lines
}

/** The sum of a run, and what to do next where it did not succeed. */
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
        `\`lake run ${runId}\` shows it in full; \`lake run resume ${runId}\` does what is left, once that is mended.`,
      ]
    case 'canceled':
      return [`What was published stays. \`lake run resume ${runId}\` does what is left.`]
  }
}

/** `Failed in 12 s: 1 failed, 3 materialized, 2 fresh; 6,820 rows written.` */
export function summaryLine(view: RunView, paint: Paint): string {
  const took = view.durationMs === null ? '' : ` in ${duration(view.durationMs)}`
  const ran = view.assets.length - view.totals.states.fresh
  if (view.status === 'succeeded' && ran === 0) return `Nothing to do: ${freshWords(view)}.`
  const [word, tone] = STATUS_WORDS[view.status]
  const rows = view.totals.rowsWritten > 0 ? `; ${counted(view.totals.rowsWritten, 'row')} written` : ''
  return `${paint(word, tone)}${took}: ${runCounts(view)}${rows}.`
}

function freshWords({ assets }: RunView): string {
  if (assets.length === 0) return 'no asset is selected'
  return assets.length === 1 ? 'the asset is fresh' : `all ${counted(assets.length, 'asset')} are fresh`
}

const STATUS_WORDS: Readonly<Record<RunView['status'], readonly [word: string, tone: Tone]>> = {
  running: ['Unfinished', 'warn'],
  succeeded: ['Done', 'good'],
  failed: ['Failed', 'bad'],
  canceled: ['Interrupted', 'warn'],
}

const COUNTED: readonly RunAssetState[] = [
  ...(['failed', 'skipped', 'canceled', 'running', 'materialized', 'unchanged', 'fresh'] as const),
]

/** `1 failed, 3 materialized, 1 warning`: what needs somebody first. */
export function runCounts({ totals, warnings: own }: RunView): string {
  const states = COUNTED.flatMap((state) => {
    const number = totals.states[state]
    return number > 0 ? [`${count(number)} ${state}`] : []
  })
  const warned = totals.warnings + own.length
  const warnings = warned > 0 ? [counted(warned, 'warning')] : []
  return [...states, ...warnings].join(', ')
}
