/** Walks the steps of a plan: decides whether each step runs, and reports its outcome as events. */
import { rm } from 'node:fs/promises'
import { longestChains } from '../graph/walk/longest-chains.ts'
import { walkGraph } from '../graph/walk/walk-graph.ts'
import type { Cause } from '../observe/cause.ts'
import type { TableState } from '../observe/observation.ts'
import { type CurrentUpstreams, isPending, stalenessCauses } from '../observe/staleness.ts'
import { current, type Plan, type PlanStep, renamedCauses } from '../plan/plan.ts'
import { lostClaim } from '../run/claims/claim-conflict.ts'
import { type ErrorReport, reportError } from '../run/error-report.ts'
import type { AssetResult, KeptFiles, Outcome, RunStatus } from '../run/events.ts'
import { type Attempt, clearFailure, noteFailure } from '../run/failures.ts'
import type { Timing } from '../run/timing.ts'
import { attemptPolicy, type FailedAttempt, tryStep } from './attempts.ts'
import { chooseStep } from './increment/choose-step.ts'
import { type RunContext, runStep, type StepResult } from './run-step.ts'

/** `scratch` is removed at the end of the run. */
interface RunRequest extends RunContext {
  readonly plan: Plan
  readonly timing: Timing
}

export interface RunResult {
  readonly status: RunStatus
  /** Every asset of the plan, upstreams first. */
  readonly assets: readonly AssetResult[]
  /** The first failure. */
  readonly error?: ErrorReport
}

/**
 * Runs the steps of a plan, each after its upstreams. A step that fails does not throw: its failure
 * is an event.
 */
export async function runPlan(request: RunRequest): Promise<RunResult> {
  try {
    return await new PlanRun(request).run()
  } finally {
    await rm(request.scratch, { recursive: true, force: true })
  }
}

type StepEnd = Pick<StepResult, 'rowsWritten' | 'partitionsWritten' | 'affected' | 'read'> & {
  readonly bytesWritten?: number
  readonly outcome: Outcome
  readonly error?: ErrorReport
  /**
   * The failed assets that are the reason why the step gave no new rows: its own asset, or direct
   * or indirect upstreams.
   */
  readonly because?: readonly string[]
}

class PlanRun {
  readonly #request: RunRequest
  /** The newest version of each table: first as observed, then as published by this run. */
  readonly #states: Map<string, TableState>
  /** What interrupted reads of sources have kept. */
  readonly #kept = new Map<string, KeptFiles>()
  #firstFailure: ErrorReport | undefined

