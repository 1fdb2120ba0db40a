/** Claims assets for a run, so that two runs never build one asset at the same time. */
import type { Storage } from '../../storage/storage.ts'
import { systemTiming, type Timing } from '../timing.ts'
import { type Claim, isAlive } from './claim.ts'
import { Leases, leasePath, RENEW_EVERY_MS, renewLease, WATCH_MS, watchLease } from './leases.ts'
import {
  claimPath,
  claimText,
  deleteEpoch,
  type Epoch,
  newestEpochs,
  readClaim,
  releasePath,
  severalAtOnce,
} from './stored-claims.ts'

/**
 * The claims of a run. If a claim is lost, the commit still lets only one of two writers publish.
 */
export interface HeldClaims {
  /**
   * Whether the run still has the claim on the asset. Asks the lake only if another run can have
   * taken it, because this process stood still or could not renew its lease.
   */
  holds(key: string): Promise<boolean>
  /** Releases the assets. Leaves claims that were lost meanwhile to their new holder. */
  release(): Promise<void>
}

type ClaimResult =
  | { readonly kind: 'claimed'; readonly claims: HeldClaims; readonly deadRuns: readonly string[] }
  | { readonly kind: 'held-by-other'; readonly holder: Claim }

/**
 * Claims all of the assets or none. Returns `held-by-other` with the claim of another run, or
 * `claimed`, where `deadRuns` are the runs whose claims it took. The clock of another host can be
 * behind. So a lease that expired recently is watched before its run counts as dead.
 */
export async function claimAssets(
  lake: Storage,
  keys: readonly string[],
  runId: string,
  timing: Timing = systemTiming,
): Promise<ClaimResult> {
  const taken = new Map<string, number>()
  const claims = new LeasedClaims(lake, runId, taken)
  await claims.begin()
  try {
    const result = await takeAll({ lake, keys, runId, timing, taken })
    if (result.kind === 'taken') return { kind: 'claimed', claims, deadRuns: result.deadRuns }
    await claims.release()
    return result
  } catch (error) {
    // Claims that cannot be released expire with the lease, which is no longer renewed.
    await claims.release().catch(() => undefined)
    throw error
  }
}

interface TakeContext {
  readonly lake: Storage
  readonly keys: readonly string[]
  readonly runId: string
  readonly timing: Timing
  /** The epoch of each claim is added here. */
  readonly taken: Map<string, number>
}

type Taken =
  | { readonly kind: 'taken'; readonly deadRuns: readonly string[] }
  | { readonly kind: 'held-by-other'; readonly holder: Claim }

/** The holder whose claim was released or deleted meanwhile. */
const UNKNOWN = { runId: 'unknown', host: 'unknown', pid: 0, expiresAt: '' }

async function takeAll({ lake, keys, runId, timing, taken }: TakeContext): Promise<Taken> {
  const newest = await newestEpochs(lake)
  const ended: Epoch[] = []
  const deadRuns = new Set<string>()
  const leases = new Leases(lake, { now: timing.now, watched: (dead) => watchLease(lake, { dead, runId }, timing) })
  // Claims one key after another, in order: if two runs begin at the same time, one of them gets
  // all.
  for (const key of keys) {
    const current = newest.get(key)
    const holder = current && !current.released ? await readClaim(lake, current, leases) : undefined
    if (holder && isAlive(holder, timing.now())) return { kind: 'held-by-other', holder }
    if (holder) deadRuns.add(holder.runId)
    const epoch = (current?.epoch ?? 0) + 1
    if ((await lake.putIfAbsent(claimPath(key, epoch), claimText(key, runId), 'process')) === 'exists') {
      const winner = await readClaim(lake, { key, epoch, released: false }, leases)
      return { kind: 'held-by-other', holder: winner ?? { key, ...UNKNOWN } }
    }
    taken.set(key, epoch)
    if (current) ended.push(current)
  }
  await severalAtOnce(ended, (epoch) => deleteEpoch(lake, epoch))
  // Remaining claims of a dead run count as dead even after its lease was deleted.
  await severalAtOnce(deadRuns, (dead) => lake.delete(leasePath(dead)))
  return { kind: 'taken', deadRuns: [...deadRuns] }
}

/**
 * Renews the lease periodically. No run takes claims whose lease was renewed within the watching
 * time. After a longer gap between renewals, only the lake can say whether the claims are still
 * held.
 */
class LeasedClaims implements HeldClaims {
  readonly #lake: Storage
  readonly #runId: string
  /** The epoch of each claim. */
  readonly #taken: ReadonlyMap<string, number>
  /** The time since the claims were certainly held. */
  #sinceSure = stopwatch()
  #renewal: Promise<void> = Promise.resolve()
  #timer: NodeJS.Timeout | undefined

  constructor(lake: Storage, runId: string, taken: ReadonlyMap<string, number>) {
    this.#lake = lake
    this.#runId = runId
    this.#taken = taken
  }

  /** Throws if the lease cannot be stored. */
  async begin(): Promise<void> {
    this.#renewal = this.#renew()
    await this.#renewal
    this.#timer = setInterval(() => {
      this.#renewal = this.#renew()
      // If a renewal failed, the next one repeats it: the lease lasts longer than two intervals.
      this.#renewal.catch(() => undefined)
    }, RENEW_EVERY_MS)
    this.#timer.unref()
  }

  async holds(key: string): Promise<boolean> {
    if (this.#sinceSure() < WATCH_MS) return true
    // From now on, a run that watches the lease sees that this run is alive.
    await renewLease(this.#lake, this.#runId)
    return (await newestEpochs(this.#lake, `${key}.`)).get(key)?.epoch === this.#taken.get(key)
  }

  async release(): Promise<void> {
    clearInterval(this.#timer)
    await this.#renewal.catch(() => undefined)
    await endLease(this.#lake, this.#taken, this.#runId)
  }

  async #renew(): Promise<void> {
    const since = stopwatch()
    await renewLease(this.#lake, this.#runId)
    if (this.#sinceSure() < WATCH_MS) this.#sinceSure = since
  }
}

/**
 * Returns a function that returns the milliseconds since this call. Two clocks are used, because
 * one stops while the machine sleeps, and the other can be set.
 */
function stopwatch(): () => number {
  const [date, steady] = [Date.now(), performance.now()]
  return () => Math.max(Date.now() - date, performance.now() - steady)
}

/** Releases the claims first: without its lease, a claim counts as the claim of a dead run. */
async function endLease(lake: Storage, taken: ReadonlyMap<string, number>, runId: string): Promise<void> {
  await releaseAll(lake, taken)
  await lake.delete(leasePath(runId))
}

async function releaseAll(lake: Storage, taken: ReadonlyMap<string, number>): Promise<void> {
  const newest = taken.size > 0 ? await newestEpochs(lake) : new Map<string, Epoch>()
  await severalAtOnce(taken, async ([key, epoch]) => {
    if (newest.get(key)?.epoch !== epoch) return
    await lake.put(releasePath(key, epoch), '', 'process')
    await lake.delete(claimPath(key, epoch))
  })
}
