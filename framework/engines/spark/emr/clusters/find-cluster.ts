/** Finds EMR clusters: by id, by name, by tag, or by the time of their creation. */
import type { ClusterState, ListClustersInput } from '@aws-sdk/client-emr'
import type { EmrTag, RunningEmrCluster } from '../../../../declare/emr.ts'
import { LakeError } from '../../../../errors.ts'
import { errorText } from '../api/call-failure.ts'
import { type ClusterView, clusterView, isTerminating, type ListedCluster } from '../api/cluster-view.ts'
import { allOf, type EmrApi, emrApi } from '../api/emr-api.ts'
import { callError, clusterLoss } from '../api/emr-messages.ts'
import { type RetryPolicy, withRetries } from '../api/retry.ts'

const OPEN: ClusterState[] = ['STARTING', 'BOOTSTRAPPING', 'RUNNING', 'WAITING']

/** EMR's answer for a cluster that it does not know, which has no error code of its own. */
const UNKNOWN_CLUSTER = /cluster id .* is not valid/i

export interface EmrAccess {
  readonly api: EmrApi
  readonly retryPolicy: RetryPolicy
  readonly region: string
}

/**
 * Opens EMR in the given region, or in that of the environment. Throws `config` if neither is set.
 */
export async function openAccess(region: string | undefined, retryPolicy: RetryPolicy): Promise<EmrAccess> {
  const api = emrApi(region)
  const found = await api.region().catch((error: unknown) => {
    throw callError('EMR cannot be called', error)
  })
  return { api, retryPolicy, region: found }
}

/** The cluster that the settings name. Throws `config` unless exactly one is up. */
export async function findRunning(access: EmrAccess, wanted: RunningEmrCluster): Promise<ClusterView> {
  if (wanted.clusterId !== undefined) return openCluster(access, wanted.clusterId)
  const ids = wanted.tag ? await tagged(access, wanted.tag) : await named(access, wanted.name ?? '')
  const text = wanted.tag ? `with the tag ${wanted.tag.key}=${wanted.tag.value}` : `with the name ${wanted.name}`
  const [id, ...others] = ids
  if (id === undefined) {
    throw new LakeError('config', {
      problem: `no cluster ${text} is up`,
      remedy: `Start one, or let lake make one: kind 'transient'.`,
    })
  }
  if (others.length > 0) {
    throw new LakeError('config', {
      problem: `several clusters ${text} are up: ${ids.join(', ')}`,
      remedy: 'Give the clusterId of one.',
    })
  }
  return openCluster(access, id)
}

async function openCluster(access: EmrAccess, id: string): Promise<ClusterView> {
  const view = await describe(access, id)
  if (!isTerminating(view)) return view
  const problem = clusterLoss(view, access.region).message
  const remedy = `Name a cluster that is up, or let lake make one: kind 'transient'.`
  // The remedy has a line of its own, because the problem ends with a link.
  throw new LakeError('config', { problem, remedy, message: `${problem}\n${remedy}` })
}

/** Throws `config` if the cluster does not exist, or the caller is not allowed to describe it. */
export async function describe({ api, retryPolicy }: EmrAccess, id: string): Promise<ClusterView> {
  try {
    return clusterView(await withRetries(retryPolicy, () => api.describeCluster(id)))
  } catch (error) {
    throw callError(`the cluster ${id} cannot be looked at`, error)
  }
}

/**
 * Undefined if EMR does not know the cluster, since it forgets clusters two months after their end.
 */
export async function describeIfKnown(access: EmrAccess, id: string): Promise<ClusterView | undefined> {
  try {
    return await describe(access, id)
  } catch (error) {
    if (error instanceof LakeError && UNKNOWN_CLUSTER.test(errorText(error.cause))) return undefined
    throw error
  }
}

async function named(access: EmrAccess, name: string): Promise<readonly string[]> {
  const clusters = await listed(access, { ClusterStates: OPEN })
  return clusters.filter((cluster) => cluster.name === name).map(({ id }) => id)
}

/** Describes each cluster that is up, because the list has no tags. */
async function tagged(access: EmrAccess, { key, value }: EmrTag): Promise<readonly string[]> {
  const found: string[] = []
  for (const { id } of await listed(access, { ClusterStates: OPEN })) {
    const { Tags = [] } = await withRetries(access.retryPolicy, () => access.api.describeCluster(id))
    if (Tags.some(({ Key, Value }) => Key === key && Value === value)) found.push(id)
  }
  return found
}

/** The ids of all clusters with the name that were created since then, in any state. */
export async function clustersMadeSince(access: EmrAccess, name: string, since: Date): Promise<readonly string[]> {
  const clusters = await listed(access, { CreatedAfter: since })
  return clusters.filter((cluster) => cluster.name === name).map(({ id }) => id)
}

async function listed({ api, retryPolicy }: EmrAccess, filter: ListClustersInput): Promise<readonly ListedCluster[]> {
  const clusters: ListedCluster[] = []
  try {
    const all = allOf((Marker) => withRetries(retryPolicy, () => api.listClusters({ ...filter, Marker })))
    for await (const cluster of all) clusters.push(cluster)
    return clusters
  } catch (error) {
    throw callError('the clusters cannot be listed', error)
  }
}
