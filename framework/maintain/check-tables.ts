/**
 * Runs the checks of the selected tables over their current rows, and records the failures for
 * `lake status`.
 */
import type { CheckFailure } from '../engine/check-failure.ts'
import type { LocalEngine } from '../engine/engine.ts'
import { checkCurrent } from '../execute/checks/check-step.ts'
import type { AssetGraph } from '../graph/asset-graph.ts'
import { describeChecks } from '../graph/describe-checks.ts'
import type { ResolvedTable } from '../graph/resolved-asset.ts'
import { select } from '../graph/selection.ts'
import type { TableState } from '../observe/observation.ts'
import { observeTable, type Places } from '../observe/observe.ts'
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
  /** How many checks were run. */
  readonly run: number
  /** The checks that rows fail, each with some of these rows. */
  readonly checks: readonly CheckFailure[]
  readonly error?: ErrorReport
}

export interface CheckSelected {
  readonly graph: AssetGraph
  readonly places: Places
  readonly selection: readonly string[]
  readonly engine: () => Promise<LocalEngine>
  readonly signal: AbortSignal
  readonly now: () => Date
  /** Called with each result as soon as it is known, upstreams first. */
  readonly done: (checked: Checked) => void
}

/**
 * Checks every selected table that has been built. An error at one table is its result, and is not
 * thrown.
 */
export async function checkSelected(request: CheckSelected): Promise<readonly Checked[]> {
  const { graph, selection, signal, done } = request
  const results: Checked[] = []
  for (const key of select(graph, selection)) {
    const asset = graph.get(key)
    if (asset.kind === 'source') continue
    const checked = await checkTable(request, asset).catch((error) => notChecked(key, assetFailure(key, error, signal)))
    if (!checked) continue
    results.push(checked)
    done(checked)
  }
  return results
}

function notChecked(key: string, error: ErrorReport): Checked {
  return { key, version: null, result: 'not-checked', run: 0, checks: [], error }
}

/** Undefined for a table that has not been built. */
async function checkTable(request: CheckSelected, asset: ResolvedTable): Promise<Checked | undefined> {
  const { places, graph, signal } = request
  const state = await observeTable(places.lake, asset.key)
  if (!state) return undefined
  const context = { lake: places.lake, graph, engine: await request.engine(), directory: '', signal }
  const { checks } = await checkCurrent(context, asset, state)
  await note(request, asset, { state, checks })
  const isFailed = checks.some(({ severity }) => severity === 'error')
  const result = isFailed ? 'failed' : checks.length > 0 ? 'warned' : 'passed'
  return { key: asset.key, version: state.version, result, run: describeChecks(asset).length, checks }
}

interface Found {
  readonly state: TableState
  readonly checks: readonly CheckFailure[]
}

/**
 * Only `lake status` reads the note, so that a lake which cannot be written to can still be
 * checked.
 */
async function note({ places, now }: CheckSelected, asset: ResolvedTable, { state, checks }: Found): Promise<void> {
  const failedChecks = checks.map(({ check, severity, rows }) => ({ check, severity, rows }))
  const found = { at: now().toISOString(), version: state.version, checks: describeChecks(asset), failed: failedChecks }
  await noteChecks(places.lake, asset.key, found).catch(() => undefined)
}
