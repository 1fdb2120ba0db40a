import type { Cluster } from '@aws-sdk/client-emr'

/** A cluster as it was last seen. States that are not known count as up. */
export interface ClusterView {
  readonly id: string
  readonly name: string
  readonly state: string
  readonly reason: { readonly code: string; readonly message: string }
  readonly logUri: string | undefined
  /** The run that the cluster's tag names: it has made the cluster for itself. Absent for clusters of others. */
  readonly madeFor?: string
}

/** The tag of a cluster that a run makes for itself; its value is the run's id. */
export const RUN_TAG = 'lake:run'

export function clusterView({ Id = '', Name = '', Status, LogUri, Tags = [] }: Cluster): ClusterView {
  const { Code = '', Message = '' } = Status?.StateChangeReason ?? {}
  const madeFor = Tags.find(({ Key }) => Key === RUN_TAG)?.Value
  return {
    ...{ id: Id, name: Name, state: Status?.State ?? '', reason: { code: Code, message: Message }, logUri: LogUri },
    ...(madeFor !== undefined && { madeFor }),
  }
}

export const isStarting = ({ state }: ClusterView): boolean => state === 'STARTING' || state === 'BOOTSTRAPPING'

/** It takes no steps any more, and those it has come to an end. */
export const isGoing = ({ state }: ClusterView): boolean => state.startsWith('TERMINAT')

/** Nothing of it runs any more. */
export const isGone = ({ state }: ClusterView): boolean => state.startsWith('TERMINATED')
