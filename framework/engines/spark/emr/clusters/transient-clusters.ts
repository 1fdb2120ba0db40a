/**
 * Makes the clusters that a run uses alone. Records each one before it requests it from EMR, and
 * makes it once.
 */
import type { TransientEmrCluster } from '../../../../declare/emr.ts'
import { LakeError } from '../../../../errors.ts'
import { callFailure } from '../api/call-failure.ts'
import { type ClusterView, isTerminating } from '../api/cluster-view.ts'
import { type ClusterLoss, callError, clusterLoss } from '../api/emr-messages.ts'
import { makeOnce } from '../api/retry.ts'
import { clusterName, clusterRequest } from '../emr-requests.ts'
import { clustersMadeSince } from './find-cluster.ts'
import { clusterIntent, clustersMadeFrom, ownCluster, recordedClusters, SKEW_MS } from './recorded-clusters.ts'
import {
  ownsCluster,
  type RunClusters,
  type RunClustersOptions,
  refuseReplacement,
  type TargetCluster,
} from './run-clusters.ts'

/** Default of the maximum number of clusters that a run uses. */
const ATTEMPTS = 2

export class TransientClusters implements RunClusters {
  readonly #settings: TransientEmrCluster
  readonly #options: RunClustersOptions
  readonly #ours = new Set<string>()
  /** Name of a cluster -> the time of its RunJobFlow call, if the outcome of a call is unknown. */
  readonly #unresolved = new Map<string, Date>()
  readonly #losses: ClusterLoss[] = []
  #target: TargetCluster | undefined
  /** Number of the last cluster, counted from 1. */
  #number = 0

  constructor(settings: TransientEmrCluster, options: RunClustersOptions) {
    this.#settings = settings
    this.#options = options
  }

  async current(): Promise<TargetCluster> {
    const refusal = refuseReplacement(this.#losses, this.#settings.attempts ?? ATTEMPTS)
    if (refusal) throw refusal
    this.#target ??= (await this.#adoptedTarget()) ?? (await this.#nextTarget())
    return this.#target
  }

  owns(cluster: ClusterView, step: string): boolean {
    return ownsCluster(this.#options, cluster, step)
  }

  adopt(cluster: ClusterView): void {
    this.#ours.add(cluster.id)
    if (!isTerminating(cluster)) this.#target ??= { cluster, ours: true, isNew: false }
  }

  gone(cluster: ClusterView): void {
    if (this.#target?.cluster.id !== cluster.id) return
    this.#target = undefined
    this.#losses.push(clusterLoss(cluster, this.#options.access.region))
  }

  known(): readonly string[] {
    return [...this.#ours]
  }

  async ours(): Promise<readonly string[]> {
    const { access, run } = this.#options
    for (const [name, since] of this.#unresolved) {
      for (const id of await clustersMadeSince(access, name, since)) await this.#addOwn(id)
    }
    for (const id of await clustersMadeFrom(this.#options, run.runId, this.#number + 1)) await this.#addOwn(id)
    return this.known()
  }

  /** A record in the lake proves nothing: EMR must name the cluster as one of this run. */
  async #addOwn(id: string): Promise<void> {
    const { access, run } = this.#options
    if (!this.#ours.has(id) && (await ownCluster(access, id, [run.runId]))) this.#ours.add(id)
  }

  /** A cluster of an adopted run that is still up and that this run has not used yet. */
  async #adoptedTarget(): Promise<TargetCluster | undefined> {
    const { access, adoptedRuns } = this.#options
    for (const runId of adoptedRuns) {
      for (const id of await clustersMadeFrom(this.#options, runId, 1)) {
        const cluster = this.#ours.has(id) ? undefined : await ownCluster(access, id, [runId])
        if (!cluster || isTerminating(cluster)) continue
        this.#ours.add(id)
        return { cluster, ours: true, isNew: false }
      }
    }
    return undefined
  }

  async #nextTarget(): Promise<TargetCluster> {
    for (;;) {
      this.#number++
      const target = await this.#findOrMake(this.#number)
      if (target) return target
    }
  }

  /**
   * Undefined if an earlier process of the run made the cluster with this number, and that cluster
   * has ended.
   */
  async #findOrMake(nth: number): Promise<TargetCluster | undefined> {
    const { access, intents, run } = this.#options
    const at = new Date(access.retryPolicy.clock.now() - SKEW_MS)
    const known = await this.#recorded(nth)
    const isFirst =
      known.length === 0 &&
      (await intents.record(clusterIntent(run.runId, nth), { at: at.toISOString() })) === 'recorded'
    const made = known.length > 0 || isFirst ? known : await this.#recorded(nth)
    if (made.length === 0) return this.#make(nth, at)
    const clusters = await Promise.all(made.map((id) => ownCluster(access, id, [run.runId])))
    const up = clusters.flatMap((cluster) => (cluster && !isTerminating(cluster) ? [cluster] : []))
    for (const { id } of up) this.#ours.add(id)
    const [cluster] = up
    return cluster && { cluster, ours: true, isNew: false }
  }

  async #recorded(nth: number): Promise<readonly string[]> {
    return (await recordedClusters(this.#options, this.#options.run.runId, nth)) ?? []
  }

  async #make(nth: number, at: Date): Promise<TargetCluster> {
    const { intents, owners, run } = this.#options
    const { runId } = run
    const request = clusterRequest(this.#settings, run, nth)
    const name = clusterName(runId, nth)
    await owners.put({ runId, owner: runId })
    this.#unresolved.set(name, at)
    const id = await this.#callRunJobFlow({ nth, name, at, request })
    this.#ours.add(id)
    await intents.record(`${clusterIntent(runId, nth)}.id`, { clusterId: id })
    const reason = { code: '', message: '' }
    const cluster = { id, name, state: 'STARTING', reason, logUri: request.LogUri, madeFor: runId }
    return { cluster, ours: true, isNew: true }
  }

  async #callRunJobFlow({ nth, name, at, request }: NewCluster): Promise<string> {
    const { access, intents, run, signal } = this.#options
    const { api, retryPolicy } = access
    const intent = clusterIntent(run.runId, nth)
    let isUnclear = false
    try {
      const id = await makeOnce(retryPolicy, {
        make: () => api.runJobFlow(request),
        find: async () => (await clustersMadeSince(access, name, at))[0],
        unclear: async () => {
          isUnclear = true
          await intents.record(`${intent}.unclear`, { at: new Date(retryPolicy.clock.now()).toISOString() })
        },
        signal,
      })
      // A call whose answer was lost can have made another cluster, which comes up later.
      if (!isUnclear) this.#unresolved.delete(name)
      return id
    } catch (error) {
      if (callFailure(error) === 'refused' && !isUnclear) {
        this.#unresolved.delete(name)
        await intents.record(`${intent}.refused`, {})
      }
      throw error instanceof LakeError ? error : callError(`the cluster ${name} could not be made`, error)
    }
  }
}

interface NewCluster {
  readonly nth: number
  readonly name: string
  /** A time shortly before the RunJobFlow call. */
  readonly at: Date
  readonly request: ReturnType<typeof clusterRequest>
}
