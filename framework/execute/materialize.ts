/**
 * Refreshes what a selection needs: observes, plans, claims the assets, walks the plan, and reports
 * a run.
 */
import type { Engine } from '../engine/engine.ts'
import type { EngineRun, ExternalResources } from '../engine/external-resources.ts'
import type { AssetGraph } from '../graph/asset-graph.ts'
import { select } from '../graph/selection.ts'
import type { Observations } from '../observe/observation.ts'
import { observe, observeCurrent, type ProjectStorages, rememberingLake } from '../observe/observe.ts'
import { movedKey, renamedWarnings } from '../observe/renamed-tables.ts'
import { followersOf } from '../plan/followers.ts'
import { makePlan, type Plan } from '../plan/plan.ts'
import { stepDocument } from '../plan/step-document.ts'
import type { LoadedCode } from '../publish/newer-code.ts'
import type { Claim } from '../run/claims/claim.ts'
import { claimAssets, type HeldClaims } from '../run/claims/claim-assets.ts'
import { describeHolder, heldBy } from '../run/claims/claim-conflict.ts'
import { activeClaims } from '../run/claims/open-claims.ts'
import { reportError } from '../run/error-report.ts'
import type { EventSink, RunWaited } from '../run/events.ts'
import { interrupted } from '../run/interrupted.ts'
import type { OpenListener } from '../run/listener.ts'
import { newRunId } from '../run/run-id.ts'
import { makeRunDirectory, removeRunDirectory, runDirectory } from '../run/scratch.ts'
import type { Timing } from '../run/timing.ts'
import { chooseStep } from './increment/choose-step.ts'
import type { RefreshPolicy } from './increment/refresh-choice.ts'
import { assetsLeftOut, emitLeftOut, type LeftOut, resultsOf, withLeftOut } from './left-out.ts'
import { reapDeadRuns } from './reap-dead-runs.ts'
import { type RunResult, runPlan } from './run-plan.ts'
import type { RunPolicy } from './run-policy.ts'
import { RunReports } from './run-reports.ts'

/** What a caller wants to bring up to date. */
export interface Wanted extends RefreshPolicy {
  /** Selection terms. If there are none, all assets are selected. */
  readonly selection: readonly string[]
  /** Rebuild the selected assets even if they are fresh. */
  readonly full: boolean
  /** Leave upstreams as they are. */
  readonly only: boolean
  /** Accept a source that has no files, or no longer has any, as empty. */
  readonly allowEmpty?: boolean
}

export interface Planned {
  readonly plan: Plan
  readonly observations: Observations
  /** Assets that the plan leaves out because they cannot be built. */
  readonly leftOut: LeftOut
}

/**
 * Observes what the selection needs, and plans it. If a table is unreadable, the plan leaves out
 * the assets that depend on it. Throws all other problems as one error.
 */
export async function planWanted(graph: AssetGraph, storages: ProjectStorages, wanted: Wanted): Promise<Planned> {
  const selected = select(graph, wanted.selection)
  const keys = wanted.only ? selected : graph.withUpstream(selected)
  // With --only the upstreams are not refreshed, but their changes still make assets stale.
  const observed = new Set([...keys, ...keys.flatMap((key) => graph.upstream(key))])
  const assets = graph.assets.filter(({ key }) => observed.has(key))
  const observations = await observe(storages, assets)
  const forced = new Set(wanted.full ? selected : [])
  const leftOut = assetsLeftOut(graph, observations, { keys, selected, allowEmpty: wanted.allowEmpty ?? false })
  const built = keys.filter((key) => !leftOut.unreadable.has(key) && !leftOut.dependent.has(key))
  const named = new Set(wanted.selection.map((term) => term.replace(/^\+?(?:source:)?|\+$/g, '')))
  const plan = makePlan(graph, observations, { keys: built, forced, named })
  if (wanted.alwaysFollow) return { plan, observations, leftOut }
  const stateOf = (key: string) => observations.get(key)?.state
  const { signal } = new AbortController()
  const followers = followersOf(graph, plan.steps)
  const context = { lake: storages.lake, graph, engine: wanted.engineName, stateOf, followers, signal }
  // The costs of a conditional step are known only after its upstreams have run.
  const chosen = plan.steps.map(async (step) => (step.conditional ? step : chooseStep(context, step)))
  return { plan: { ...plan, steps: await Promise.all(chosen) }, observations, leftOut }
}

export interface MaterializeRequest extends Wanted, Pick<RunPolicy, 'failFast' | 'concurrency' | 'attempts'> {
  readonly graph: AssetGraph
  readonly storages: ProjectStorages
  /** Called at most once, and only if a step has to run. */
  readonly openEngine: (run: EngineRun) => Promise<Engine>
  /** Undefined for an engine that starts nothing outside this process. */
  readonly kept?: ExternalResources | undefined
  /** The local directory in which each run makes a directory of its own. */
  readonly scratchRoot: string
  readonly loaded: LoadedCode
  readonly signal: AbortSignal
  /** Whether the run waits for claims of other runs. If not, it throws `held`. */
  readonly wait?: boolean
  readonly timing: Timing
  readonly emit: EventSink
  readonly listen?: OpenListener | undefined
}

/**
 * Plans and runs. If another run has claimed an asset that this run would build, throws `held`, or
 * waits for it. Once the run has started, it does not throw: what ends it early becomes the error
 * of `run-finished`, so that readers of the events get it.
 */
