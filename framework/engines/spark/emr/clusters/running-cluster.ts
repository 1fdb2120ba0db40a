/** The clusters of a run whose steps go to a cluster that its owner keeps running. */
import type { RunningEmrCluster } from '../../../../declare/emr.ts'
import type { ClusterView } from '../api/cluster-view.ts'
import { findRunning } from './find-cluster.ts'
import { ownsCluster, type RunClusters, type RunClustersOptions, type TargetCluster } from './run-clusters.ts'

export class RunningCluster implements RunClusters {
  readonly #wanted: RunningEmrCluster
  readonly #options: RunClustersOptions
  readonly #adopted = new Set<string>()
  #target: TargetCluster | undefined

  constructor(wanted: RunningEmrCluster, options: RunClustersOptions) {
    this.#wanted = wanted
    this.#options = options
  }

  async current(): Promise<TargetCluster> {
    this.#target ??= {
      cluster: await findRunning(this.#options.access, this.#wanted),
      ours: false,
      isNew: false,
    }
    return this.#target
  }

  owns(cluster: ClusterView, step: string): boolean {
    return ownsCluster(this.#options, cluster, step)
  }

  adopt({ id }: ClusterView): void {
    this.#adopted.add(id)
  }

  gone({ id }: ClusterView): void {
    if (this.#target?.cluster.id === id) this.#target = undefined
  }

  known(): readonly string[] {
    return [...this.#adopted]
  }

  async ours(): Promise<readonly string[]> {
    return this.known()
  }
}
