/** What an engine has to tell about the applications that it runs elsewhere. */
export type EngineNotice =
  | { readonly type: 'job-placed'; readonly name: string; readonly where: string; readonly takenUp: boolean }
  | { readonly type: 'cost-estimated'; readonly cost: string }
  | { readonly type: 'cluster-ended'; readonly cluster: string; readonly deadRun: string }
  | { readonly type: 'run-warned'; readonly message: string }

/** A run that needs an engine. */
export interface EngineRun {
  readonly runId: string
  /** A local directory of this run alone. */
  readonly scratch: string
  /** Runs that were killed while they built what this one builds. */
  readonly deadRuns: readonly string[]
  readonly notify: (notice: EngineNotice) => void
}

/** What an engine's runs keep up elsewhere, and leave up where they are killed. */
export interface ExternalResources {
  /** The runs that are to end what may be up. Asked at every refresh: where nothing is, it takes one listing of the lake. */
  holders(): Promise<readonly string[]>
  /** When this run, or what works for it, last changed something of what they work with: milliseconds since the epoch. */
  lastHeardOf(holder: string): Promise<number>
  /** Ends all that these runs hold, and tells of it, also of what cannot be ended. */
  end(holders: readonly string[], run: Pick<EngineRun, 'notify'> & { readonly signal: AbortSignal }): Promise<void>
}
