/** The calls that `lake doctor` makes to EMR. */
import type { EmrSettings, RunningEmrCluster, TransientEmrCluster } from '../../../declare/emr.ts'
import type { LakeError } from '../../../errors.ts'
import { emrClock } from './api/clock.ts'
import { clusterView } from './api/cluster-view.ts'
import { emrApi } from './api/emr-api.ts'
import { callError } from './api/emr-messages.ts'
import { findRunning } from './clusters/find-cluster.ts'
import { clusterInstances } from './cost/cost-estimate.ts'
import { clusterRequest } from './emr-requests.ts'

/** Maximum wait before a call is repeated: a person is waiting for `lake doctor`. */
const MAX_WAIT_MS = 500

export interface ClusterFacts {
  readonly id: string
  readonly name: string
  readonly state: string
  readonly release: string | undefined
  /** Undefined if EMR does not list what is installed. */
  readonly hasSpark: boolean | undefined
  readonly stepConcurrency: number
}

/** Calls to EMR that change nothing. Failures are LakeErrors with a remedy. */
export interface EmrProbe {
  region(): Promise<string>
  /**
   * Throws if the caller is not allowed to list clusters. A run lists clusters to find those that
   * it made.
   */
  listClusters(): Promise<void>
  /** The cluster that the settings name. Throws `config` unless exactly one is up. */
  cluster(wanted: RunningEmrCluster): Promise<ClusterFacts>
  instanceTypes(clusterId: string): Promise<readonly string[]>
  /** The version of Spark in a release; undefined if the release has no Spark. */
  sparkOf(release: string): Promise<string | undefined>
  close(): void
}

export function emrProbe({ region }: EmrSettings): EmrProbe {
  const api = emrApi(region)
  const clock = { ...emrClock, wait: (ms: number) => emrClock.wait(Math.min(ms, MAX_WAIT_MS)) }
  const retryPolicy = { clock, random: Math.random }
  const regionName = () => explained('EMR cannot be called', () => api.region())
  return {
    region: regionName,
    listClusters: async () => {
      await explained('the clusters cannot be listed', () => api.listClusters({ ClusterStates: ['WAITING'] }))
    },
    cluster: async (wanted) => {
      const { id } = await findRunning({ api, retryPolicy, region: await regionName() }, wanted)
      const cluster = await explained(`the cluster ${id} cannot be looked at`, () => api.describeCluster(id))
      const { name, state } = clusterView(cluster)
      return {
        ...{ id, name, state, release: cluster.ReleaseLabel },
        hasSpark: cluster.Applications?.some(({ Name }) => Name === 'Spark'),
        stepConcurrency: cluster.StepConcurrencyLevel ?? 1,
      }
    },
    instanceTypes: async (id) => {
      const found = await explained(`the instances of ${id} cannot be listed`, () => clusterInstances(api, id))
      return found.map(({ instanceType }) => instanceType)
    },
    sparkOf: async (release) => {
      const parts = await explained(`the release ${release} cannot be looked at`, () => api.describeRelease(release))
      return parts.find(({ Name }) => Name === 'Spark')?.Version
    },
    close: () => api.close(),
  }
}

async function explained<Result>(doing: string, call: () => Promise<Result>): Promise<Result> {
  try {
    return await call()
  } catch (error) {
    throw callError(doing, error)
  }
}

/**
 * Whether the caller is not allowed to make the call. The thing that it asked for can exist
 * nevertheless.
 */
export function isNotAllowed({ cause }: LakeError): boolean {
  return cause instanceof Error && /AccessDenied|NotAuthorized|UnknownOperation/.test(cause.name)
}

/** The settings of a transient cluster, defaults included. */
export interface ClusterToBe {
  readonly release: string
  readonly serviceRole: string
  readonly instanceProfile: string
  /** Undefined if no logs are kept. */
  readonly logUri: string | undefined
  readonly instanceTypes: readonly string[]
}

/** Fills in the defaults of the settings. */
export function clusterToBe(settings: TransientEmrCluster, lakeUri: string): ClusterToBe {
  const request = clusterRequest(settings, { runId: 'doctor', job: { main: '', pyFiles: [] }, lakeUri }, 1)
  const fleets = request.Instances?.InstanceFleets ?? []
  const types = fleets.flatMap(({ InstanceTypeConfigs = [] }) =>
    InstanceTypeConfigs.map((type) => type.InstanceType ?? ''),
  )
  return {
    release: request.ReleaseLabel ?? '',
    serviceRole: request.ServiceRole ?? '',
    instanceProfile: request.JobFlowRole ?? '',
    logUri: request.LogUri,
    instanceTypes: [...new Set(types)],
  }
}
