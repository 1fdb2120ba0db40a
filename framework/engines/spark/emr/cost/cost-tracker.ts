/** Reports the cost of a run's clusters so far. */
import type { EngineRun } from '../../../../engine/external-resources.ts'
import { costText, estimateCost, type InstanceCount } from './cost-estimate.ts'

/** Cluster id -> its instances. */
export type ClusterInstances = ReadonlyMap<string, readonly InstanceCount[]>

export class CostTracker {
  readonly #prices: Readonly<Record<string, number>>
  readonly #notify: EngineRun['notify']
  readonly #instances = new Map<string, readonly InstanceCount[]>()
  #lastReport: string | undefined

  constructor(prices: Readonly<Record<string, number>>, notify: EngineRun['notify']) {
    this.#prices = prices
    this.#notify = notify
  }

  /** The cost as it was last reported; undefined if it never was. */
  get lastReport(): string | undefined {
    return this.#lastReport
  }

  /**
   * Takes the latest counts, and reports the cost if its text has changed. `elapsed` is in
   * milliseconds since the run asked for its first cluster.
   */
  update(instances: ClusterInstances, elapsed: number): void {
    for (const [cluster, counts] of instances) this.#instances.set(cluster, counts)
    const cost = costText(estimateCost([...this.#instances.values()].flat(), elapsed, this.#prices))
    if (cost === undefined || cost === this.#lastReport) return
    this.#lastReport = cost
    this.#notify({ type: 'cost-estimated', cost })
  }
}
