import type { EmrSettings, RunningEmrCluster, TransientEmrCluster } from '../../../declare/emr.ts'
import type { LakeError } from '../../../errors.ts'
import { emrClock } from './api/clock.ts'
import { emrApi } from './api/emr-api.ts'
import { callError } from './api/emr-messages.ts'
import { findRunning } from './clusters/find-cluster.ts'
import { clusterInstances } from './cost/cost-estimate.ts'
import { clusterRequest } from './emr-requests.ts'

/** No call is repeated for longer than somebody waits who asks whether all is well. */
const LONGEST_WAIT_MS = 500

export interface ClusterFacts {
  readonly id: string
  readonly name: string
  readonly state: string
  readonly release: string | undefined
  /** Undefined where EMR does not say what is installed. */
  readonly hasSpark: boolean | undefined
  readonly stepConcurrency: number
}

/** Questions to EMR that change nothing. Failures are LakeErrors that say what to do. */
export interface EmrProbe {
  region(): Promise<string>
  /** Whether clusters may be listed, which a run does to find what it has made. */
  listClusters(): Promise<void>
  /** The cluster that the settings mean, which is up. Throws `config` where there is none, or more than one. */
  cluster(wanted: RunningEmrCluster): Promise<ClusterFacts>
  instanceTypes(clusterId: string): Promise<readonly string[]>
  /** The version of Spark in a release, and undefined where it has none. */
  sparkOf(release: string): Promise<string | undefined>
  close(): void
}

export function emrProbe({ region }: EmrSettings): EmrProbe {
  const api = emrApi(region)
  const clock = { ...emrClock, wait: (ms: number) => emrClock.wait(Math.min(ms, LONGEST_WAIT_MS)) }
  const patience = { clock, random: Math.random }
  const place = () => telling('EMR cannot be called', () => api.region())
  return {
    region: place,
    listClusters: async () => {
      await telling('the clusters cannot be listed', () => api.listClusters({ ClusterStates: ['WAITING'] }))
    },
    cluster: async (wanted) => {
      const { id } = await findRunning({ api, patience, region: await place() }, wanted)
      const cluster = await telling(`the cluster ${id} cannot be looked at`, () => api.describeCluster(id))
      return {
        ...{ id, name: cluster.Name ?? '', state: cluster.Status?.State ?? '', release: cluster.ReleaseLabel },
        hasSpark: cluster.Applications?.some(({ Name }) => Name === 'Spark'),
        stepConcurrency: cluster.StepConcurrencyLevel ?? 1,
      }
    },
    instanceTypes: async (id) => {
      const found = await telling(`the instances of ${id} cannot be listed`, () => clusterInstances(api, id))
      return found.map(({ instanceType }) => instanceType)
    },
    sparkOf: async (release) => {
      const parts = await telling(`the release ${release} cannot be looked at`, () => api.describeRelease(release))
      return parts.find(({ Name }) => Name === 'Spark')?.Version
    },
    close: () => api.close(),
  }
}

async function telling<Result>(doing: string, call: () => Promise<Result>): Promise<Result> {
  try {
    return await call()
  } catch (error) {
    throw callError(doing, error)
  }
}

/** The caller may not ask: what was asked for may be there all the same. */
export function isNotAllowed({ cause }: LakeError): boolean {
  return cause instanceof Error && /AccessDenied|NotAuthorized|UnknownOperation/.test(cause.name)
}

export interface ClusterToBe {
  readonly release: string
  readonly serviceRole: string
  readonly instanceProfile: string
  /** Undefined where no logs are kept. */
  readonly logUri: string | undefined
  readonly instanceTypes: readonly string[]
}

/** What a transient cluster of these settings is made with, its defaults filled in. */
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
