/**
 * Counts the instances of a cluster, with one page per call, and reports those that the cluster has
 * lost.
 */
import type { ClusterView } from '../api/cluster-view.ts'
import type { EmrApi } from '../api/emr-api.ts'
import type { EmrInstance } from '../api/emr-instance.ts'
import { clusterText, withFullStop } from '../api/emr-messages.ts'
import { countInstances, type InstanceCount } from '../cost/cost-estimate.ts'
import type { CountProgress } from './next-call.ts'

interface InstanceCounterOptions {
  readonly api: EmrApi
  /** When counting begins, in milliseconds since the epoch. */
  readonly startedAt: number
  /** Receives the instances of the cluster when all pages have been read. */
  readonly report: (instances: readonly InstanceCount[]) => void
  /** Receives one message for each lost instance. */
  readonly warn: ((message: string) => void) | undefined
}

export class InstanceCounter {
  readonly #options: InstanceCounterOptions
  readonly #lost = new Set<string>()
  #pages: ReadPages | undefined
  #lastAt: number

  constructor(options: InstanceCounterOptions) {
    this.#options = options
    this.#lastAt = options.startedAt
  }

  get progress(): CountProgress {
    return { isUnderway: this.#pages !== undefined, lastAt: this.#lastAt }
  }

  /** Reads the next page. If that fails, the count begins again at its next time. */
  async countPage(cluster: ClusterView, now: number): Promise<void> {
    const { api, report } = this.#options
    const { instances, marker } = this.#pages ?? { instances: [], marker: undefined }
    this.#pages = undefined
    this.#lastAt = now
    const page = await api.listInstances(cluster.id, marker)
    for (const instance of page.items) this.#reportLoss(cluster, instance)
    const all = [...instances, ...page.items]
    if (page.marker === undefined) report(countInstances(all))
    else this.#pages = { instances: all, marker: page.marker }
  }

  #reportLoss(cluster: ClusterView, instance: EmrInstance): void {
    const loss = describeLoss(cluster, instance)
    if (loss === undefined || this.#lost.has(instance.id)) return
    this.#lost.add(instance.id)
    this.#options.warn?.(loss)
  }
}

interface ReadPages {
  readonly instances: readonly EmrInstance[]
  readonly marker: string
}

/**
 * Describes the loss of an instance, which explains why a step takes longer. Undefined for an
 * instance that is up, or that ended with its cluster.
 */
export function describeLoss(cluster: ClusterView, { ec2Id, type, isSpot, loss }: EmrInstance): string | undefined {
  if (loss === undefined) return undefined
  const what = `the ${isSpot ? 'spot ' : ''}instance ${ec2Id} (${type})`
  return `${clusterText(cluster)} has lost ${what}: ${withFullStop(loss)} The other instances do its work once more.`
}
