/**
 * Declares what an engine reports about its applications outside this machine, and how a dead run's
 * resources are ended.
 */

/** A report of an engine about the applications that it runs elsewhere. */
export type EngineNotice =
  | { readonly type: 'job-placed'; readonly name: string; readonly where: string; readonly takenUp: boolean }
  | { readonly type: 'job-changed'; readonly name: string; readonly state: string }
  | { readonly type: 'cost-estimated'; readonly cost: string }
  | { readonly type: 'cluster-ended'; readonly cluster: string; readonly deadRun: string }
  | { readonly type: 'run-warned'; readonly message: string }

/** What an engine knows about the run that uses it. */
export interface EngineRun {
  readonly runId: string
  /** A local directory that no other run uses. */
  readonly scratch: string
  /** Runs that were killed while they built what this one builds. */
  readonly deadRuns: readonly string[]
  readonly notify: (notice: EngineNotice) => void
}

/**
 * Resources of an engine outside this machine. A run makes them, and leaves them running if it is
 * killed.
 */
export interface ExternalResources {
  /**
   * The runs whose resources may still be running. Each refresh calls this: without such runs, it
   * takes one listing of the lake.
   */
  owners(): Promise<readonly string[]>
  /**
   * When this run or its drivers last changed one of their files, in milliseconds since the epoch.
   */
  lastHeardOf(owner: string): Promise<number>
  /** Ends everything that these runs own and reports each result, failures included. */
  end(owners: readonly string[], run: Pick<EngineRun, 'notify'> & { readonly signal: AbortSignal }): Promise<void>
}
