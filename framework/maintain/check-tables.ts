/** Runs the checks of the selected tables over the rows that stand, and notes what they find for `lake status`. */

import type { CheckFailure } from '../engine/check-failure.ts'
import type { LocalEngine } from '../engine/engine.ts'
import { LakeError } from '../errors.ts'
import { checkCurrent } from '../execute/check-step.ts'
import type { AssetGraph } from '../graph/asset-graph.ts'
import { describeChecks } from '../graph/describe-checks.ts'
import type { ResolvedTable } from '../graph/resolved-asset.ts'
import { select } from '../graph/selection.ts'
import type { TableState } from '../observe/observation.ts'
import { observeTable, type Places } from '../observe/observe.ts'
import { type ErrorReport, reportError } from '../run/error-report.ts'
import { noteChecks } from '../run/failures.ts'
import { interrupted } from '../run/interrupted.ts'

/** What the rows of a table's newest version pass. */
export interface Checked {
  readonly key: string
  /** null where there is none that could be read. */
  readonly version: number | null
  /** `warned`: only checks of severity warn find rows. `not-checked`: see `error`. */
  readonly result: 'passed' | 'warned' | 'failed' | 'not-checked'
  /** How many checks were run. */
  readonly run: number
  /** Those that rows do not pass, with some of the rows. */
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
  /** Called with each result as it is known, upstreams first. */
  readonly done: (checked: Checked) => void
}

/** Checks every selected table that has been built. A failure at one is its result, and not thrown. */
export async function checkSelected(request: CheckSelected): Promise<readonly Checked[]> {
  const { graph, selection, signal, done } = request
  const results: Checked[] = []
  for (const key of select(graph, selection)) {
    const asset = graph.get(key)
    if (asset.kind === 'source') continue
    const checked = await checkTable(request, asset).catch((error) => failed(key, error, signal))
    if (!checked) continue
    results.push(checked)
    done(checked)
  }
  return results
}

function failed(key: string, error: unknown, signal: AbortSignal): Checked {
  if (signal.aborted) throw interrupted('Nothing was changed.')
  if (!(error instanceof LakeError)) throw error
  return { key, version: null, result: 'not-checked', run: 0, checks: [], error: reportError(error, key) }
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

/** The note only serves `lake status`: a lake that cannot be written to can be checked all the same. */
async function note({ places, now }: CheckSelected, asset: ResolvedTable, { state, checks }: Found): Promise<void> {
  const failedChecks = checks.map(({ check, severity, rows }) => ({ check, severity, rows }))
  const found = { at: now().toISOString(), version: state.version, checks: describeChecks(asset), failed: failedChecks }
  await noteChecks(places.lake, asset.key, found).catch(() => undefined)
}
