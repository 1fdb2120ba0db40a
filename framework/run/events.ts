import type { Cause } from '../observe/cause.ts'
import type { PlanStep, StepMode } from '../plan/plan.ts'
import type { ErrorReport } from './error-report.ts'

/** What became of an asset in a run. `unchanged` ran and came out the same; `fresh` never ran. */
export type Outcome = 'materialized' | 'unchanged' | 'fresh' | 'failed' | 'skipped' | 'canceled'

export interface AssetResult {
  readonly key: string
  readonly outcome: Outcome
  /** The newest version of the table after the run; null where there is none. */
  readonly version: number | null
  readonly rowsWritten: number
  readonly partitionsWritten: number
  /** Of what was skipped: the assets whose failure was the reason. */
  readonly because?: readonly string[]
}

export type RunStatus = 'succeeded' | 'failed' | 'canceled'

/** Everything that a run says. History, text, JSON and the terminal view are folds of these. `at` is ISO 8601, UTC. */
export type RunEvent =
  | RunStarted
  | JobPlaced
  | CostEstimated
  | ClusterEnded
  | RunWarned
  | StepStarted
  | StepProgressed
  | StepWarned
  | StepFinished
  | RunFinished

export interface RunStarted {
  readonly type: 'run-started'
  readonly runId: string
  readonly at: string
  readonly lake: string
  /** null where nothing had to run. */
  readonly engine: string | null
  readonly selection: readonly string[]
  readonly steps: readonly PlanStep[]
}

/** An application of the engine runs outside this process. */
export interface JobPlaced {
  readonly type: 'job-placed'
  readonly runId: string
  readonly at: string
  /** What it is called there: `lake RUN/session/1`. */
  readonly name: string
  /** Where people find it: cluster and step, with a link to the console; a process id. */
  readonly where: string
  /** A dead run had submitted it, and this run goes on with it. False for what is run anew under the dead run's name. */
  readonly takenUp: boolean
}

/** What the run has cost by now: told again whenever the words are others. */
export interface CostEstimated {
  readonly type: 'cost-estimated'
  readonly runId: string
  readonly at: string
  /** `about $0.42 (estimate)` */
  readonly cost: string
}

/** A cluster that a dead run had left up, and that nobody goes on with, is told to end. */
export interface ClusterEnded {
  readonly type: 'cluster-ended'
  readonly runId: string
  readonly at: string
  /** `j-... (lake RUN)` */
  readonly cluster: string
  readonly deadRun: string
}

/** What people have to know of, and keeps no step from going well. */
export interface RunWarned {
  readonly type: 'run-warned'
  readonly runId: string
  readonly at: string
  readonly message: string
}

export interface StepStarted {
  readonly type: 'step-started'
  readonly runId: string
  readonly at: string
  readonly asset: string
  readonly mode: StepMode
  readonly causes: readonly Cause[]
}

/** So many of `total` are done; `unit` says of what. */
export interface StepProgressed {
  readonly type: 'step-progressed'
  readonly runId: string
  readonly at: string
  readonly asset: string
  readonly done: number
  readonly total: number
  readonly unit: 'files' | 'rows'
}

/** A check of severity `warn` found rows. */
export interface StepWarned {
  readonly type: 'step-warned'
  readonly runId: string
  readonly at: string
  readonly asset: string
  readonly message: string
  readonly details?: unknown
}

export interface StepFinished extends AssetResult {
  readonly type: 'step-finished'
  readonly runId: string
  readonly at: string
  /** The same as `key`: every event of a step names its asset alike. */
  readonly asset: string
  /** Rows of the whole table after the step; null where it has none. */
  readonly rows: number | null
  /** Of a source, how many lines of its files are refused in its version after the step; there only if some are. */
  readonly rejected?: number
  readonly durationMs: number
  /** What changed in the table, where only that was worked out. */
  readonly affected?: AffectedSummary
  /** Of a source that was not read to its end: what the next run goes on from. */
  readonly kept?: KeptFiles
  readonly error?: ErrorReport
}

/** So many of the files that were to be read. */
export interface KeptFiles {
  readonly files: number
  readonly of: number
}

/** How much an increment came to. A row that changed is removed and added. */
export interface AffectedSummary {
  readonly keys: number
  readonly rowsRemoved: number
  readonly rowsAdded: number
}

export interface RunFinished {
  readonly type: 'run-finished'
  readonly runId: string
  readonly at: string
  readonly status: RunStatus
  /** Every asset that the run looked at, upstreams first. */
  readonly assets: readonly AssetResult[]
  readonly durationMs: number
  /** Why it failed: the failure that came first, with its asset where it is one's. */
  readonly error?: ErrorReport
}

export type EventSink = (event: RunEvent) => void
