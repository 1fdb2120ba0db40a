/**
 * Gives steps to the clusters of a run. Steps with the same name run only once, even if several
 * processes submit them.
 */
import type { StepConfig } from '@aws-sdk/client-emr'
import { LakeError } from '../../../../errors.ts'
import { callFailure, errorText } from '../api/call-failure.ts'
import { type ClusterView, isTerminating } from '../api/cluster-view.ts'
import { callError, clusterText } from '../api/emr-messages.ts'
import { type EmrStep, NO_FAILURE } from '../api/emr-step.ts'
import { makeOnce } from '../api/retry.ts'
import { describe, describeIfKnown, type EmrAccess } from '../clusters/find-cluster.ts'
import type { Intents } from '../clusters/intents.ts'
import type { RunClusters, TargetCluster } from '../clusters/run-clusters.ts'
import type { ClusterInstances } from '../cost/cost-tracker.ts'
import { ClusterPoller } from './cluster-poller.ts'
import { ClusterSteps } from './cluster-steps.ts'
import type { PolledStep } from './polled-step.ts'

export interface SubmittedStep {
  readonly polled: PolledStep
  readonly clusterId: string
  /** Whether the run terminates the cluster. */
  readonly ours: boolean
  /** Whether the step existed already, because an earlier process had submitted it. */
  readonly adopted: boolean
}

interface SubmitterOptions {
  readonly access: EmrAccess
  readonly clusters: RunClusters
  readonly intents: Intents
  /** Minimum pause between two polls of a cluster. */
  readonly pauseMs: number
  readonly executionRole: string | undefined
  /**
   * Receives the instances of the run's own clusters from time to time; undefined if they need not
   * be counted.
   */
  readonly reportInstances: ((instances: ClusterInstances) => void) | undefined
  /** Receives messages about clusters. */
  readonly warn: (message: string) => void
  /** Receives the state of each step that is followed, and of its cluster. */
  readonly reportState?: (step: string, state: string) => void
  /** After an abort, no more steps are submitted. */
  readonly signal: AbortSignal
}

/** A cluster to which the run gives steps. */
interface OpenCluster {
  readonly poller: ClusterPoller
  readonly steps: ClusterSteps
}

interface NamedStep {
  readonly name: string
  readonly config: StepConfig
  /** The name of the intent that is recorded before the step is submitted. */
  readonly intent: string
}

/** Submits steps. `submit` must not be called again before the last call has settled. */
export class StepSubmitter {
  readonly #options: SubmitterOptions
  /** Cluster id -> the cluster. */
  readonly #open = new Map<string, OpenCluster>()

  constructor(options: SubmitterOptions) {
    this.#options = options
  }

  async submit(name: string, config: StepConfig): Promise<SubmittedStep> {
    for (;;) {
      // Each cluster that can get the step has its own intent.
      const { found, intent } = await this.#findEarlier(name)
      const submitted = found ?? (await this.#submitTo(await this.#usableTarget(), { name, config, intent }))
      if (submitted) return submitted
    }
  }

  /** Stops polling. Steps that have not ended end as `canceled`. */
  stop(): void {
    for (const { poller } of this.#open.values()) poller.stop()
  }

  /**
   * The step with that name if an earlier process has submitted it, and the name of the next
   * intent.
   */
  async #findEarlier(name: string): Promise<{ readonly found?: SubmittedStep; readonly intent: string }> {
    for (let nth = 1; ; nth++) {
      const intent = nth === 1 ? name : `${name}@${nth}`
      const value = await this.#options.intents.read(intent)
      if (!value) return { intent }
      const { clusterId, ours = false } = value
      const found = clusterId === undefined ? undefined : await this.#findOn(clusterId, ours, name)
      if (found) return { found, intent }
    }
  }

  async #findOn(clusterId: string, ours: boolean, name: string): Promise<SubmittedStep | undefined> {
    const { access, clusters } = this.#options
    const cluster = await describeIfKnown(access, clusterId)
    // Anyone who can write to the lake can record any cluster, but the run terminates only its own.
    if (!cluster || (ours && !clusters.owns(cluster, name))) return undefined
    const { poller, steps } = this.#openCluster({ cluster, ours, isNew: false })
    const step = await steps.namedNow(name)
    if (ours) clusters.adopt(cluster)
    return step && { polled: poller.add(step, 'at-once'), clusterId, ours, adopted: true }
  }

