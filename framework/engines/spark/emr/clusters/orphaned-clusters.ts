/** Terminates the EMR clusters that dead runs left running. */
import type { EngineRun } from '../../../../engine/external-resources.ts'
import { LakeError } from '../../../../errors.ts'
import { isTerminating } from '../api/cluster-view.ts'
import { callError } from '../api/emr-messages.ts'
import { withRetries } from '../api/retry.ts'
import type { ClusterOwners } from './cluster-owners.ts'
import type { EmrAccess } from './find-cluster.ts'
import { type ClusterRecords, clustersMadeFrom, isSettled, ownCluster } from './recorded-clusters.ts'

interface TerminateContext extends ClusterRecords, Pick<EngineRun, 'notify'> {
  readonly owners: ClusterOwners
}

/**
 * Warns of each run whose clusters cannot be terminated. Such a run stays listed, so the next run
 * tries again. So does a run whose clusters can still come up.
 */
export async function terminateOrphaned(runIds: readonly string[], context: TerminateContext): Promise<void> {
  for (const runId of runIds) {
    try {
      await terminateAllOf(runId, context)
      if (await isSettled(context, runId)) await context.owners.delete(runId)
    } catch (error) {
      if (!(error instanceof LakeError)) throw error
      context.notify({ type: 'run-warned', message: `the run ${runId} died and left something up: ${error.message}` })
    }
  }
}

async function terminateAllOf(runId: string, context: TerminateContext): Promise<void> {
  const ids = await clustersMadeFrom(context, runId, 1)
  const results = await Promise.allSettled(ids.map((id) => terminateOwn(id, runId, context)))
  const failed = results.find((result) => result.status === 'rejected')
  if (failed) throw failed.reason
}

async function terminateOwn(id: string, runId: string, { access, notify }: TerminateContext): Promise<void> {
  const cluster = await ownCluster(access, id, [runId])
  if (!cluster || isTerminating(cluster)) return
  await terminate(access, id)
  notify({ type: 'cluster-ended', cluster: `${id} (${cluster.name})`, deadRun: runId })
}

export async function terminate({ api, retryPolicy }: EmrAccess, clusterId: string): Promise<void> {
  try {
    await withRetries(retryPolicy, () => api.terminate(clusterId))
  } catch (error) {
    throw callError(`the cluster ${clusterId} could not be terminated and may still cost money`, error)
  }
}
