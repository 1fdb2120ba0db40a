/** The claims that no run has released, of live runs and of dead ones. */
import type { Storage } from '../../storage/storage.ts'
import { type Claim, isAlive, isOfScheduler, processEnded } from './claim.ts'
import { Leases } from './leases.ts'
import { newestEpochs, readClaim } from './stored-claims.ts'

/** How long after the end of its lease a run counts as late rather than dead. */
const LATE_MS = 60 * 60_000

/** Returns the live claims. */
export async function activeClaims(lake: Storage): Promise<readonly Claim[]> {
  return (await unreleasedClaims(lake)).filter((claim) => isAlive(claim, new Date()))
}

/** Claims that were not released, of runs that can still work and of dead runs. */
export interface OpenClaims {
  /** Includes late runs whose lease has expired: a machine that was asleep continues its run. */
  readonly live: readonly Claim[]
  readonly dead: readonly Claim[]
}

/**
 * Returns all claims that were not released. Counts a run as dead only `lateMs` after the end of
 * its lease.
 */
export async function openClaims(lake: Storage, lateMs = LATE_MS): Promise<OpenClaims> {
  const claims = (await unreleasedClaims(lake)).filter(({ key }) => !isOfScheduler(key))
  const isDead = (claim: Claim) => Date.parse(claim.expiresAt) + lateMs <= Date.now() || processEnded(claim)
  return { live: claims.filter((claim) => !isDead(claim)), dead: claims.filter(isDead) }
}

async function unreleasedClaims(lake: Storage): Promise<readonly Claim[]> {
  const newest = [...(await newestEpochs(lake)).values()].filter(({ released }) => !released)
  const leases = new Leases(lake, { now: () => new Date() })
  const claims = await Promise.all(newest.map((epoch) => readClaim(lake, epoch, leases)))
  return claims.filter((claim) => claim !== undefined)
}