  constructor(request: RunRequest) {
    this.#request = request
    this.#states = new Map(
      [...request.observations.values()].flatMap(({ key, state }) => (state ? [[key, state] as const] : [])),
    )
  }

  async run(): Promise<RunResult> {
    const { plan, graph, signal, policy } = this.#request
    const steps = new Map(plan.steps.map((step) => [step.asset, step]))
    const keys = [...steps.keys()]
    const upstream = (key: string) => graph.upstream(key)
    const chains = longestChains(keys, upstream)
    const ends = await walkGraph<StepEnd>({
      ...{ keys, upstream, concurrency: policy.concurrency },
      priority: (key) => chains.get(key) ?? 0,
      visit: (key, before) => this.#visit(steps.get(key) as PlanStep, before),
    })
    const fresh = plan.fresh.map((key) => [key, FRESH] as const)
    const all = new Map([...ends, ...fresh])
    const assets = graph.assets.flatMap(({ key }) => {
      const end = all.get(key)
      return end ? [this.#result(key, end)] : []
    })
    const status = signal.aborted ? 'canceled' : this.#firstFailure ? 'failed' : 'succeeded'
    return { status, assets, ...(this.#firstFailure && { error: this.#firstFailure }) }
  }

  async #visit(step: PlanStep, upstream: readonly StepEnd[]): Promise<StepEnd> {
    const { signal, policy } = this.#request
    if (signal.aborted) return this.#leaveOut(step, { ...FRESH, outcome: 'canceled' })
    const failedUpstream = [...new Set(upstream.flatMap(({ because = [] }) => because))]
    const first = policy.failFast && this.#firstFailure?.asset !== undefined ? [this.#firstFailure.asset] : []
    const because = failedUpstream.length > 0 ? failedUpstream : first
    if (because.length > 0) return this.#leaveOut(step, { ...FRESH, outcome: 'skipped', because })
    const causes = this.#currentCauses(step)
    if (causes.length > 0) return this.#execute(step.conditional ? await this.#cheaper(step) : step, causes)
    const observed = this.#request.observations.get(step.asset)
    const renamed = observed ? renamedCauses(observed) : []
    return renamed.length > 0 ? this.#execute({ ...step, mode: 'rename' }, renamed) : this.#leaveOut(step, FRESH)
  }

  /**
   * Reports the end of a step that never starts, so that readers of the events do not wait for it.
   */
  #leaveOut({ asset: key }: PlanStep, end: StepEnd): StepEnd {
    this.#emitFinished(key, end, 0)
    return end
  }

  /**
   * Decides the causes of a conditional step anew: only now is it known which upstreams changed
   * columns that the asset reads.
   */
  #currentCauses({ asset: key, causes }: PlanStep): readonly Cause[] {
    const { graph, observations } = this.#request
    const observed = observations.get(key)
    if (!observed || !causes.some(isPending)) return causes
    const upstream: CurrentUpstreams = (upstreamKey) => current(this.#states.get(upstreamKey))
    const forced = causes.filter(({ kind }) => kind === 'forced')
    return [...forced, ...stalenessCauses(graph.get(key), observed, upstream)]
  }

  /** Chooses again how a conditional step refreshes its table, now that its upstreams have run. */
  async #cheaper(step: PlanStep): Promise<PlanStep> {
    const { policy, graph, storages, engine, signal, followers } = this.#request
    if (policy.alwaysFollow) return step
    const stateOf = (key: string) => this.#states.get(key)
    return chooseStep({ lake: storages.lake, graph, engine: engine.name, signal, followers, stateOf }, step)
  }

  async #execute(step: PlanStep, causes: readonly Cause[]): Promise<StepEnd> {
    const { storages, runId, now, emit, signal } = this.#request
    const { asset: key, mode } = step
    const startedAt = now()
    emit({ type: 'step-started', runId, asset: key, at: startedAt.toISOString(), mode, causes })
    let end: StepEnd
    try {
      const published = await this.#try(step)
      this.#states.set(key, published.state)
      // Only `lake status` reads the note. The asset is published, so the step has not failed if
      // the note stays.
      await clearFailure(storages.lake, key).catch(() => undefined)
      end = published
    } catch (error) {
      end = signal.aborted ? { ...FRESH, outcome: 'canceled' } : await this.#fail(key, error)
    }
    this.#emitFinished(key, end, now().getTime() - startedAt.getTime())
    return end
  }

  #try(step: PlanStep): Promise<StepResult> {
    const { graph, observations, policy, signal, timing, runId, now, emit } = this.#request
    const { asset: key } = step
    const kept = (files: KeptFiles) => void this.#kept.set(key, files)
    const own = attemptPolicy(graph.get(key), policy.attempts)
    const retrying = ({ error, ...failed }: FailedAttempt) => {
      const report = reportError(error, key)
      emit({ type: 'step-retried', runId, at: now().toISOString(), asset: key, ...failed, error: report })
    }
    // Leaves the rest of a move to the next run, because this run has observed the table under its
    // old key.
    const retries = observations.get(key)?.former ? { attempts: 1 } : own.retries
    return tryStep({ ...own, retries }, { signal, timing, retrying }, (inTime) =>
      runStep({ ...this.#request, signal: inTime }, step, { state: this.#states.get(key), kept }),
    )
  }

  #emitFinished(key: string, end: StepEnd, durationMs: number): void {
    const { emit, runId, now } = this.#request
    const provenance = this.#states.get(key)?.provenance
    const rejected = provenance?.source?.rejected ?? 0
    const kept = this.#kept.get(key)
    emit({
      type: 'step-finished',
      ...{ runId, asset: key, at: now().toISOString() },
      ...this.#result(key, end),
      rows: provenance?.content.rows ?? null,
      ...(rejected > 0 && { rejected }),
      ...(end.bytesWritten && { bytesWritten: end.bytesWritten }),
      durationMs,
      ...(end.affected && { affected: end.affected }),
      ...(kept && { kept }),
      ...(end.read && { read: end.read }),
      ...(end.error && { error: end.error }),
    })
  }

  async #fail(key: string, error: unknown): Promise<StepEnd> {
    const { storages, claims, runId, now } = this.#request
    // A run that lost its claim has lost its scratch directory too: that is why it failed.
    const isLost = !(await claims.holds(key).catch(() => true))
    const report = reportError(isLost ? lostClaim(key) : error, key)
    this.#firstFailure ??= report
    const note = { runId, at: now().toISOString(), error: report, attempt: this.#attempt(key) }
    // Only `lake status` reads the note. If it cannot be written, the step's own failure is still
    // the one to report. The run that took the claim writes its own.
    if (!isLost) await noteFailure(storages.lake, key, note).catch(() => undefined)
    return { ...FRESH, outcome: 'failed', error: report, because: [key] }
  }

  /**
   * The code and inputs that were attempted. `lake status` compares them with the current state to
   * say whether a run would fail again.
   */
  #attempt(key: string): Attempt {
    const { graph } = this.#request
    const { code } = graph.get(key)
    const inputs = graph.upstream(key).flatMap((upstream) => {
      const state = this.#states.get(upstream)
      return state ? [[upstream, state.version] as const] : []
    })
    const checks = code.checks === undefined ? {} : { checks: code.checks }
    return { code: code.version, ...checks, inputs: Object.fromEntries(inputs) }
  }

  #result(key: string, { outcome, rowsWritten, partitionsWritten, because }: StepEnd): AssetResult {
    const version = this.#states.get(key)?.version ?? null
    const skipped = outcome === 'skipped' && because ? { because } : {}
    return { key, outcome, version, rowsWritten, partitionsWritten, ...skipped }
  }
}

const FRESH: StepEnd = { outcome: 'fresh', rowsWritten: 0, partitionsWritten: 0 }
