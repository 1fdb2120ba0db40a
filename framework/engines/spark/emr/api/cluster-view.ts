/** Describes an EMR cluster as lake has last seen it, and interprets its state. */
import type { Cluster, ClusterSummary } from '@aws-sdk/client-emr'
import { present } from './answer.ts'

/** A cluster as last seen. A state that this version of lake does not know counts as up. */
export interface ClusterView {
  readonly id: string
  readonly name: string
  readonly state: string
  readonly reason: { readonly code: string; readonly message: string }
  readonly logUri: string | undefined
  /** The run that made the cluster for itself, by the cluster's tag. Absent for other clusters. */
  readonly madeFor?: string
}

/** Key of the tag of a cluster that a run makes for itself. Its value is the run's id. */
export const RUN_TAG = 'lake:run'

/** Throws if the cluster has no id: then the answer counts as lost. */
export function clusterView({ Id, Name = '', Status, LogUri, Tags = [] }: Cluster): ClusterView {
  const { Code = '', Message = '' } = Status?.StateChangeReason ?? {}
  const madeFor = Tags.find(({ Key }) => Key === RUN_TAG)?.Value
  return {
    ...{ id: present(Id, 'Id of a cluster'), name: Name, state: Status?.State ?? '' },
    ...{ reason: { code: Code, message: Message }, logUri: LogUri },
    ...(madeFor !== undefined && { madeFor }),
  }
}

/** A cluster in EMR's list, which does not have its tags. */
export interface ListedCluster {
  readonly id: string
  readonly name: string
}

/** Throws if the cluster has no id: then the answer counts as lost. */
export function listedCluster({ Id, Name = '' }: ClusterSummary): ListedCluster {
  return { id: present(Id, 'Id of a cluster'), name: Name }
}

export const isStarting = ({ state }: ClusterView): boolean => state === 'STARTING' || state === 'BOOTSTRAPPING'

/** Whether the cluster takes no more steps, and ends those that it has. */
export const isTerminating = ({ state }: ClusterView): boolean => state.startsWith('TERMINAT')

/** Whether the cluster has ended. */
export const isTerminated = ({ state }: ClusterView): boolean => state.startsWith('TERMINATED')
