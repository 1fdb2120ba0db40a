/** Makes the EMR calls that lake needs, with the AWS SDK. */
import {
  AddJobFlowStepsCommand,
  type AddJobFlowStepsInput,
  CancelStepsCommand,
  type CancelStepsInfo,
  type CancelStepsInput,
  type Cluster,
  DescribeClusterCommand,
  DescribeReleaseLabelCommand,
  EMRClient,
  ListClustersCommand,
  type ListClustersInput,
  ListInstancesCommand,
  ListStepsCommand,
  type ListStepsInput,
  RunJobFlowCommand,
  type RunJobFlowInput,
  type SimplifiedApplication,
  TerminateJobFlowsCommand,
} from '@aws-sdk/client-emr'
import { present } from './answer.ts'
import { type ListedCluster, listedCluster } from './cluster-view.ts'
import { type EmrInstance, emrInstance } from './emr-instance.ts'
import { type EmrStep, emrStep } from './emr-step.ts'

interface ApiPage<Item> {
  readonly items: readonly Item[]
  /** Where the next page begins; undefined on the last page. */
  readonly marker: string | undefined
}

/** Each call is sent once. Calls fail with the SDK's errors. */
export interface EmrApi {
  region(): Promise<string>
  /** Returns the cluster's id. */
  runJobFlow(input: RunJobFlowInput): Promise<string>
  describeCluster(clusterId: string): Promise<Cluster>
  listClusters(input: ListClustersInput): Promise<ApiPage<ListedCluster>>
  /** Adds one step, and returns its id. */
  addStep(input: AddJobFlowStepsInput): Promise<string>
  listSteps(input: ListStepsInput): Promise<ApiPage<EmrStep>>
  cancelSteps(input: CancelStepsInput): Promise<readonly CancelStepsInfo[]>
  terminate(clusterId: string): Promise<void>
  listInstances(clusterId: string, marker?: string): Promise<ApiPage<EmrInstance>>
  /** The applications of a release. Throws if the region has no release of that name. */
  describeRelease(label: string): Promise<readonly SimplifiedApplication[]>
  close(): void
}

/**
 * Takes credentials, region and endpoint from AWS's default chains. The SDK's own retries are off:
 * the two calls that create something take no token, so a repeat after a lost response would create
 * it twice.
 */
export function emrApi(region: string | undefined): EmrApi {
  const client = new EMRClient({
    ...(region !== undefined && { region }),
    maxAttempts: 1,
    requestHandler: { connectionTimeout: 5_000, requestTimeout: 30_000, throwOnRequestTimeout: true },
  })
  return {
    region: () => client.config.region(),
    runJobFlow: async (input) => present((await client.send(new RunJobFlowCommand(input))).JobFlowId, 'JobFlowId'),
    describeCluster: async (ClusterId) =>
      present((await client.send(new DescribeClusterCommand({ ClusterId }))).Cluster, 'Cluster'),
    listClusters: async (input) => {
      const { Clusters = [], Marker } = await client.send(new ListClustersCommand(input))
      return { items: Clusters.map(listedCluster), marker: Marker }
    },
    addStep: async (input) => present((await client.send(new AddJobFlowStepsCommand(input))).StepIds?.[0], 'StepIds'),
    listSteps: async (input) => {
      const { Steps = [], Marker } = await client.send(new ListStepsCommand(input))
      return { items: Steps.map(emrStep), marker: Marker }
    },
    cancelSteps: async (input) => (await client.send(new CancelStepsCommand(input))).CancelStepsInfoList ?? [],
    terminate: async (clusterId) => {
      await client.send(new TerminateJobFlowsCommand({ JobFlowIds: [clusterId] }))
    },
    listInstances: async (ClusterId, Marker) => {
      const { Instances = [], Marker: next } = await client.send(new ListInstancesCommand({ ClusterId, Marker }))
      return { items: Instances.map(emrInstance), marker: next }
    },
    describeRelease: async (ReleaseLabel) =>
      (await client.send(new DescribeReleaseLabelCommand({ ReleaseLabel }))).Applications ?? [],
    close: () => client.destroy(),
  }
}

/** The items of all pages. Reads each page only when the caller gets to it. */
export async function* allOf<Item>(list: (marker: string | undefined) => Promise<ApiPage<Item>>): AsyncGenerator<Item> {
  let marker: string | undefined
  do {
    const page = await list(marker)
    yield* page.items
    marker = page.marker
  } while (marker !== undefined)
}
