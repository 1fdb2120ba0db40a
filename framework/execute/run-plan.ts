import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import PQueue from 'p-queue'
import { describeFailure } from '../engine/check-failure.ts'
import type { Engine } from '../engine/engine.ts'
import type { AssetGraph } from '../graph/asset-graph.ts'
import type { ResolvedAsset, ResolvedTable } from '../graph/resolved-asset.ts'
import type { Cause } from '../observe/cause.ts'
import type { Observations, TableState } from '../observe/observation.ts'
import type { Places } from '../observe/observe.ts'
import { type CurrentUpstreams, isPending, stalenessCauses } from '../observe/staleness.ts'
import { current, type Plan, type PlanStep, renamedCauses } from '../plan/plan.ts'
import { type LoadedCode, refuseNewerCode } from '../publish/newer-code.ts'
import type { Published } from '../publish/publish.ts'
import { type ErrorReport, reportError } from '../run/error-report.ts'
import type { AffectedSummary, AssetResult, EventSink, KeptFiles, Outcome, RunStatus } from '../run/events.ts'
import { type Attempt, clearFailure, noteFailure } from '../run/failures.ts'
import { makeDirectory } from '../storage/local/make-directory.ts'
import { checkStep } from './check-step.ts'
import { incrementTable } from './increment-step.ts'
import { currentSource } from './ingest/ingest-scope.ts'
import { ingestSource } from './ingest/source-step.ts'
import { movedOnly, moveTable, recordNames } from './rename-step.ts'
import type { StepContext } from './step-context.ts'
import { buildTable } from './table-step.ts'

export interface RunRequest {
  readonly runId: string
  readonly graph: AssetGraph
  readonly places: Places
  readonly observations: Observations
  readonly plan: Plan
  readonly engine: Engine
  /** A local directory for this run alone; it is created, and removed at the end. */
  readonly scratch: string
  /** Steps at the same time. */
  readonly concurrency: number
  /** After a failure, begin nothing more; else only what depends on it is left out. */
  readonly failFast: boolean
  readonly loaded: LoadedCode
  readonly signal: AbortSignal
  readonly now: () => Date
  readonly emit: EventSink
}

export interface RunResult {
  readonly status: RunStatus
  /** Every asset of the plan, upstreams first. */
  readonly assets: readonly AssetResult[]
  /** The first failure. */
  readonly error?: ErrorReport
}

/** Walks the steps of a plan, each after its upstreams. What happens is told in events; a step's failure is one, and not thrown. */
export async function runPlan(request: RunRequest): Promise<RunResult> {
  const walk = new Walk(request)
  try {
    return await walk.run()
  } finally {
    await rm(request.scratch, { recursive: true, force: true })
  }
}

interface StepEnd {
  readonly outcome: Outcome
  readonly rowsWritten: number
  readonly partitionsWritten: number
  readonly affected?: AffectedSummary
  readonly error?: ErrorReport
  /** The assets for whose failure there are no new rows: itself, or those upstream that failed. */
  readonly because?: readonly string[]
}

interface Built extends Published {
  readonly affected?: AffectedSummary
}

class Walk {
  readonly #request: RunRequest
  readonly #queue: PQueue
  readonly #ends = new Map<string, Promise<StepEnd>>()
  /** Tables as they stand by now; starts as observed. */
  readonly #states: Map<string, TableState>
  /** Of sources that were not read to their end. */
  readonly #kept = new Map<string, KeptFiles>()
  /** The first one. */
  #failure: ErrorReport | undefined

