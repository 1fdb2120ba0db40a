import type { EngineRun, ExternalResources } from '../engine/external-resources.ts'
import { LakeError } from '../errors.ts'
import { type OpenClaims, openClaims } from '../run/claims.ts'
import type { Storage } from '../storage/storage.ts'

/** A run that was heard of since may only be late, and what it keeps elsewhere still waits for it. */
const LATE_MS = 5 * 60_000

/**
 * Ends what dead runs have left up, whatever they were building, and whether or not this run has something to do. A run that goes on with what
 * a dead one left holds it by now. Storage that cannot be read is told, and keeps nothing from going on.
 *
 * A run has its claims before it keeps anything up, and gives them back when nothing is up any more; what it holds is read before the claims. So
 * one that has none has ended, or lost them to others, who took it for dead. It may be alive all the same, and then is heard of.
 */
export async function reapDeadRuns(
  kept: ExternalResources,
  lake: Storage,
  run: Pick<EngineRun, 'runId' | 'notify'> & { readonly signal: AbortSignal },
): Promise<void> {
  try {
    const owners = (await kept.owners()).filter((owner) => owner !== run.runId)
    if (owners.length === 0) return
    const claims = await openClaims(lake, LATE_MS)
    const dead = await Promise.all(owners.map(async (owner) => ((await isDead(owner, claims, kept)) ? [owner] : [])))
    if (dead.flat().length > 0) await kept.end(dead.flat(), run)
  } catch (error) {
    if (!(error instanceof LakeError)) throw error
    run.notify({ type: 'run-warned', message: `what dead runs left up could not be ended: ${error.message}` })
  }
}

async function isDead(owner: string, { working, dead }: OpenClaims, kept: ExternalResources): Promise<boolean> {
  if (working.some(({ runId }) => runId === owner)) return false
  if (dead.some(({ runId }) => runId === owner)) return true
  return (await kept.lastHeardOf(owner)) + LATE_MS <= Date.now()
}
