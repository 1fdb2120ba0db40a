import { LakeError } from '../../../errors.ts'
import type { ClusterView } from './cluster-view.ts'
import { clusterName } from './emr-requests.ts'
import { type EmrAccess, madeSince, remembered } from './find-cluster.ts'
import type { Intents } from './intents.ts'

/** What is known of the clusters of runs that were: what they wrote down, and EMR. */
export interface ClusterRecords {
  readonly access: EmrAccess
  readonly intents: Intents
}

export const clusterIntent = (runId: string, nth: number): string => `lake ${runId}/_cluster/${nth}`

/** What an earlier process has made for the run by this number; undefined where it did not even mean to. */
export async function madeByNumber(
  { access, intents }: ClusterRecords,
  runId: string,
  nth: number,
): Promise<readonly string[] | undefined> {
  const made = await intents.read(`${clusterIntent(runId, nth)}.id`)
  if (made?.clusterId !== undefined) return [made.clusterId]
  const meant = await intents.read(clusterIntent(runId, nth))
  return meant?.at === undefined ? undefined : madeSince(access, clusterName(runId, nth), new Date(meant.at))
}

/** Whether one of these runs has made the cluster, by the name and the tag that it was made with. */
export function isMadeBy(cluster: ClusterView, runIds: readonly string[]): boolean {
  const { name, madeFor } = cluster
  if (madeFor === undefined || !runIds.includes(madeFor)) return false
  return name === clusterName(madeFor, 1) || name.startsWith(`${clusterName(madeFor, 1)}/`)
}

/**
 * The cluster of that id that one of these runs has made; undefined where EMR does not remember it. Throws `storage` for a cluster of somebody
 * else, which a note in the lake can name, and which nobody may use or end for it.
 */
export async function ownCluster(
  access: EmrAccess,
  id: string,
  runIds: readonly string[],
): Promise<ClusterView | undefined> {
  const cluster = await remembered(access, id)
  if (!cluster || isMadeBy(cluster, runIds)) return cluster
  throw new LakeError(
    'storage',
    `the notes in _lake/spark/intents name the cluster ${id} (${cluster.name}), which was not made for ${runIds.join(' or ')}: ` +
      'its name or its tag lake:run is another. It was left alone. Find out who wrote the note, and remove it.',
  )
}

/** The ids of all that earlier processes have made for the run, from this number on. */
export async function madeFrom(records: ClusterRecords, runId: string, nth: number): Promise<readonly string[]> {
  const made = await madeByNumber(records, runId, nth)
  return made ? [...made, ...(await madeFrom(records, runId, nth + 1))] : []
}
