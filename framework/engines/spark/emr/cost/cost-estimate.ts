/** Estimates what the instances of clusters cost. */
import { allOf, type EmrApi } from '../api/emr-api.ts'
import type { EmrInstance } from '../api/emr-instance.ts'

const HOUR_MS = 3_600_000

export interface InstanceCount {
  readonly instanceType: string
  readonly count: number
}

/** An estimate, not a bill: it leaves out spot discounts, volumes, transfer and S3. */
interface CostEstimate {
  readonly kind: 'estimate'
  readonly dollars: number
  /** Instance types without a price in the config. The estimate leaves out their cost. */
  readonly unpriced: readonly string[]
}

/** `elapsed` is in milliseconds, prices are in dollars an hour. */
export function estimateCost(
  instances: readonly InstanceCount[],
  elapsed: number,
  prices: Readonly<Record<string, number>>,
): CostEstimate {
  const costs = instances.map(({ instanceType, count }) => count * (prices[instanceType] ?? 0) * (elapsed / HOUR_MS))
  const unpriced = instances.map(({ instanceType }) => instanceType).filter((type) => !(type in prices))
  const dollars = Math.round(costs.reduce((sum, cost) => sum + cost, 0) * 100) / 100
  return { kind: 'estimate', dollars, unpriced: [...new Set(unpriced)].sort() }
}

/** `about $0.42 (estimate)`; undefined if no price is known. */
export function costText({ dollars, unpriced }: CostEstimate): string | undefined {
  if (dollars === 0 && unpriced.length > 0) return undefined
  const without = unpriced.length > 0 ? `, without ${unpriced.join(', ')}` : ''
  return `about $${dollars.toFixed(2)} (estimate${without})`
}

/** The cluster's current or last instances, by type. Makes one call for each page. */
export async function clusterInstances(api: EmrApi, clusterId: string): Promise<readonly InstanceCount[]> {
  const instances: EmrInstance[] = []
  for await (const instance of allOf((marker) => api.listInstances(clusterId, marker))) instances.push(instance)
  return countInstances(instances)
}

export function countInstances(instances: readonly EmrInstance[]): readonly InstanceCount[] {
  const counts = new Map<string, number>()
  for (const { type } of instances) {
    if (type !== undefined) counts.set(type, (counts.get(type) ?? 0) + 1)
  }
  return [...counts].map(([instanceType, count]) => ({ instanceType, count }))
}
