import type { Cause } from '../../observe/cause.ts'
import type { StepMode } from '../../plan/plan.ts'
import type { ErrorReport } from '../../run/error-report.ts'
import type {
  AffectedSummary,
  AssetResult,
  KeptFiles,
  Outcome,
  RunEvent,
  RunStatus,
  StepFinished,
} from '../../run/events.ts'

export type RunAssetState = 'waiting' | 'running' | Outcome

/** An asset of a run, as far as the run has come. */
export interface RunAsset {
  readonly key: string
  /** null for an asset that the run only looked at. */
  readonly mode: StepMode | null
  readonly state: RunAssetState
  readonly progress: RunProgress | null
  /** Rows of the whole table after the step; null where it has none, or the step has not ended. */
  readonly rows: number | null
  readonly rowsWritten: number
  /** Of a source, refused lines in its version. */
  readonly rejected: number
  /** What changed, where only that was worked out. */
  readonly affected: AffectedSummary | null
  readonly partitionsWritten: number
  /** Of a source that was not read to its end: what the next run goes on from. */
  readonly kept: KeptFiles | null
  readonly version: number | null
  /** ISO 8601, UTC. */
  readonly startedAt: string | null
  readonly finishedAt: string | null
  readonly durationMs: number | null
  readonly causes: readonly Cause[]
  readonly warnings: readonly string[]
  readonly error: ErrorReport | null
  /** The assets for whose failure it was skipped. */
  readonly because: readonly string[]
}

export interface RunProgress {
  readonly done: number
  readonly total: number
  readonly unit: 'files' | 'rows'
}

/** What the events of a run say so far. */
export interface RunView {
  readonly runId: string
  readonly lake: string
  readonly engine: string | null
  /** The applications of the engine that run, or ran, outside the run's own process. */
  readonly jobs: readonly { readonly name: string; readonly where: string }[]
  /** An estimate, in words that say so; null where nothing is known. */
  readonly cost: string | null
  /** Clusters of dead runs. */
  readonly ended: readonly EndedCluster[]
  /** Of the run itself, and of none of its assets. */
  readonly warnings: readonly string[]
  readonly selection: readonly string[]
  readonly startedAt: string
  /** `running` until the run says how it ended: of a killed run, for ever. */
  readonly status: RunStatus | 'running'
  readonly durationMs: number | null
  /** Why it failed: of a step, whose asset has it too, or of the run itself. */
  readonly error: ErrorReport | null
  /** Upstreams first: the steps, and once the run has finished all that it looked at. */
  readonly assets: readonly RunAsset[]
  readonly totals: RunTotals
  /** Key -> its place in `assets`. */
  readonly places: ReadonlyMap<string, number>
}

export interface EndedCluster {
  readonly cluster: string
  readonly deadRun: string
}

export interface RunTotals {
  readonly states: Readonly<Record<RunAssetState, number>>
  readonly rowsWritten: number
  readonly warnings: number
}

/** The view that the events give, or undefined where there are none. */
export function foldRun(events: readonly RunEvent[]): RunView | undefined {
  return events.reduce(foldEvent, undefined as RunView | undefined)
}

/** Pure: the view after one more event. A log that lost its beginning is taken from where it starts. */
export function foldEvent(view: RunView | undefined, event: RunEvent): RunView {
  const current = view ?? emptyView(event)
  switch (event.type) {
    case 'run-started': {
      const { lake, engine, selection, at } = event
      const waiting = event.steps.map(({ asset, mode, causes }) => ({ ...waitingAsset(asset), mode, causes }))
      return withAssets({ ...current, lake, engine, selection, startedAt: at }, waiting)
    }
    case 'job-placed':
      return { ...current, jobs: [...current.jobs, { name: event.name, where: event.where }] }
    case 'cost-estimated':
      return { ...current, cost: event.cost }
    case 'cluster-ended':
      return { ...current, ended: [...current.ended, { cluster: event.cluster, deadRun: event.deadRun }] }
    case 'run-warned':
      return { ...current, warnings: [...current.warnings, event.message] }
    case 'step-started': {
      const { mode, causes, at } = event
      return withAsset(current, event.asset, () => ({ state: 'running', mode, causes, startedAt: at }))
    }
    case 'step-progressed': {
      const { done, total, unit } = event
      return withAsset(current, event.asset, () => ({ progress: { done, total, unit } }))
    }
    case 'step-warned':
      return withAsset(current, event.asset, ({ warnings }) => ({ warnings: [...warnings, event.message] }))
    case 'step-finished':
      return withAsset(current, event.asset, () => ({ ...resultOf(event), ...endOf(event) }))
    case 'run-finished': {
      const { status, durationMs, error = null } = event
      return { ...withResults(current, event.assets), status, durationMs, error }
    }
  }
}

