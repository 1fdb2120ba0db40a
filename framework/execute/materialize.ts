/**
 * Refreshes what a selection needs: observes, plans, claims the assets, walks the plan, and reports
 * a run.
 */
import type { Engine } from '../engine/engine.ts'
import type { EngineRun, ExternalResources } from '../engine/external-resources.ts'
import type { AssetGraph } from '../graph/asset-graph.ts'
import type { Observations } from '../observe/observation.ts'
import { rememberingLake } from '../observe/observe.ts'
import { renamedWarnings } from '../observe/renamed-tables.ts'
import { followersOf } from '../plan/followers.ts'
import type { Plan } from '../plan/plan.ts'
import { stepDocument } from '../plan/step-document.ts'
import type { LoadedCode } from '../publish/newer-code.ts'
import type { HeldClaims } from '../run/claims/claim-assets.ts'
import { reportError } from '../run/error-report.ts'
import type { AssetResult } from '../run/events.ts'
import type { OpenListener } from '../run/listener.ts'
import { newRunId } from '../run/run-id.ts'
import { makeRunDirectory, runDirectory } from '../run/scratch.ts'
import { type ClaimedPlan, type ClaimRequest, planAndClaim } from './planning/claim-plan.ts'
import { emitLeftOut, resultsOf, withLeftOut } from './planning/left-out.ts'
import { reapDeadRuns } from './reap-dead-runs.ts'
import { type RunResult, runPlan } from './run-plan.ts'
import type { RunPolicy } from './run-policy.ts'
import { RunReports } from './run-reports.ts'

interface MaterializeRequest extends ClaimRequest, Pick<RunPolicy, 'concurrency' | 'attempts'> {
  /** Called at most once, and only if a step has to run. */
  readonly openEngine: (run: EngineRun) => Promise<Engine>
  /** Undefined for an engine that starts nothing outside this process. */
  readonly externalResources?: ExternalResources | undefined
  readonly loaded: LoadedCode
  readonly listen?: OpenListener | undefined
}

/**
 * Plans and runs. If another run has claimed an asset that this run would build, throws `held`, or
 * waits for it. Once the run has started, it does not throw: what ends it early becomes the error
 * of `run-finished`, so that readers of the events get it.
 */
export async function materialize(given: MaterializeRequest): Promise<RunResult> {
  const request = { ...given, storages: rememberingLake(given.storages) }
  const startedAt = request.timing.now()
  const runId = newRunId(startedAt)
  const run = new OpenRun(request, await planAndClaim(request, runId), { runId, startedAt })
  try {
    await run.start()
    const result = await run.walk()
    await run.finish(result)
    return result
  } finally {
    await run.close()
  }
}

interface RunStart {
  readonly runId: string
  readonly startedAt: Date
}

/**
 * A run with what it has open: its claims, its reports and, from its start, its engine. It closes
 * the engine first, because what the engine started elsewhere must have stopped before another run
 * can claim the assets. Then it releases the claims, and closes the log last.
 */
class OpenRun {
  readonly #request: MaterializeRequest
  readonly #planned: ClaimedPlan
  readonly #run: RunStart
  readonly #reports: RunReports
  readonly #scratch: string
  /** The results of the assets that the plan leaves out. */
  readonly #leftOut: readonly AssetResult[]
  #engine: Engine | undefined
  #claims: HeldClaims | undefined

