import { LakeError } from '../../../../errors.ts'
import type { ClusterView } from '../api/cluster-view.ts'
import { clusterName } from '../emr-requests.ts'
import { type EmrAccess, madeSince, remembered } from './find-cluster.ts'
import type { Intents } from './intents.ts'

/** What is known of the clusters of runs that were: what they wrote down, and EMR. */
export interface ClusterRecords {
  readonly access: EmrAccess
  readonly intents: Intents
}

/** Clocks of two machines may differ by so much. */
export const SKEW_MS = 10 * 60_000

/** A cluster may come up so long after the call for it was cut off. */
const COMES_WITHIN_MS = 15 * 60_000

export const clusterIntent = (runId: string, nth: number): string => `lake ${runId}/_cluster/${nth}`

/** What an earlier process has made for the run by this number; undefined where it did not even mean to. */
export async function recordedClusters(
  { access, intents }: ClusterRecords,
  runId: string,
  nth: number,
): Promise<readonly string[] | undefined> {
  const intent = clusterIntent(runId, nth)
  const [made, unclear] = await Promise.all([intents.read(`${intent}.id`), intents.read(`${intent}.unclear`)])
  const known = made?.clusterId === undefined ? undefined : [made.clusterId]
  if (known && !unclear) return known
  const meant = await intents.read(intent)
  if (meant?.at === undefined) return known
  const named = await madeSince(access, clusterName(runId, nth), new Date(meant.at))
  return [...new Set([...(known ?? []), ...named])]
}

/** Whether one of these runs has made the cluster, by the name and the tag that it was made with. */
export function isOwnedBy(cluster: ClusterView, runIds: readonly string[]): boolean {
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
  if (!cluster || isOwnedBy(cluster, runIds)) return cluster
  throw new LakeError(
    'storage',
    `the notes in _lake/spark/intents name the cluster ${id} (${cluster.name}), which was not made for ${runIds.join(' or ')}: ` +
      'its name or its tag lake:run is another. It was left alone. Find out who wrote the note, and remove it.',
  )
}

/**
 * False while a cluster of the run may still come up that nobody has seen: EMR was asked for it, its answer was lost or never waited for, and
 * that was not long ago.
 */
export async function isSettled({ access, intents }: ClusterRecords, runId: string): Promise<boolean> {
  for (let nth = 1; ; nth++) {
    const intent = clusterIntent(runId, nth)
    const meant = await intents.read(intent)
    if (meant?.at === undefined) return true
    const [unclear, answered] = await Promise.all([intents.read(`${intent}.unclear`), isAnswered(intents, intent)])
    if (answered && !unclear) continue
    const askedAt = unclear?.at === undefined ? Date.parse(meant.at) + SKEW_MS : Date.parse(unclear.at)
    if (askedAt + COMES_WITHIN_MS > access.patience.clock.now()) return false
  }
}

async function isAnswered(intents: Intents, intent: string): Promise<boolean> {
  const answers = await Promise.all([intents.read(`${intent}.id`), intents.read(`${intent}.refused`)])
  return answers.some((answer) => answer !== undefined)
}

/** The ids of all that earlier processes have made for the run, from this number on. */
export async function madeFrom(records: ClusterRecords, runId: string, nth: number): Promise<readonly string[]> {
  const made = await recordedClusters(records, runId, nth)
  return made ? [...made, ...(await madeFrom(records, runId, nth + 1))] : []
}
