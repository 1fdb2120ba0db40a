/** Folds the events of a run into its current state. */
import type { Cause } from '../../observe/cause.ts'
import type { StepMode } from '../../plan/plan.ts'
import type { ErrorReport } from '../../run/error-report.ts'
import type {
  AffectedSummary,
  AssetResult,
  KeptFiles,
  Outcome,
  RowsRead,
  RunEvent,
  RunStatus,
  StepFinished,
  StepProgress,
  StepRetried,
} from '../../run/events.ts'
import { duration } from '../layout/format-numbers.ts'

export type RunAssetState = 'waiting' | 'running' | Outcome

/** The state of an asset in a run. */
export interface RunAsset {
  readonly key: string
  /** null for an asset without a step. */
  readonly mode: StepMode | null
  readonly state: RunAssetState
  readonly progress: StepProgress | null
  /** The last attempt that failed, while the step is tried again. */
  readonly retry: RunRetry | null
  /** Rows of the table after the step. null if there is no table, or the step has not ended. */
  readonly rows: number | null
  readonly rowsWritten: number
  readonly bytesWritten: number
  /** Refused lines in the version of a source. */
  readonly rejected: number
  /** The changed rows of an increment. null for other steps. */
  readonly affected: AffectedSummary | null
  readonly partitionsWritten: number
  /** The files that an interrupted read of a source kept for the next run. */
  readonly kept: KeptFiles | null
  /** The read of rows from code. null for other assets. */
  readonly read: RowsRead | null
  readonly version: number | null
  /** ISO 8601, UTC. */
  readonly startedAt: string | null
  readonly finishedAt: string | null
  readonly durationMs: number | null
  readonly causes: readonly Cause[]
  readonly warnings: readonly string[]
  readonly error: ErrorReport | null
  /** The failed assets that caused it to be skipped. */
  readonly because: readonly string[]
}

export interface RunRetry {
  /** The number of the failed attempt, from 1. */
  readonly attempt: number
  readonly attempts: number
  readonly message: string
  /** When the next attempt begins: ISO 8601, UTC. */
  readonly nextAt: string
}

/** An application of the engine outside the process of the run. */
export interface RunJob {
  readonly name: string
  readonly where: string
  /** The state in the words of its service. null if it has not reported any. */
  readonly state: string | null
}

/** The state of a run after the events so far. */
export interface RunView {
  readonly runId: string
  readonly lake: string
  readonly engine: string | null
  /** Applications of the engine outside the process of the run, running or ended. */
  readonly jobs: readonly RunJob[]
  /** A text that says that it is an estimate. null if the cost is unknown. */
  readonly cost: string | null
  /** Clusters of dead runs that this run ended. */
  readonly ended: readonly EndedCluster[]
  /** Warnings about the run and not about an asset. */
  readonly warnings: readonly string[]
  /** The runs for which the run waited before it began: `songs is being built by the run R ...`. */
  readonly waited: readonly string[]
  readonly selection: readonly string[]
  readonly startedAt: string
  /** `running` until the run reports its end. A killed run never reports it. */
  readonly status: RunStatus | 'running'
  readonly durationMs: number | null
  /** The first failure: of an asset, which has it as its `error` too, or of the run itself. */
  readonly error: ErrorReport | null
  /**
   * The assets with steps, upstreams first. After the end of the run, all assets that it observed.
   */
  readonly assets: readonly RunAsset[]
  readonly totals: RunTotals
  /** Key -> its index in `assets`. */
  readonly indexes: ReadonlyMap<string, number>
}

export interface EndedCluster {
  readonly cluster: string
  readonly deadRun: string
}

interface RunTotals {
  readonly states: Readonly<Record<RunAssetState, number>>
  readonly rowsWritten: number
  readonly warnings: number
}

/** Returns undefined if there are no events. */
export function foldRun(events: readonly RunEvent[]): RunView | undefined {
  return events.reduce(foldEvent, undefined as RunView | undefined)
}

