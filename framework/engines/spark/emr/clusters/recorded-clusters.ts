/** Finds the clusters that earlier processes made, from their records in the lake and from EMR. */
import { LakeError } from '../../../../errors.ts'
import type { ClusterView } from '../api/cluster-view.ts'
import { clusterName } from '../emr-requests.ts'
import { clustersMadeSince, describeIfKnown, type EmrAccess } from './find-cluster.ts'
import type { Intents } from './intents.ts'

export interface ClusterRecords {
  readonly access: EmrAccess
  readonly intents: Intents
}

/** Maximum difference between the clocks of two machines. */
export const SKEW_MS = 10 * 60_000

/** How long a cluster can take to come up after the call that requested it was cut off. */
const COMES_WITHIN_MS = 15 * 60_000

/**
 * The intent to make the run's nth cluster. The suffixes `.id`, `.refused` and `.unclear` name its
 * results.
 */
export const clusterIntent = (runId: string, nth: number): string => `lake ${runId}/_cluster/${nth}`

/**
 * The ids of the clusters that earlier processes made as the run's nth cluster; undefined if no
 * intent was recorded.
 */
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
  const named = await clustersMadeSince(access, clusterName(runId, nth), new Date(meant.at))
  return [...new Set([...(known ?? []), ...named])]
}

/** Whether one of these runs made the cluster, by its name and its tag in EMR. */
export function isOwnedBy(cluster: ClusterView, runIds: readonly string[]): boolean {
  const { name, madeFor } = cluster
  if (madeFor === undefined || !runIds.includes(madeFor)) return false
  return name === clusterName(madeFor, 1) || name.startsWith(`${clusterName(madeFor, 1)}/`)
}

/**
 * The cluster, if EMR still knows it. Throws `storage` if none of these runs made it: a record in
 * the lake can name any cluster, and lake uses and terminates only its own.
 */
export async function ownCluster(
  access: EmrAccess,
  id: string,
  runIds: readonly string[],
): Promise<ClusterView | undefined> {
  const cluster = await describeIfKnown(access, id)
  if (!cluster || isOwnedBy(cluster, runIds)) return cluster
  throw new LakeError('storage', {
    problem: `a record in _lake/spark/intents names the cluster ${id} (${cluster.name}), which was not made for ${runIds.join(' or ')}: its name or its tag lake:run differs. It was left alone`,
    remedy: 'Find out who wrote the record, and remove it.',
  })
}

/**
 * False while a cluster of the run can still come up unnoticed: it was requested recently, and the
 * answer was lost or never read.
 */
export async function isSettled({ access, intents }: ClusterRecords, runId: string): Promise<boolean> {
  for (let nth = 1; ; nth++) {
    const intent = clusterIntent(runId, nth)
    const meant = await intents.read(intent)
    if (meant?.at === undefined) return true
    const [unclear, answered] = await Promise.all([intents.read(`${intent}.unclear`), isAnswered(intents, intent)])
    if (answered && !unclear) continue
    const askedAt = unclear?.at === undefined ? Date.parse(meant.at) + SKEW_MS : Date.parse(unclear.at)
    if (askedAt + COMES_WITHIN_MS > access.retryPolicy.clock.now()) return false
  }
}

async function isAnswered(intents: Intents, intent: string): Promise<boolean> {
  const answers = await Promise.all([intents.read(`${intent}.id`), intents.read(`${intent}.refused`)])
  return answers.some((answer) => answer !== undefined)
}

/** The ids of all clusters that earlier processes made for the run, from its nth on. */
export async function clustersMadeFrom(
  records: ClusterRecords,
  runId: string,
  nth: number,
): Promise<readonly string[]> {
  const made = await recordedClusters(records, runId, nth)
  return made ? [...made, ...(await clustersMadeFrom(records, runId, nth + 1))] : []
}
