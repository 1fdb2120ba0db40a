/** Prints the status of the assets as a table. */
import { firstLine, printable } from '../text/printable.ts'
import { count, counted, shortAge } from './layout/format-numbers.ts'
import type { Page, Tone } from './layout/page.ts'
import { type TextCell, type TextColumn, type TextRow, tableLines } from './layout/text-table.ts'
import { scheduleProblem } from './schedule-text.ts'
import type { AssetState, AssetStatus, RunningWork, StatusReport } from './status.ts'

export const STATE_TONES: Readonly<Record<AssetState, Tone>> = {
  fresh: 'good',
  stale: 'warn',
  missing: 'warn',
  failed: 'bad',
  running: 'busy',
}

/** Writes one line for each asset, upstreams first, and what to do next. */
export function statusText(report: StatusReport, page: Page): string {
  const rows = report.assets.map((asset) => statusRow(asset, page.now))
  return [
    page.paint(report.lake, 'dim'),
    ...tableLines(STATUS_COLUMNS, rows, page, 'wrap'),
    '',
    stateCounts(report),
    ...lakeProblems(report),
    ...advice(report).map((line) => page.paint(line, 'dim')),
  ].join('\n')
}

const STATUS_COLUMNS: readonly TextColumn[] = [
  { title: 'asset', shrinks: true },
  { title: 'state' },
  { title: 'rows', align: 'right' },
  { title: 'rejected', align: 'right', optional: true, spare: true },
  { title: 'partitions', align: 'right', optional: true, spare: true },
  { title: 'version', align: 'right' },
  { title: 'age', align: 'right' },
  { title: 'reason', optional: true },
]

function statusRow(asset: AssetStatus, now: Date): TextRow {
  const { state, rejected, materializedAt } = asset
  return [
    { text: asset.key },
    { text: state, tone: STATE_TONES[state] },
    countOrDash(asset.rows),
    rejected ? { text: count(rejected), tone: 'warn' } : '',
    countOrDash(asset.partitions),
    countOrDash(asset.version),
    materializedAt === null ? '-' : shortAge(new Date(materializedAt), now),
    reasonCell(asset, now),
  ]
}

const countOrDash = (value: number | null): string => (value === null ? '-' : count(value))

/**
 * Explains the state on one line: the failure, or the first cause, check or warning with the number
 * of others.
 */
function reasonCell(asset: AssetStatus, now: Date): TextCell {
  const { state, failure, runId, job } = asset
  if (state === 'running') return { text: job ? describeWork(job, now) : `being built by run ${runId}` }
  if (failure) return { text: firstLine(failure.error.message), tone: 'bad' }
  const { reasons, tone } = reasonsOf(asset, now)
  const [first, ...others] = reasons
  if (first === undefined) return { text: '' }
  return {
    text: firstLine(first),
    ...(others.length > 0 && { tail: ` +${others.length} more` }),
    ...(tone && { tone }),
  }
}

export interface Reasons {
  /** The most important first. */
  readonly reasons: readonly string[]
  /** undefined for causes and warnings, which are no problems. */
  readonly tone: Tone | undefined
}

/** Explains the state of an asset that no run builds and that has not failed. */
export function reasonsOf(asset: ReasonedStatus, now: Date): Reasons {
  const { state, causes, warnings = [] } = asset
  const checks = checkLines(asset)
  const overdue = overdueLines(asset, now)
  const isOfChecks = causes.length === 0 && checks.length > 0
  return {
    reasons: [...overdue, ...causes.map(({ message }) => message), ...checks, ...warnings],
    tone: overdue.length > 0 || (isOfChecks && state === 'failed') ? 'bad' : isOfChecks ? 'warn' : undefined,
  }
}

/** The state as the screen shows it, which has more states. */
type ReasonedStatus = Omit<AssetStatus, 'state'> & { readonly state: string }

/** Mentions if the asset is overdue. */
export function overdueLines(
  { freshness, materializedAt }: Pick<AssetStatus, 'freshness' | 'materializedAt'>,
  now: Date,
): readonly string[] {
  if (!freshness?.overdue) return []
  const age =
    materializedAt === null
      ? 'there is no version'
      : `the newest version is ${shortAge(new Date(materializedAt), now)} old`
  return [`overdue: ${age}, and at most ${freshness.within} is expected`]
}

/** Describes the checks that the current rows failed or have not passed yet. */
export function checkLines({ checks, unchecked }: Pick<AssetStatus, 'checks' | 'unchecked'>): readonly string[] {
  return [
    ...checks.map(({ check, rows, severity, explanation }) => {
      const prefix = severity === 'warn' ? 'warning: ' : ''
      const why = explanation === undefined ? ` for ${counted(rows, 'row')}` : `: ${explanation}`
      return `${prefix}the check "${check}" fails${why}`
    }),
    ...unchecked.map((check) => `not checked yet: ${check}`),
  ]
}

function describeWork({ where, since, cost }: RunningWork, now: Date): string {
  const parts = ['being built', shortAge(new Date(since), now), ...(cost === undefined ? [] : [cost])]
  return `${parts.join(', ')}: ${where}`
}

/** Counts the assets by state: `7 assets: 3 fresh, 2 stale, 1 failed; 1 overdue`. */
export function stateCounts({ assets }: StatusReport): string {
  const counts = countStates(assets)
  const parts = Object.entries(counts).flatMap(([state, number]) => (number > 0 ? [`${count(number)} ${state}`] : []))
  const overdue = assets.filter(({ freshness }) => freshness?.overdue).length
  const late = overdue > 0 ? `; ${count(overdue)} overdue` : ''
  return parts.length === 0 ? 'no assets' : `${counted(assets.length, 'asset')}: ${parts.join(', ')}${late}`
}

/**
 * Describes problems of the lake that do not belong to an asset: tables that remain after a rename
 * or a removal of their asset, and ticks of schedules.
 */
export function lakeProblems({ undeclared = [], schedules = [] }: StatusReport): readonly string[] {
  const names = undeclared.map(printable).join(', ')
  return [
    ...(names === '' ? [] : [`in the lake, but declared by no asset: ${names} (\`lake drop KEY\` removes one)`]),
    ...schedules.flatMap((state) => scheduleProblem(state) ?? []),
  ]
}

function countStates(assets: readonly AssetStatus[]): Readonly<Record<AssetState, number>> {
  const counts = { fresh: 0, stale: 0, missing: 0, failed: 0, running: 0 }
  for (const { state } of assets) counts[state] += 1
  return counts
}

function rejectsAdvice(assets: readonly AssetStatus[]): readonly string[] {
  const refused = assets.filter(({ rejected, failure }) => rejected || failure?.error.code === 'source-broken')
  const [first, ...others] = refused.map(({ key }) => key)
  if (first === undefined) return []
  const more = others.length > 0 ? ` (some of ${counted(others.length, 'other source')} too)` : ''
  return [`\`lake rejects ${first}\` lists the lines of ${first} that were refused${more}.`]
}

function advice({ assets }: StatusReport): readonly string[] {
  const counts = countStates(assets)
  const failed = assets.find(({ state }) => state === 'failed')
  const run = failed?.failure?.runId
  return [
    ...rejectsAdvice(assets),
    ...(run === undefined ? [] : [`\`lake run ${run}\` shows why ${failed?.key} failed.`]),
    ...(counts.stale + counts.missing + counts.failed === 0 &&
    assets.every(({ unchecked, movedFrom }) => unchecked.length === 0 && movedFrom === undefined)
      ? []
      : ['`lake materialize` brings everything up to date; `lake plan` shows what it would do.']),
  ]
}