function resultOf({ outcome, version, rowsWritten, partitionsWritten, because = [] }: AssetResult): Partial<RunAsset> {
  return { state: outcome, version, rowsWritten, partitionsWritten, because, progress: null }
}

function endOf({ rows, rejected = 0, durationMs, at, ...end }: StepFinished): Partial<RunAsset> {
  const { affected = null, kept = null, error = null } = end
  return { rows, rejected, durationMs, finishedAt: at, affected, kept, error }
}

/** All at once: an event for each of ten thousand assets that were fresh would copy the list as many times. */
function withResults(view: RunView, results: readonly AssetResult[]): RunView {
  const named = new Set(results.map(({ key }) => key))
  const asset = (key: string) => view.assets[view.places.get(key) ?? -1] ?? waitingAsset(key)
  const finished = results.map((result): RunAsset => ({ ...asset(result.key), ...resultOf(result) }))
  return withAssets(view, [...finished, ...view.assets.filter(({ key }) => !named.has(key))])
}

function withAsset(view: RunView, key: string, change: (asset: RunAsset) => Partial<RunAsset>): RunView {
  const known = view.places.has(key) ? view : withAssets(view, [...view.assets, waitingAsset(key)])
  const place = known.places.get(key) ?? 0
  const before = known.assets[place] ?? waitingAsset(key)
  const after = { ...before, ...change(before) }
  return { ...known, assets: known.assets.with(place, after), totals: movedTotals(known.totals, before, after) }
}

function withAssets(view: RunView, assets: readonly RunAsset[]): RunView {
  const places = new Map(assets.map(({ key }, place) => [key, place]))
  return { ...view, assets, places, totals: totalsOf(assets) }
}

function totalsOf(assets: readonly RunAsset[]): RunTotals {
  const states = { ...NO_ASSETS }
  for (const { state } of assets) states[state] += 1
  const sum = (figure: (asset: RunAsset) => number) => assets.reduce((total, asset) => total + figure(asset), 0)
  return {
    states,
    rowsWritten: sum(({ rowsWritten }) => rowsWritten),
    warnings: sum(({ warnings }) => warnings.length),
  }
}

function movedTotals(totals: RunTotals, before: RunAsset, after: RunAsset): RunTotals {
  const states = { ...totals.states }
  states[before.state] -= 1
  states[after.state] += 1
  return {
    states,
    rowsWritten: totals.rowsWritten + after.rowsWritten - before.rowsWritten,
    warnings: totals.warnings + after.warnings.length - before.warnings.length,
  }
}

function emptyView({ runId, at }: RunEvent): RunView {
  return {
    runId,
    lake: '',
    engine: null,
    jobs: [],
    cost: null,
    ended: [],
    warnings: [],
    selection: [],
    startedAt: at,
    status: 'running',
    durationMs: null,
    error: null,
    assets: [],
    totals: { states: NO_ASSETS, rowsWritten: 0, warnings: 0 },
    places: new Map(),
  }
}

const NO_ASSETS: RunTotals['states'] = {
  waiting: 0,
  running: 0,
  materialized: 0,
  unchanged: 0,
  fresh: 0,
  failed: 0,
  skipped: 0,
  canceled: 0,
}

function waitingAsset(key: string): RunAsset {
  return {
    key,
    mode: null,
    state: 'waiting',
    progress: null,
    rows: null,
    rowsWritten: 0,
    rejected: 0,
    affected: null,
    kept: null,
    partitionsWritten: 0,
    version: null,
    startedAt: null,
    finishedAt: null,
    durationMs: null,
    causes: [],
    warnings: [],
    error: null,
    because: [],
  }
}