/** Returns the view after one more event. Pure. Accepts a log whose beginning is missing. */
export function foldEvent(view: RunView | undefined, event: RunEvent): RunView {
  const current = view ?? emptyView(event)
  switch (event.type) {
    case 'run-started': {
      const { lake, engine, selection, at } = event
      const waiting = event.steps.map(({ asset, mode, causes }) => ({ ...waitingAsset(asset), mode, causes }))
      return withAssets({ ...current, lake, engine, selection, startedAt: at }, waiting)
    }
    case 'job-placed':
      return { ...current, jobs: [...current.jobs, { name: event.name, where: event.where, state: null }] }
    case 'job-changed': {
      const { name, state } = event
      return { ...current, jobs: current.jobs.map((job) => (job.name === name ? { ...job, state } : job)) }
    }
    case 'cost-estimated':
      return { ...current, cost: event.cost }
    case 'cluster-ended':
      return { ...current, ended: [...current.ended, { cluster: event.cluster, deadRun: event.deadRun }] }
    case 'run-waited':
      return { ...current, waited: [...current.waited, event.message] }
    case 'run-warned':
      return { ...current, warnings: [...current.warnings, event.message] }
    case 'step-started': {
      const { mode, causes, at } = event
      return withAsset(current, event.asset, () => ({ state: 'running', mode, causes, startedAt: at }))
    }
    case 'step-progressed': {
      const { done, total, unit, phase } = event
      return withAsset(current, event.asset, () => ({ progress: { done, total, unit, ...(phase && { phase }) } }))
    }
    case 'step-retried':
      return withAsset(current, event.asset, ({ warnings }) => ({
        ...retriedBy(event),
        warnings: [...warnings, retryWords(event)],
      }))
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

/**
 * Describes a failed attempt: `attempt 1 of 3 failed, the next began after 10 s:`, and its message.
 */
const retryWords = ({ attempt, attempts, delayMs, error }: StepRetried): string =>
  `attempt ${attempt} of ${attempts} failed, the next began after ${duration(delayMs)}: ${error.message}`

function retriedBy({ attempt, attempts, error, at, delayMs }: StepRetried): Partial<RunAsset> {
  const nextAt = new Date(Date.parse(at) + delayMs).toISOString()
  return { progress: null, retry: { attempt, attempts, message: error.message, nextAt } }
}

function resultOf({ outcome, version, rowsWritten, partitionsWritten, because = [] }: AssetResult): Partial<RunAsset> {
  return { state: outcome, version, rowsWritten, partitionsWritten, because, progress: null, retry: null }
}

function endOf({ rows, rejected = 0, bytesWritten = 0, durationMs, at, ...end }: StepFinished): Partial<RunAsset> {
  const { affected = null, kept = null, read = null, error = null } = end
  return { rows, rejected, bytesWritten, durationMs, finishedAt: at, affected, kept, read, error }
}

/**
 * Adds all results at once: adding ten thousand fresh assets one by one would copy the list ten
 * thousand times.
 */
function withResults(view: RunView, results: readonly AssetResult[]): RunView {
  const named = new Set(results.map(({ key }) => key))
  const asset = (key: string) => view.assets[view.indexes.get(key) ?? -1] ?? waitingAsset(key)
  const finished = results.map((result): RunAsset => ({ ...asset(result.key), ...resultOf(result) }))
  return withAssets(view, [...finished, ...view.assets.filter(({ key }) => !named.has(key))])
}

function withAsset(view: RunView, key: string, change: (asset: RunAsset) => Partial<RunAsset>): RunView {
  const known = view.indexes.has(key) ? view : withAssets(view, [...view.assets, waitingAsset(key)])
  const index = known.indexes.get(key) ?? 0
  const before = known.assets[index] ?? waitingAsset(key)
  const after = { ...before, ...change(before) }
  return { ...known, assets: known.assets.with(index, after), totals: updatedTotals(known.totals, before, after) }
}

function withAssets(view: RunView, assets: readonly RunAsset[]): RunView {
  const indexes = new Map(assets.map(({ key }, index) => [key, index]))
  return { ...view, assets, indexes, totals: totalsOf(assets) }
}

function totalsOf(assets: readonly RunAsset[]): RunTotals {
  const states = { ...NO_ASSETS }
  for (const { state } of assets) states[state] += 1
  const sum = (value: (asset: RunAsset) => number) => assets.reduce((total, asset) => total + value(asset), 0)
  return {
    states,
    rowsWritten: sum(({ rowsWritten }) => rowsWritten),
    warnings: sum(({ warnings }) => warnings.length),
  }
}

function updatedTotals(totals: RunTotals, before: RunAsset, after: RunAsset): RunTotals {
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
    waited: [],
    selection: [],
    startedAt: at,
    status: 'running',
    durationMs: null,
    error: null,
    assets: [],
    totals: { states: NO_ASSETS, rowsWritten: 0, warnings: 0 },
    indexes: new Map(),
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
    retry: null,
    rows: null,
    rowsWritten: 0,
    bytesWritten: 0,
    rejected: 0,
    affected: null,
    kept: null,
    read: null,
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
