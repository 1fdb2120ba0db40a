/**
 * Runs the checks of the selected tables over their current rows, and records the failures for
 * `lake status`.
 */
import type { CheckFailure } from '../engine/check-failure.ts'
import type { LocalEngine } from '../engine/engine.ts'
import { checkCurrent } from '../execute/checks/check-step.ts'
import type { AssetGraph } from '../graph/asset-graph.ts'
import { describeChecks } from '../graph/describe-checks.ts'
import type { ResolvedAsset, ResolvedTable } from '../graph/resolved-asset.ts'
import { select } from '../graph/selection.ts'
import { freshnessOf, freshnessWords } from '../observe/expected/freshness.ts'
import type { TableState } from '../observe/observation.ts'
import { observeTable, type ProjectStorages } from '../observe/observe.ts'
import type { ErrorReport } from '../run/error-report.ts'
import { noteChecks } from '../run/failures.ts'
import { assetFailure } from './asset-failure.ts'

/** The result of the checks over the newest version of a table. */
export interface Checked {
  readonly key: string
  /** null if no version could be read. */
  readonly version: number | null
  /** `warned`: only checks of severity warn find rows. `not-checked`: see `error`. */
  readonly result: 'passed' | 'warned' | 'failed' | 'not-checked'
  /** Number of checks that were run. */
  readonly run: number
  /** The checks that rows fail, each with some of these rows. */
  readonly checks: readonly CheckFailure[]
  readonly error?: ErrorReport
}

interface CheckSelected {
  readonly graph: AssetGraph
  readonly storages: ProjectStorages
  readonly selection: readonly string[]
  readonly engine: () => Promise<LocalEngine>
  readonly signal: AbortSignal
  readonly now: () => Date
  /** Called with each result as soon as it is known, upstreams first. */
  readonly done: (checked: Checked) => void
}

/**
 * Checks every selected table that has been built, and the freshness of every selected asset that
 * declares it. Returns an error of one asset as its result, and does not throw it.
 */
export async function checkSelected(request: CheckSelected): Promise<readonly Checked[]> {
  const { graph, selection, signal, done } = request
  const results: Checked[] = []
  for (const key of select(graph, selection)) {
    const asset = graph.get(key)
    const failed = (error: unknown) => notChecked(key, assetFailure(key, error, signal))
    const checked = await checkAsset(request, asset).catch(failed)
    if (!checked) continue
    results.push(checked)
    done(checked)
  }
  return results
}

function notChecked(key: string, error: ErrorReport): Checked {
  return { key, version: null, result: 'not-checked', run: 0, checks: [], error }
}

/** Undefined if there is nothing to check: neither rows with checks nor an expected freshness. */
async function checkAsset(request: CheckSelected, asset: ResolvedAsset): Promise<Checked | undefined> {
  const { storages, now } = request
  const isExpected = asset.declared.expectations.freshness !== undefined
  if (asset.kind === 'source' && !isExpected) return undefined
  const state = await observeTable(storages.lake, asset.key)
  if (!state && !isExpected) return undefined
  const rows = asset.kind === 'table' && state ? await checkRows(request, asset, state) : []
  const checks = [...rows, ...overdueFailures(asset, state, now())]
  const isFailed = checks.some(({ severity }) => severity === 'error')
  const result = isFailed ? 'failed' : checks.length > 0 ? 'warned' : 'passed'
  const run = (asset.kind === 'table' && state ? describeChecks(asset).length : 0) + (isExpected ? 1 : 0)
  return { key: asset.key, version: state?.version ?? null, result, run, checks }
}

/** If an asset is overdue, it fails a check that is not about single rows. */
function overdueFailures(asset: ResolvedAsset, state: TableState | undefined, now: Date): readonly CheckFailure[] {
  const freshness = freshnessOf(asset, state, now)
  if (!freshness?.overdue) return []
  const explanation = state ? `it is of ${state.committedAt.toISOString()}` : 'there is no version'
  return [{ check: freshnessWords(freshness.within), severity: 'error', rows: 0, sample: [], explanation }]
}

async function checkRows(
  request: CheckSelected,
  asset: ResolvedTable,
  state: TableState,
): Promise<readonly CheckFailure[]> {
  const { storages, graph, signal } = request
  const context = { lake: storages.lake, graph, engine: await request.engine(), signal }
  const { checks } = await checkCurrent(context, asset, state)
  await note(request, asset, { state, checks })
  return checks
}

interface Found {
  readonly state: TableState
  readonly checks: readonly CheckFailure[]
}

/**
 * Stores the result for `lake status`. A failure to do so is ignored, so that a lake can be checked
 * even if it is read-only.
 */
async function note({ storages, now }: CheckSelected, asset: ResolvedTable, { state, checks }: Found): Promise<void> {
  const failedChecks = checks.map(({ check, severity, rows, explanation }) => ({
    ...{ check, severity, rows },
    ...(explanation !== undefined && { explanation }),
  }))
  const found = { at: now().toISOString(), version: state.version, checks: describeChecks(asset), failed: failedChecks }
  await noteChecks(storages.lake, asset.key, found).catch(() => undefined)
}