export async function materialize(given: MaterializeRequest): Promise<RunResult> {
  const request = { ...given, storages: rememberingLake(given.storages) }
  const { graph, storages, timing } = request
  const { now } = timing
  const runId = newRunId(now())
  const startedAt = now()
  const { plan, observations, leftOut, claims, deadRuns, waited } = await planAndClaim(request, runId)
  const reports = new RunReports({
    ...{ lake: storages.lake, runId, timing, emit: request.emit, listen: request.listen, before: waited },
  })
  const { emit, notify } = reports
  const scratch = runDirectory(request.scratchRoot, runId)
  let engine: Engine | undefined
  let held = claims
  const release = async () => {
    const ending = held
    held = undefined
    await ending?.release()
  }
  try {
    if (plan.steps.length > 0) await makeRunDirectory(request.scratchRoot, runId)
    engine = plan.steps.length > 0 ? await request.openEngine({ runId, scratch, deadRuns, notify }) : undefined
    const { selection, signal, loaded } = request
    emit({
      ...{ type: 'run-started', runId, at: startedAt.toISOString(), lake: storages.lake.uri },
      ...{ engine: engine?.name ?? null, selection, steps: plan.steps.map(stepDocument) },
    })
    const leftResults = resultsOf(leftOut, observations)
    warnOfFormerTables(observations, notify)
    emitLeftOut(leftResults, leftOut, { runId, now, emit })
    const walked = await resultOrError(signal, async () => {
      if (request.kept) await reapDeadRuns(request.kept, storages.lake, { runId, notify, signal })
      if (!engine || !claims) return nothingToDo(graph, plan, observations)
      return runPlan({
        ...{ runId, graph, storages, observations, plan, engine, claims, scratch, loaded },
        ...{ signal, now, emit, timing, policy: policyOf(request) },
        followers: followersOf(graph, plan.steps),
      })
    })
    const result = withLeftOut(graph, walked, { leftOut, results: leftResults })
    // A run ends only after everything that it started elsewhere has stopped. If something cannot
    // be stopped, the result stays, and a warning says so.
    const closing = engine
    engine = undefined
    await closing?.close().catch((error) => notify({ type: 'run-warned', message: reportError(error).message }))
    const durationMs = now().getTime() - startedAt.getTime()
    await reports.finish({ type: 'run-finished', runId, at: now().toISOString(), ...result, durationMs }, release)
    return result
  } finally {
    await engine?.close()
    await release()
    await reports.close()
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

interface ClaimedPlan extends Planned {
  readonly claims: HeldClaims | undefined
  readonly deadRuns: readonly string[]
  /**
   * The waits for other runs. The caller has got these events already; in the log they come before
   * the run's own.
   */
  readonly waited: readonly RunWaited[]
}

/** How often a waiting run looks whether the claims are free. */
const LOOK_EVERY_MS = 2_000

/**
 * Returns a plan whose assets are claimed, and which was made from their state at the time of the
 * claim. Plans anew after each wait, because the other run has changed what is stale.
 */
async function planAndClaim(request: MaterializeRequest, runId: string): Promise<ClaimedPlan> {
  const { graph, storages, scratchRoot, timing } = request
  const deadRuns = new Set<string>()
  const waited: RunWaited[] = []
  for (;;) {
    const planned = await planWanted(graph, storages, request)
    if (request.signal.aborted) throw interrupted('Nothing was changed.')
    const [unreadable] = planned.leftOut.unreadable.values()
    if (unreadable && request.failFast) throw unreadable
    const keys = planned.plan.steps.map(({ asset }) => asset)
    if (keys.length === 0) return { ...planned, claims: undefined, deadRuns: [], waited }
    const former = keys.flatMap((key) => movedKey(planned.observations.get(key) ?? {}) ?? [])
    const claimed = await claimAssets(storages.lake, [...keys, ...former], runId, timing)
    if (claimed.kind === 'held-by-other') {
      await waitFor(request, claimed.holder, { runId, waited })
      continue
    }
    for (const dead of claimed.deadRuns) {
      deadRuns.add(dead)
      await removeRunDirectory(scratchRoot, dead)
    }
    if (await isStillCurrent(request, planned.observations, keys)) {
      return { ...planned, claims: claimed.claims, deadRuns: [...deadRuns], waited }
    }
    await claimed.claims.release()
  }
}

interface Waiting {
  readonly runId: string
  readonly waited: RunWaited[]
}

/**
 * Waits until the claim is released or its run is dead. Reports the wait. Throws `held` if the run
 * does not wait.
 */
async function waitFor(request: MaterializeRequest, holder: Claim, { runId, waited }: Waiting): Promise<void> {
  const { wait = false, timing, emit, storages, signal } = request
  if (!wait) throw heldBy(holder)
  const at = timing.now().toISOString()
  const event: RunWaited = { type: 'run-waited', runId, at, asset: holder.key, message: describeHolder(holder) }
  waited.push(event)
  emit(event)
  const isHeld = async () =>
    (await activeClaims(storages.lake)).some(({ key, runId }) => key === holder.key && runId === holder.runId)
  do await timing.sleep(LOOK_EVERY_MS, signal)
  while (!signal.aborted && (await isHeld()))
  if (signal.aborted) throw interrupted('Nothing was changed.')
}

/** False if another run published one of the assets between the observation and the claim. */
async function isStillCurrent(
  { graph, storages }: Pick<MaterializeRequest, 'graph' | 'storages'>,
  observations: Observations,
  keys: readonly string[],
): Promise<boolean> {
  const currentTables = await Promise.all(keys.map((key) => observeCurrent(storages.lake, graph.get(key))))
  return currentTables.every(({ state, former }, index) => {
    const before = observations.get(keys[index] ?? '')
    return state?.version === before?.state?.version && former?.kind === before?.former?.kind
  })
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
