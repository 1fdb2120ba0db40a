/** Ends what dead runs have left running outside their process, such as clusters. */
import type { EngineRun, ExternalResources } from '../engine/external-resources.ts'
import { LakeError } from '../errors.ts'
import { MOST_CLOCK_DIFFERENCE_MS } from '../run/claims/leases.ts'
import { type OpenClaims, openClaims } from '../run/claims/open-claims.ts'
import type { Storage } from '../storage/storage.ts'

/**
 * Maximum age of the last sign of life of a run that can still be alive. The clocks of two hosts
 * can differ by a quarter of an hour.
 */
const LATE_MS = MOST_CLOCK_DIFFERENCE_MS + 5 * 60_000

/**
 * Ends the resources of all dead runs, even those of other assets, and even if this run has no
 * step. If this run has adopted resources of a dead run, it already owns them. If the storage is
 * unreadable, a warning says so, and the run goes on.
 *
 * A run claims its assets before it starts a resource, and releases them after its resources have
 * ended. Owners are listed *before* the claims are read, so an owner without a claim has ended, or
 * has lost its lease to another run. A run that lost its lease can still be alive. It has then
 * given a sign of life recently.
 */
export async function reapDeadRuns(
  resources: ExternalResources,
  lake: Storage,
  run: Pick<EngineRun, 'runId' | 'notify'> & { readonly signal: AbortSignal },
): Promise<void> {
  try {
    const owners = (await resources.owners()).filter((owner) => owner !== run.runId)
    if (owners.length === 0) return
    const claims = await openClaims(lake, LATE_MS)
    const dead = await Promise.all(
      owners.map(async (owner) => ((await isDead(owner, claims, resources)) ? [owner] : [])),
    )
    if (dead.flat().length > 0) await resources.end(dead.flat(), run)
  } catch (error) {
    if (!(error instanceof LakeError)) throw error
    run.notify({ type: 'run-warned', message: `what dead runs left running could not be ended: ${error.message}` })
  }
}

async function isDead(owner: string, { live, dead }: OpenClaims, resources: ExternalResources): Promise<boolean> {
  if (live.some(({ runId }) => runId === owner)) return false
  if (dead.some(({ runId }) => runId === owner)) return true
  return (await resources.lastHeardOf(owner)) + LATE_MS <= Date.now()
}
