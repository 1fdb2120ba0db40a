/** Declares the port through which the status screen reads the lake and starts runs. */
import type { AssetGraph } from '../../../graph/asset-graph.ts'
import type { PlanWithWarnings } from '../../../report/plan-text.ts'
import type { RunView } from '../../../report/run/run-view.ts'
import type { StatusReport } from '../../../report/status.ts'
import type { AssetFacts } from '../../../report/tables/asset-facts.ts'
import type { EventSink } from '../../../run/events.ts'

/** The next run of a schedule. */
interface NextRefresh {
  readonly name: string
  readonly at: Date
}

/** One reading of the lake. */
export interface StatusReading {
  readonly report: StatusReport
  /** The graph of the report. */
  readonly graph: AssetGraph
  readonly at: Date
  readonly nextRefresh: NextRefresh | undefined
  /** Key -> when a schedule refreshes the asset next. Empty unless a scheduler runs. */
  readonly nextRefreshes: ReadonlyMap<string, Date>
}

/** All methods reject with an error that a person can read. */
export interface StatusSource {
  read(): Promise<StatusReading>
  /** The newest runs that have not ended, and that are new or in `live`. */
  runs(live: ReadonlySet<string>): Promise<readonly RunView[]>
  facts(key: string): Promise<AssetFacts>
  plan(selection: readonly string[]): Promise<PlanWithWarnings>
  run(runId: string): Promise<RunView>
  /** Starts a run in a process of its own, which goes on when this one ends. */
  materialize(selection: readonly string[], emit: EventSink): StartedProcess
}

export interface StartedProcess {
  /** Resolves when the process has ended: with what it reported instead of a run, if anything. */
  readonly ended: Promise<string | undefined>
  /** Requests the run to stop. Finished work is kept. */
  cancel(): void
}
