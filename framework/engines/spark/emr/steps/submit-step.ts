import type { StepConfig, StepSummary } from '@aws-sdk/client-emr'
import { LakeError } from '../../../../errors.ts'
import { callFailure, errorText } from '../api/call-failure.ts'
import { type ClusterView, isGoing } from '../api/cluster-view.ts'
import { callError, clusterText } from '../api/emr-messages.ts'
import { makeOnce } from '../api/retry.ts'
import { describe, type EmrAccess, remembered } from '../clusters/find-cluster.ts'
import type { Intents } from '../clusters/intents.ts'
import type { RunClusters, Target } from '../clusters/run-clusters.ts'
import type { InstanceCount } from '../cost/cost-estimate.ts'
import type { ClusterInstances } from '../cost/cost-tracker.ts'
import { type ClusterPoller, type FollowedStep, pollCluster } from './cluster-poller.ts'
import { type ClusterSteps, clusterSteps } from './cluster-steps.ts'

/** EMR has no code of its own for it. */
const TOO_MANY_ACTIVE = /maximum number of active steps/i

export interface SubmittedStep extends FollowedStep {
  readonly clusterId: string
  /** The run terminates the cluster. */
  readonly ours: boolean
  /** It was there already. */
  readonly found: boolean
}

export interface SubmitterOptions {
  readonly access: EmrAccess
  readonly clusters: RunClusters
  readonly intents: Intents
  readonly pauseMs: number
  readonly executionRole: string | undefined
  /** Is told from time to time which instances a cluster of the run has; undefined where nobody wants to know. */
  readonly counted: ((instances: ClusterInstances) => void) | undefined
  /** Is told what people should know of a cluster. */
  readonly warn: (message: string) => void
  /** Ends waiting for a place. */
  readonly signal: AbortSignal
}

/** Brings steps to clusters, each name once. Not for calls at the same time. */
export interface Submitter {
  submit(step: StepConfig): Promise<SubmittedStep>
  stop(): void
}

export function submitter(options: SubmitterOptions): Submitter {
  const { access, clusters, intents, executionRole, pauseMs, counted, warn, signal } = options
  const { api, patience, region } = access
  const places = new Map<string, Place>()

  function placeOf({ cluster, isNew, ours }: Target): Place {
    const known = places.get(cluster.id)
    if (known) return known
    const { clock, random } = patience
    const told = (instances: readonly InstanceCount[]) => counted?.(new Map([[cluster.id, instances]]))
    const place = {
      watch: pollCluster(cluster, {
        ...{ api, clock, random, region, pauseMs, warn },
        ...(ours && counted && { counted: told }),
      }),
      steps: clusterSteps(access, cluster.id, isNew),
    }
    places.set(cluster.id, place)
    return place
  }

  /** A step of that name that an earlier process may have given to a cluster; `intent` is the name of the next intent. */
  async function earlier(name: string): Promise<{ readonly found?: SubmittedStep; readonly intent: string }> {
    for (let nth = 1; ; nth++) {
      const intent = nth === 1 ? name : `${name}@${nth}`
      const value = await intents.read(intent)
      if (!value) return { intent }
      const cluster = value.clusterId === undefined ? undefined : await remembered(access, value.clusterId)
      if (!cluster) continue
      const ours = value.ours === true
      // A note in the lake may name anybody's cluster, and ours are terminated.
      if (ours && !clusters.owns(cluster, name)) continue
      const place = placeOf({ cluster, ours, isNew: false })
      const step = await place.steps.namedNow(name)
      if (ours) clusters.adopt(cluster)
      if (step)
        return { found: { ...place.watch.follow(step, 'soon'), clusterId: cluster.id, ours, found: true }, intent }
    }
  }

  async function submit(step: StepConfig): Promise<SubmittedStep> {
    const name = step.Name ?? ''
    for (;;) {
      // Each cluster that may get the step has an intent of its own.
      const { found, intent } = await earlier(name)
      const submitted = found ?? (await submitTo(await openTarget(), { step, name, intent }))
      if (submitted) return submitted
    }
  }

  async function openTarget(): Promise<Target> {
    for (;;) {
      const target = await clusters.current()
      const seen = placeOf(target).watch.cluster()
      if (!isGoing(seen)) return target
      clusters.gone(seen)
    }
  }

  /** Undefined where the cluster is gone. */
  async function submitTo(target: Target, { step, name, intent }: Wanted): Promise<SubmittedStep | undefined> {
    const { cluster, ours } = target
    const place = placeOf(target)
    const known = await stepsOf(place, cluster, name)
    if (known) return { ...place.watch.follow(known, 'soon'), clusterId: cluster.id, ours, found: true }
    await intents.record(intent, { clusterId: cluster.id, ours })
    for (;;) {
      await place.watch.room(signal)
      if (signal.aborted) throw stepInterrupted(name)
      const made = await addStep(place, cluster, step)
      if (made === 'gone') return undefined
      if (made !== 'full') {
        place.steps.add(made)
        return { ...place.watch.follow(made), clusterId: cluster.id, ours, found: false }
      }
      await place.watch.change(signal)
    }
  }

  async function stepsOf({ steps }: Place, cluster: ClusterView, name: string): Promise<StepSummary | undefined> {
    try {
      return await steps.named(name)
    } catch (error) {
      throw callError(`the steps of ${clusterText(cluster)} cannot be listed`, error)
    }
  }

  async function addStep(
    { steps }: Place,
    cluster: ClusterView,
    step: StepConfig,
  ): Promise<StepSummary | 'full' | 'gone'> {
    try {
      return await makeOnce(patience, {
        make: async (): Promise<StepSummary> => {
          const role = executionRole === undefined ? {} : { ExecutionRoleArn: executionRole }
          const [Id = ''] = await api.addSteps({ JobFlowId: cluster.id, Steps: [step], ...role })
          return { Id, Name: step.Name }
        },
        find: () => steps.namedNow(step.Name ?? ''),
        signal,
      })
    } catch (error) {
      const refused = callFailure(error) === 'refused'
      if (refused && TOO_MANY_ACTIVE.test(errorText(error))) return 'full'
      const now = refused ? await describe(access, cluster.id) : cluster
      if (isGoing(now)) {
        clusters.gone(now)
        return 'gone'
      }
      throw callError(`the step ${step.Name} could not be given to ${clusterText(cluster)}`, error)
    }
  }

  return {
    submit,
    stop: () => {
      for (const { watch } of places.values()) watch.stop()
    },
  }
}

interface Place {
  readonly watch: ClusterPoller
  readonly steps: ClusterSteps
}

interface Wanted {
  readonly step: StepConfig
  readonly name: string
  readonly intent: string
}

export function stepInterrupted(name: string): LakeError {
  return new LakeError('interrupted', `${name} was not submitted: the run is ending`)
}