  /** The run's current cluster, or the next one if the current one is known to terminate. */
  async #usableTarget(): Promise<TargetCluster> {
    const { clusters } = this.#options
    for (;;) {
      const target = await clusters.current()
      const seen = this.#openCluster(target).poller.cluster
      if (!isTerminating(seen)) return target
      clusters.gone(seen)
    }
  }

  /** Undefined if the cluster takes no more steps. */
  async #submitTo(target: TargetCluster, step: NamedStep): Promise<SubmittedStep | undefined> {
    const { intents, signal } = this.#options
    const { cluster, ours } = target
    const { poller, steps } = this.#openCluster(target)
    const at = { clusterId: cluster.id, ours }
    const known = await this.#listedStep(steps, cluster, step.name)
    if (known) return { ...at, polled: poller.add(known, 'at-once'), adopted: true }
    await intents.record(step.intent, at)
    for (;;) {
      await poller.room(signal)
      if (signal.aborted) throw stepInterrupted(step.name)
      const added = await this.#addStep(steps, cluster, step)
      if (added === 'gone') return undefined
      if (added !== 'full') {
        steps.add(added)
        return { ...at, polled: poller.add(added, 'after-pause'), adopted: false }
      }
      await poller.change(signal)
    }
  }

  async #listedStep(steps: ClusterSteps, cluster: ClusterView, name: string): Promise<EmrStep | undefined> {
    try {
      return await steps.named(name)
    } catch (error) {
      throw callError(`the steps of ${clusterText(cluster)} cannot be listed`, error)
    }
  }

  /** `full`: the cluster has the maximum number of active steps. `gone`: it takes no more steps. */
  async #addStep(
    steps: ClusterSteps,
    cluster: ClusterView,
    { name, config }: NamedStep,
  ): Promise<EmrStep | 'full' | 'gone'> {
    const { access, clusters, executionRole, signal } = this.#options
    const role = executionRole === undefined ? {} : { ExecutionRoleArn: executionRole }
    try {
      return await makeOnce(access.retryPolicy, {
        make: async (): Promise<EmrStep> => {
          const id = await access.api.addStep({ JobFlowId: cluster.id, Steps: [config], ...role })
          return { id, name, state: 'PENDING', failure: NO_FAILURE }
        },
        find: () => steps.namedNow(name),
        signal,
      })
    } catch (error) {
      const isRefused = callFailure(error) === 'refused'
      if (isRefused && isClusterFull(error)) return 'full'
      const now = isRefused ? await describe(access, cluster.id) : cluster
      if (isTerminating(now)) {
        clusters.gone(now)
        return 'gone'
      }
      throw callError(`the step ${name} could not be given to ${clusterText(cluster)}`, error)
    }
  }

  #openCluster({ cluster, isNew, ours }: TargetCluster): OpenCluster {
    const known = this.#open.get(cluster.id)
    if (known) return known
    const { access, pauseMs, warn, reportInstances, reportState } = this.#options
    const { api, retryPolicy, region } = access
    const poller = new ClusterPoller(cluster, {
      ...{ api, ...retryPolicy, region, pauseMs, warn, reportState },
      reportInstances: ours
        ? reportInstances && ((instances) => reportInstances(new Map([[cluster.id, instances]])))
        : undefined,
    })
    const opened = { poller, steps: new ClusterSteps(access, cluster.id, isNew) }
    this.#open.set(cluster.id, opened)
    return opened
  }
}

/** EMR has no error code for this refusal. */
const isClusterFull = (error: unknown): boolean => /maximum number of active steps/i.test(errorText(error))

export function stepInterrupted(name: string): LakeError {
  return new LakeError('interrupted', { problem: `${name} was not submitted: the run is ending` })
}
