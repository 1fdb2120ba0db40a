/** Claims the assets of a plan, and plans anew until the plan fits what is claimed. */
import type { AssetGraph } from '../../graph/asset-graph.ts'
import type { Observations } from '../../observe/observation.ts'
import { observeCurrent, type ProjectStorages } from '../../observe/observe.ts'
import { movedKey } from '../../observe/renamed-tables.ts'
import type { Claim } from '../../run/claims/claim.ts'
import { claimAssets, type HeldClaims } from '../../run/claims/claim-assets.ts'
import { describeHolder, heldBy } from '../../run/claims/claim-conflict.ts'
import { activeClaims } from '../../run/claims/open-claims.ts'
import type { EventSink, RunWaited } from '../../run/events.ts'
import { interrupted } from '../../run/interrupted.ts'
import { removeRunDirectory } from '../../run/scratch.ts'
import type { Timing } from '../../run/timing.ts'
import { type Planned, planWanted, type Wanted } from './plan-wanted.ts'

export interface ClaimRequest extends Wanted {
  readonly graph: AssetGraph
  readonly storages: ProjectStorages
  readonly failFast: boolean
  /** The local directory in which each run makes a directory of its own. */
  readonly scratchRoot: string
  readonly signal: AbortSignal
  /** Whether the run waits for claims of other runs. If not, it throws `held`. */
  readonly wait?: boolean
  readonly timing: Timing
  readonly emit: EventSink
}

export interface ClaimedPlan extends Planned {
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
export async function planAndClaim(request: ClaimRequest, runId: string): Promise<ClaimedPlan> {
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

interface WaitContext {
  readonly runId: string
  readonly waited: RunWaited[]
}

/**
 * Waits until the claim is released or its run is dead. Reports the wait. Throws `held` if the run
 * does not wait.
 */
async function waitFor(request: ClaimRequest, holder: Claim, { runId, waited }: WaitContext): Promise<void> {
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
  { graph, storages }: Pick<ClaimRequest, 'graph' | 'storages'>,
  observations: Observations,
  keys: readonly string[],
): Promise<boolean> {
  const currentTables = await Promise.all(keys.map((key) => observeCurrent(storages.lake, graph.get(key))))
  return currentTables.every(({ state, former }, index) => {
    const before = observations.get(keys[index] ?? '')
    return state?.version === before?.state?.version && former?.kind === before?.former?.kind
  })
}
