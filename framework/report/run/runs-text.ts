/** Prints past runs: the list of `lake runs`, and one run in full. */
import { firstLine, printable } from '../../text/printable.ts'
import { age, count, counted, duration, moment } from '../layout/format-numbers.ts'
import type { Page, Tone } from '../layout/page.ts'
import { type TextCell, type TextColumn, type TextRow, tableLines } from '../layout/text-table.ts'
import { describeCursor, leftOutLines, problemLines, RUN_TONES, runCounts, summaryLine } from './run-text.ts'
import type { RunAsset, RunView } from './run-view.ts'

/** Writes one line for each run, in the given order. */
export function runListText(runs: readonly RunView[], page: Page): string {
  if (runs.length === 0) return 'No runs yet: `lake materialize` starts the first.'
  return tableLines(
    RUN_COLUMNS,
    runs.map((run) => runRow(run, page.now)),
    page,
  ).join('\n')
}

export const RUN_COLUMNS: readonly TextColumn[] = [
  { title: 'run' },
  { title: 'status' },
  { title: 'started', align: 'right' },
  { title: 'took', align: 'right' },
  { title: 'engine', spare: true },
  { title: 'rows written', align: 'right', spare: true },
  { title: 'assets' },
]

/** A run on one line, in `RUN_COLUMNS`. */
export function runRow(run: RunView, now: Date): TextRow {
  return [
    run.runId,
    statusCell(run),
    age(new Date(run.startedAt), now),
    run.durationMs === null ? '-' : duration(run.durationMs),
    run.engine ?? '-',
    count(run.totals.rowsWritten),
    runCounts(run),
  ]
}

const STATUS_TONES: Readonly<Record<RunView['status'], Tone>> = {
  running: 'busy',
  succeeded: 'good',
  failed: 'bad',
  canceled: 'warn',
}

/** A running run and a killed one look the same in the log. */
const statusCell = ({ status }: RunView): TextCell => ({
  text: status === 'running' ? 'unfinished' : status,
  tone: STATUS_TONES[status],
})

/**
 * Writes the selection of a run, the outcome of each asset, and every warning and error in full.
 */
export function runText(run: RunView, page: Page): string {
  const { paint } = page
  const problems = [...problemLines(run, paint), ...leftOutLines(run, paint)]
  return [
    ...runFacts(run, page),
    '',
    ...(run.assets.length > 0 ? [...tableLines(ASSET_COLUMNS, run.assets.map(assetRow), page, 'wrap'), ''] : []),
    ...(problems.length > 0 ? [...problems, ''] : []),
    summaryLine(run, paint),
  ].join('\n')
}

/**
 * The facts of a run, a line each: its lake, engine, selection, start, jobs, cost and what it read.
 */
export function runFacts(run: RunView, { paint, now }: Page): readonly string[] {
  const started = new Date(run.startedAt)
  const selection = run.selection.length > 0 ? run.selection.join(' ') : 'everything'
  return [
    paint(`run ${run.runId}`, 'strong'),
    `lake       ${run.lake}`,
    `engine     ${run.engine ?? 'none'}`,
    `selection  ${selection}`,
    `started    ${moment(started)} UTC, ${age(started, now)}`,
    ...run.waited.map((message) => `waited     ${printable(message)}`),
    ...run.jobs.map(({ name, where }) => `job        ${name}: ${where}`),
    ...(run.cost === null ? [] : [`cost       ${run.cost}${run.status === 'running' ? ' so far' : ''}`]),
    ...run.ended.map(
      ({ cluster, deadRun }) => `ended      cluster ${cluster}, left running by the dead run ${deadRun}`,
    ),
    ...run.assets.flatMap((asset) =>
      asset.read
        ? `read       ${asset.key}: code gave ${counted(asset.read.given, 'row')}${describeCursor(asset)}`
        : [],
    ),
  ]
}

const ASSET_COLUMNS: readonly TextColumn[] = [
  { title: 'asset', shrinks: true },
  { title: 'outcome' },
  { title: 'rows written', align: 'right' },
  { title: 'rows', align: 'right', optional: true, spare: true },
  { title: 'partitions', align: 'right', spare: true },
  { title: 'version', align: 'right' },
  { title: 'took', align: 'right', optional: true },
  { title: 'because', optional: true },
]

function assetRow(asset: RunAsset): TextRow {
  const [first, ...others] = asset.causes
  return [
    asset.key,
    { text: asset.state, tone: RUN_TONES[asset.state] },
    count(asset.rowsWritten),
    asset.rows === null ? '' : count(asset.rows),
    count(asset.partitionsWritten),
    asset.version === null ? '-' : count(asset.version),
    asset.durationMs === null ? '' : duration(asset.durationMs),
    first ? { text: firstLine(first.message), ...(others.length > 0 && { tail: ` +${others.length} more` }) } : '',
  ]
}
