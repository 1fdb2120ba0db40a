/** Declares the events of a run: everything that a run reports. */
import type { Cause } from '../observe/cause.ts'
import type { StepMode } from '../plan/plan.ts'
import type { StepDocument } from '../plan/step-document.ts'
import type { ErrorReport } from './error-report.ts'

/** The result of an asset in a run. `unchanged` ran and gave the same rows; `fresh` never ran. */
export type Outcome = 'materialized' | 'unchanged' | 'fresh' | 'failed' | 'skipped' | 'canceled'

export interface AssetResult {
  readonly key: string
  readonly outcome: Outcome
  /** The newest version of the table after the run. null if there is none. */
  readonly version: number | null
  readonly rowsWritten: number
  readonly partitionsWritten: number
  /** The failed assets that caused this one to be skipped. */
  readonly because?: readonly string[]
}

export type RunStatus = 'succeeded' | 'failed' | 'canceled'

/** History, text, JSON and the terminal view are folds of these events. `at` is ISO 8601, UTC. */
export type RunEvent =
  | RunWaited
  | RunStarted
  | JobPlaced
  | JobChanged
  | CostEstimated
  | ClusterEnded
  | RunWarned
  | StepStarted
  | StepProgressed
  | StepRetried
  | StepWarned
  | StepFinished
  | RunFinished

/**
 * The run waits until another run has built an asset that both need. It comes before `run-started`.
 */
export interface RunWaited {
  readonly type: 'run-waited'
  readonly runId: string
  readonly at: string
  readonly asset: string
  /** Who holds the asset, since when. */
  readonly message: string
}

export interface RunStarted {
  readonly type: 'run-started'
  readonly runId: string
  readonly at: string
  readonly lake: string
  /** null if the plan has no steps. */
  readonly engine: string | null
  readonly selection: readonly string[]
  readonly steps: readonly StepDocument[]
}

/** The engine has started an application outside this process. */
export interface JobPlaced {
  readonly type: 'job-placed'
  readonly runId: string
  readonly at: string
  /** The name of the application: `lake RUN/session/1`. */
  readonly name: string
  /** Where people find it: cluster and step with a link to the console, or a process ID. */
  readonly where: string
  /**
   * A dead run had submitted the application, and this run adopts it. False if this run starts it
   * again under that name.
   */
  readonly takenUp: boolean
}

/** An application outside this process, or the machines that it runs on, changed its state. */
export interface JobChanged {
  readonly type: 'job-changed'
  readonly runId: string
  readonly at: string
  /** The name that `job-placed` gives. */
  readonly name: string
  /** In the words of the service: `cluster j-1 is BOOTSTRAPPING, step s-1 is PENDING` */
  readonly state: string
}

/** The cost of the run so far. Emitted again when the text changes. */
export interface CostEstimated {
  readonly type: 'cost-estimated'
  readonly runId: string
  readonly at: string
  /** `about $0.42 (estimate)` */
  readonly cost: string
}

/** The run terminates an orphaned cluster: a dead run left it running, and no run adopts it. */
export interface ClusterEnded {
  readonly type: 'cluster-ended'
  readonly runId: string
  readonly at: string
  /** `j-... (lake RUN)` */
  readonly cluster: string
  readonly deadRun: string
}

/** A warning about the run and not about an asset. No step fails because of it. */
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

/**
 * How much of its present work a step has done. Emitted seldom enough that a run of days has a
 * short log.
 */
export interface StepProgressed {
  readonly type: 'step-progressed'
  readonly runId: string
  readonly at: string
  readonly asset: string
  readonly done: number
  /** 0 if it is unknown, such as for rows from code. */
  readonly total: number
  /**
   * `files` counts the files of a source. While a table is built, `rows` is the engine's estimate
   * of the rows that pass through its operators. `tasks` counts Spark's tasks in the stages that
   * have begun.
   */
  readonly unit: 'files' | 'rows' | 'tasks'
  /** What the step does now. Missing if it does one thing only. */
  readonly phase?: 'query' | 'checks'
}

export type StepProgress = Pick<StepProgressed, 'done' | 'total' | 'unit' | 'phase'>

/** An attempt at a step failed, and the run tries again after a wait. */
export interface StepRetried {
  readonly type: 'step-retried'
  readonly runId: string
  readonly at: string
  readonly asset: string
  /** The number of the failed attempt, from 1. */
  readonly attempt: number
  /** Maximum number of attempts. */
  readonly attempts: number
  /** How long the run waits before the next attempt. */
  readonly delayMs: number
  readonly error: ErrorReport
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
  /** Equals `key`. Every event of a step names its asset in this field. */
  readonly asset: string
  /** Rows of the table after the step. null if there is no table. */
  readonly rows: number | null
  /** Refused lines in the version of a source after the step. Missing if there are none. */
  readonly rejected?: number
  /** Size of the data files that the step wrote. Missing if it wrote none. */
  readonly bytesWritten?: number
  readonly durationMs: number
  /** The changed rows. Only for increments. */
  readonly affected?: AffectedSummary
  /** The files that an interrupted read of a source kept for the next run. */
  readonly kept?: KeptFiles
  /** What code gave. Only for sources whose rows code gives. */
  readonly read?: RowsRead
  readonly error?: ErrorReport
}

/** A complete read of a source whose rows code gives. */
export interface RowsRead {
  /** Number of rows and deleted keys, including refused ones. */
  readonly given: number
  /** The cursor that was published with the rows. Missing if the source has none. */
  readonly cursor?: unknown
}

/** How many of its files an interrupted read kept. */
export interface KeptFiles {
  readonly files: number
  readonly of: number
}

/** The size of an increment. A row that changed counts as removed and added. */
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
  /** Every asset that the run observed, upstreams first. */
  readonly assets: readonly AssetResult[]
  readonly durationMs: number
  /** The first failure, with its asset if it belongs to one. */
  readonly error?: ErrorReport
}

export type EventSink = (event: RunEvent) => void
