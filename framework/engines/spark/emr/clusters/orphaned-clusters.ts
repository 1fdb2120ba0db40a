import type { EngineRun } from '../../../../engine/external-resources.ts'
import { LakeError } from '../../../../errors.ts'
import { isGoing } from '../api/cluster-view.ts'
import { callError } from '../api/emr-messages.ts'
import { withRetries } from '../api/retry.ts'
import type { ClusterOwners } from './cluster-owners.ts'
import type { EmrAccess } from './find-cluster.ts'
import { type ClusterRecords, isSettled, madeFrom, ownCluster } from './recorded-clusters.ts'

export interface TerminateContext extends ClusterRecords, Pick<EngineRun, 'notify'> {
  readonly notes: ClusterOwners
}

/**
 * Ends what dead runs have left up. What cannot be ended is told, stays noted, and is tried again by the next run; what may still come up stays
 * noted too.
 */
export async function terminateOrphaned(makers: readonly string[], ending: TerminateContext): Promise<void> {
  for (const maker of makers) {
    try {
      await endOf(maker, ending)
      if (await isSettled(ending, maker)) await ending.notes.delete(maker)
    } catch (error) {
      if (!(error instanceof LakeError)) throw error
      ending.notify({ type: 'run-warned', message: `the run ${maker} died and left something up: ${error.message}` })
    }
  }
}

async function endOf(maker: string, ending: TerminateContext): Promise<void> {
  const ids = await madeFrom(ending, maker, 1)
  const results = await Promise.allSettled(ids.map((id) => endCluster(id, maker, ending)))
  const failed = results.find((result) => result.status === 'rejected')
  if (failed) throw failed.reason
}

async function endCluster(id: string, maker: string, { access, notify }: TerminateContext): Promise<void> {
  const cluster = await ownCluster(access, id, [maker])
  if (!cluster || isGoing(cluster)) return
  await terminate(access, id)
  notify({ type: 'cluster-ended', cluster: `${id} (${cluster.name})`, deadRun: maker })
}

export async function terminate({ api, patience }: EmrAccess, clusterId: string): Promise<void> {
  try {
    await withRetries(patience, () => api.terminate(clusterId))
  } catch (error) {
    throw callError(`the cluster ${clusterId} could not be terminated and may still cost money`, error)
  }
}