  constructor(request: MaterializeRequest, planned: ClaimedPlan, run: RunStart) {
    const { storages, timing, emit, listen, scratchRoot } = request
    this.#request = request
    this.#planned = planned
    this.#run = run
    this.#claims = planned.claims
    this.#leftOut = resultsOf(planned.leftOut, planned.observations)
    this.#scratch = runDirectory(scratchRoot, run.runId)
    this.#reports = new RunReports({
      ...{ lake: storages.lake, runId: run.runId, timing, emit, listen, before: planned.waited },
    })
  }

  /** Opens the engine if there are steps, and reports the start. */
  async start(): Promise<void> {
    const { storages, selection, scratchRoot, openEngine, timing } = this.#request
    const { plan, observations, leftOut, deadRuns } = this.#planned
    const { emit, notify } = this.#reports
    const { runId, startedAt } = this.#run
    if (plan.steps.length > 0) {
      await makeRunDirectory(scratchRoot, runId)
      this.#engine = await openEngine({ runId, scratch: this.#scratch, deadRuns, notify })
    }
    emit({
      ...{ type: 'run-started', runId, at: startedAt.toISOString(), lake: storages.lake.uri },
      ...{ engine: this.#engine?.name ?? null, selection, steps: plan.steps.map(stepDocument) },
    })
    warnOfFormerTables(observations, notify)
    emitLeftOut(this.#leftOut, leftOut, { runId, now: timing.now, emit })
  }

  /** Runs the steps. An error becomes the error of the result. */
  async walk(): Promise<RunResult> {
    const { graph, signal } = this.#request
    const result = await resultOrError(signal, () => this.#runSteps())
    return withLeftOut(graph, result, { leftOut: this.#planned.leftOut, results: this.#leftOut })
  }

  async #runSteps(): Promise<RunResult> {
    const { externalResources, graph, storages, loaded, signal, timing } = this.#request
    const { plan, observations } = this.#planned
    const { emit, notify } = this.#reports
    const { runId } = this.#run
    const [engine, claims, scratch] = [this.#engine, this.#claims, this.#scratch]
    if (externalResources) await reapDeadRuns(externalResources, storages.lake, { runId, notify, signal })
    if (!engine || !claims) return nothingToDo(graph, plan, observations)
    return runPlan({
      ...{ runId, graph, storages, observations, plan, engine, claims, scratch, loaded },
      ...{ signal, now: timing.now, emit, timing, policy: policyOf(this.#request) },
      followers: followersOf(graph, plan.steps),
    })
  }

  /**
   * Closes the engine, and reports the end. If something that the run started elsewhere cannot be
   * stopped, the result stays, and a warning says so.
   */
  async finish(result: RunResult): Promise<void> {
    const { notify } = this.#reports
    const { runId, startedAt } = this.#run
    await this.#closeEngine().catch((error) => notify({ type: 'run-warned', message: reportError(error).message }))
    const now = this.#request.timing.now()
    const durationMs = now.getTime() - startedAt.getTime()
    const finished = { type: 'run-finished', runId, at: now.toISOString(), ...result, durationMs } as const
    await this.#reports.finish(finished, () => this.#releaseClaims())
  }

  /** Closes what is still open: after `finish` the log, otherwise everything. */
  async close(): Promise<void> {
    await this.#closeEngine()
    await this.#releaseClaims()
    await this.#reports.close()
  }

  async #closeEngine(): Promise<void> {
    const engine = this.#engine
    this.#engine = undefined
    await engine?.close()
  }

  async #releaseClaims(): Promise<void> {
    const claims = this.#claims
    this.#claims = undefined
    await claims?.release()
  }
}

/**
 * Warns of each table that was not moved to its asset's new key, because a table exists there
 * already.
 */
function warnOfFormerTables(observations: Observations, notify: EngineRun['notify']): void {
  for (const observed of observations.values()) {
    if (observed.former?.kind !== 'apart') continue
    for (const message of renamedWarnings(observed))
      notify({ type: 'run-warned', message: `${observed.key}: ${message}` })
  }
}

/** The policy with its defaults. */
function policyOf({ alwaysFollow = false, allowEmpty = false, ...request }: MaterializeRequest): RunPolicy {
  const { failFast, concurrency, attempts } = request
  return { alwaysFollow, allowEmpty, failFast, concurrency, attempts }
}

async function resultOrError(signal: AbortSignal, work: () => Promise<RunResult>): Promise<RunResult> {
  try {
    return await work()
  } catch (error) {
    return { status: signal.aborted ? 'canceled' : 'failed', assets: [], error: reportError(error) }
  }
}

function nothingToDo(graph: AssetGraph, plan: Plan, observations: Observations): RunResult {
  const fresh = new Set(plan.fresh)
  const assets = graph.assets.filter(({ key }) => fresh.has(key))
  return {
    status: 'succeeded',
    assets: assets.map(({ key }) => {
      const version = observations.get(key)?.state?.version ?? null
      return { key, outcome: 'fresh', version, rowsWritten: 0, partitionsWritten: 0 }
    }),
  }
}