  constructor(request: RunRequest) {
    this.#request = request
    this.#queue = new PQueue({ concurrency: request.concurrency })
    this.#states = new Map(
      [...request.observations.values()].flatMap(({ key, state }) => (state ? [[key, state] as const] : [])),
    )
  }

  async run(): Promise<RunResult> {
    const { plan, graph, signal } = this.#request
    const chains = longestChains(plan, graph)
    const chain = ({ asset }: PlanStep) => chains.get(asset) ?? 0
    // Still upstreams first; of those that wait for the same the longest chain is queued first.
    for (const step of plan.steps.toSorted((left, right) => chain(right) - chain(left))) {
      this.#ends.set(step.asset, this.#afterUpstreams(step, chain(step)))
    }
    const ends = new Map<string, StepEnd>()
    for (const [key, end] of this.#ends) ends.set(key, await end)
    for (const key of plan.fresh) ends.set(key, FRESH)
    const assets = graph.assets.flatMap(({ key }) => {
      const end = ends.get(key)
      return end ? [this.#result(key, end)] : []
    })
    const status = signal.aborted ? 'canceled' : this.#failure ? 'failed' : 'succeeded'
    return { status, assets, ...(this.#failure && { error: this.#failure }) }
  }

  async #afterUpstreams(step: PlanStep, priority: number): Promise<StepEnd> {
    const upstream = this.#request.graph.upstream(step.asset)
    const ends = await Promise.all(upstream.flatMap((key) => this.#ends.get(key) ?? []))
    const because = [...new Set(ends.flatMap(({ because = [] }) => because))]
    return (await this.#queue.add(() => this.#step(step, because), { priority })) as StepEnd
  }

  /** `failedUpstream` are the assets upstream, however far, that failed. */
  async #step(step: PlanStep, failedUpstream: readonly string[]): Promise<StepEnd> {
    const { signal, failFast } = this.#request
    if (signal.aborted) return this.#leaveOut(step, { ...FRESH, outcome: 'canceled' })
    const first = failFast && this.#failure?.asset !== undefined ? [this.#failure.asset] : []
    const because = failedUpstream.length > 0 ? failedUpstream : first
    if (because.length > 0) return this.#leaveOut(step, { ...FRESH, outcome: 'skipped', because })
    const causes = this.#causesNow(step)
    if (causes.length > 0) return this.#execute(step, causes)
    const observed = this.#request.observations.get(step.asset)
    const renamed = observed ? renamedCauses(observed) : []
    return renamed.length > 0 ? this.#execute({ ...step, mode: 'rename' }, renamed) : this.#leaveOut(step, FRESH)
  }

  /** The step never starts, which is told as well: who follows the run should not wait for it. */
  #leaveOut({ asset: key }: PlanStep, end: StepEnd): StepEnd {
    this.#emitFinished(key, end, 0)
    return end
  }

  /** Once the upstreams have run it is known whether what this asset reads of them has changed. */
  #causesNow({ asset: key, causes }: PlanStep): readonly Cause[] {
    const { graph, observations } = this.#request
    const observed = observations.get(key)
    if (!observed || !causes.some(isPending)) return causes
    const upstream: CurrentUpstreams = (upstreamKey) => current(this.#states.get(upstreamKey))
    const forced = causes.filter(({ kind }) => kind === 'forced')
    return [...forced, ...stalenessCauses(graph.get(key), observed, upstream)]
  }

  async #execute(step: PlanStep, causes: readonly Cause[]): Promise<StepEnd> {
    const { places, runId, now, emit, signal } = this.#request
    const { asset: key, mode } = step
    const startedAt = now()
    emit({ type: 'step-started', runId, asset: key, at: startedAt.toISOString(), mode, causes })
    let end: StepEnd
    try {
      const published = await this.#build(step)
      this.#states.set(key, published.state)
      // The note only serves `lake status`, and the asset is published: what keeps it from being cleared is no failure.
      await clearFailure(places.lake, key).catch(() => undefined)
      end = published
    } catch (error) {
      end = { ...FRESH, outcome: 'canceled' }
      if (!signal.aborted) end = await this.#fail(key, error)
    }
    this.#emitFinished(key, end, now().getTime() - startedAt.getTime())
    return end
  }

  #emitFinished(key: string, end: StepEnd, durationMs: number): void {
    const { emit, runId, now } = this.#request
    const rejected = this.#states.get(key)?.provenance.source?.rejected ?? 0
    const kept = this.#kept.get(key)
    emit({
      type: 'step-finished',
      ...{ runId, asset: key, at: now().toISOString() },
      ...this.#result(key, end),
      rows: this.#states.get(key)?.provenance.content.rows ?? null,
      ...(rejected > 0 && { rejected }),
      durationMs,
      ...(end.affected && { affected: end.affected }),
      ...(kept && { kept }),
      ...(end.error && { error: end.error }),
    })
  }

  async #build(step: PlanStep): Promise<Built> {
    const { graph, places, observations, scratch, loaded } = this.#request
    const asset = graph.get(step.asset)
    refuseNewerCode(asset, this.#states.get(asset.key)?.provenance, loaded)
    const directory = join(scratch, asset.key)
    makeDirectory(directory)
    const forced = step.causes.some(({ kind }) => kind === 'forced')
    const context = this.#context(asset.key, { directory, distrusting: forced })
    const { former } = observations.get(asset.key) ?? {}
    try {
      if (former) await moveTable(context, former, asset.key)
      if (step.mode === 'rename') return await this.#rename(context, asset)
      if (asset.kind === 'table') return await this.#table(context, asset, step)
      const observed = observations.get(asset.key)
      if (!observed?.source) throw new Error(`the files of ${asset.key} were not observed`)
      const current = currentSource(observed, step.causes)
      const storage = places.source(asset.key)
      return await ingestSource(context, { asset, storage, observed: observed.source, current })
    } finally {
      await rm(directory, { recursive: true, force: true })
    }
  }

  async #rename(context: StepContext, asset: ResolvedAsset): Promise<Built> {
    const state = this.#states.get(asset.key)
    if (!state) throw new Error(`${asset.key} was renamed without a table`)
    const { renamed = [] } = this.#request.observations.get(asset.key) ?? {}
    return asset.kind === 'table' && renamed.length > 0 ? recordNames(context, asset, state) : movedOnly(state)
  }

  async #table(context: StepContext, asset: ResolvedTable, { mode }: PlanStep): Promise<Built> {
    const [state, followed] = [this.#states.get(asset.key), asset.incremental]
    if (mode === 'check' && state) return checkStep(context, asset, state)
    if (mode === 'full' || !state || followed?.kind !== 'followed') return buildTable(context, asset)
    const incremented = await incrementTable(context, { asset, followed, state })
    if (incremented.kind === 'published') {
      const { keys, rowsRemoved, rowsAdded } = incremented.affected
      return { ...incremented.published, affected: { keys, rowsRemoved, rowsAdded } }
    }
    context.notice(`${asset.key} is rebuilt whole: ${incremented.why}`)
    return buildTable(context, asset)
  }

  #context(key: string, own: Pick<StepContext, 'directory' | 'distrusting'>): StepContext {
    const { places, graph, engine, runId, signal, now, emit, observations, loaded } = this.#request
    const total = observations.get(key)?.source?.files.length ?? 0
    const at = () => ({ runId, asset: key, at: now().toISOString() })
    return {
      ...{ lake: places.lake, graph, engine, runId, signal, now, loaded, ...own },
      progress: (done) => emit({ type: 'step-progressed', ...at(), done, total, unit: 'files' }),
      kept: (kept) => void this.#kept.set(key, kept),
      warn: (failure) =>
        emit({ type: 'step-warned', ...at(), message: describeFailure(key, failure), details: failure }),
      notice: (message) => emit({ type: 'step-warned', ...at(), message }),
    }
  }

  async #fail(key: string, error: unknown): Promise<StepEnd> {
    const { places, runId, now } = this.#request
    const report = reportError(error, key)
    this.#failure ??= report
    // The note only serves `lake status`: where even that cannot be written, the failure itself is what counts.
    const note = { runId, at: now().toISOString(), error: report, attempt: this.#attempt(key) }
    await noteFailure(places.lake, key, note).catch(() => undefined)
    return { ...FRESH, outcome: 'failed', error: report, because: [key] }
  }

  /** By it `lake status` tells whether the same would fail again. */
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

/** How many steps wait for each, one after the other: what the most hangs on goes first, and the end of the run is not one long chain. */
function longestChains({ steps }: Plan, graph: AssetGraph): ReadonlyMap<string, number> {
  const chains = new Map(steps.map(({ asset }) => [asset, 0]))
  for (const { asset } of steps.toReversed()) {
    const own = chains.get(asset) ?? 0
    for (const key of graph.upstream(asset)) {
      const known = chains.get(key)
      if (known !== undefined) chains.set(key, Math.max(known, own + 1))
    }
  }
  return chains
}

const FRESH: StepEnd = { outcome: 'fresh', rowsWritten: 0, partitionsWritten: 0 }
