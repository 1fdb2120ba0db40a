/**
 * Declares the clusters to which a run gives its steps: a running one, or transient ones of its
 * own.
 */
import { LakeError } from '../../../../errors.ts'
import type { ClusterView } from '../api/cluster-view.ts'
import type { ClusterLoss } from '../api/emr-messages.ts'
import type { EmrRun } from '../emr-requests.ts'
import type { ClusterOwners } from './cluster-owners.ts'
import type { EmrAccess } from './find-cluster.ts'
import type { Intents } from './intents.ts'
import { isOwnedBy } from './recorded-clusters.ts'

/** A cluster to which the run gives steps. */
export interface TargetCluster {
  readonly cluster: ClusterView
  /** Whether this run or an earlier one made the cluster, and this run terminates it. */
  readonly ours: boolean
  /** Whether the cluster was made just now, so that it has no steps yet. */
  readonly isNew: boolean
}

/** The clusters of a run, one after the other. The calls must not overlap. */
export interface RunClusters {
  /**
   * The cluster for the next step. Finds or makes one if there is none, or if the last one takes no
   * more steps. Throws a LakeError if that is not possible.
   */
  current(): Promise<TargetCluster>
  /**
   * Whether the cluster was made by this run, by a run that it adopted, or by the run in the step's
   * name.
   */
  owns(cluster: ClusterView, step: string): boolean
  /** Adds a cluster that an earlier process made for a run. It can become the current one. */
  adopt(cluster: ClusterView): void
  /** Records that the cluster takes no more steps. */
  gone(cluster: ClusterView): void
  /** The ids of the clusters to terminate, as far as they are known without a call to EMR. */
  known(): readonly string[]
  /**
   * The ids of all clusters to terminate. They include those that an earlier process of the run
   * made, and those whose ids were in lost answers of EMR.
   */
  ours(): Promise<readonly string[]>
}

export interface RunClustersOptions {
  readonly access: EmrAccess
  readonly intents: Intents
  readonly owners: ClusterOwners
  readonly run: EmrRun
  /** Dead runs whose clusters this run uses and terminates. */
  readonly adoptedRuns: readonly string[]
  /** After an abort, no more clusters are made. */
  readonly signal: AbortSignal
}

export function ownsCluster({ run, adoptedRuns }: RunClustersOptions, cluster: ClusterView, step: string): boolean {
  return isOwnedBy(cluster, [run.runId, ...adoptedRuns, ...runOf(step)])
}

/** `lake RUN/songs/1` -> RUN */
const runOf = (step: string): readonly string[] => /^lake ([^/]+)\//.exec(step)?.slice(1) ?? []

/** Why the run makes no other cluster after these losses; undefined if it can make one. */
export function refuseReplacement(losses: readonly ClusterLoss[], attempts: number): LakeError | undefined {
  const messages = losses.map(({ message }) => message).join(' ')
  if (losses.some(({ kind }) => kind === 'failed'))
    return lost(messages, 'Correct the settings of the cluster, then run again.')
  if (losses.length < attempts) return undefined
  const used = `the run has lost ${losses.length} of the ${attempts} clusters that it may use (\`attempts\`)`
  return lost(`${used}: ${messages}`, 'Run again later, or raise `attempts`.')
}

/** The remedy has a line of its own, because the problem ends with a link. */
const lost = (problem: string, remedy: string): LakeError =>
  new LakeError('engine-failed', { problem, remedy, message: `${problem}\n${remedy}` })
