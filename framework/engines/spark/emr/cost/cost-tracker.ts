import type { EngineRun } from '../../../../engine/external-resources.ts'
import { costText, estimateCost, type InstanceCount } from './cost-estimate.ts'

export type ClusterInstances = ReadonlyMap<string, readonly InstanceCount[]>

/** Tells what the clusters of a run have cost so far. */
export interface CostTracker {
  /** By cluster, the instances that are known anew; tells where that makes other words. */
  counted(instances: ClusterInstances, elapsed: number): void
  /** The last words that were told. */
  words(): string | undefined
}

export function costTracker(prices: Readonly<Record<string, number>>, notify: EngineRun['notify']): CostTracker {
  const known = new Map<string, readonly InstanceCount[]>()
  let told: string | undefined
  return {
    counted: (instances, elapsed) => {
      for (const [cluster, counts] of instances) known.set(cluster, counts)
      const cost = costText(estimateCost([...known.values()].flat(), elapsed, prices))
      if (cost === undefined || cost === told) return
      told = cost
      notify({ type: 'cost-estimated', cost })
    },
    words: () => told,
  }
}
