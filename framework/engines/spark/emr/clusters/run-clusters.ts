import type { EmrSettings, RunningEmrCluster, TransientEmrCluster } from '../../../../declare/emr.ts'
import { LakeError } from '../../../../errors.ts'
import { callFailure } from '../api/call-failure.ts'
import { type ClusterView, isGoing } from '../api/cluster-view.ts'
import { type ClusterLoss, callError, clusterLoss } from '../api/emr-messages.ts'
import { makeOnce } from '../api/retry.ts'
import { clusterName, clusterRequest, type EmrRun } from '../emr-requests.ts'
import type { ClusterOwners } from './cluster-owners.ts'
import { type EmrAccess, findRunning, madeSince } from './find-cluster.ts'
import type { Intents } from './intents.ts'
import { clusterIntent, isOwnedBy, madeFrom, ownCluster, recordedClusters, SKEW_MS } from './recorded-clusters.ts'

/** A cluster to give steps to. */
export interface Target {
  readonly cluster: ClusterView
  /** The run, or one that died, has made it: it is terminated when the run ends. */
  readonly ours: boolean
  /** Made just now, so that nobody has given it a step. */
  readonly isNew: boolean
}

/** The clusters of a run, one after the other. Not for calls at the same time. */
export interface RunClusters {
  /** The one to give steps to; found or made when there is none, or the last one is gone. Throws a LakeError where there can be none. */
  current(): Promise<Target>
  /** Whether this run, a dead one whose clusters are this run's, or the one that the step is named after has made the cluster. */
  owns(cluster: ClusterView, step: string): boolean
  /** One that an earlier process made for a run; steps go to it too while it is up. */
  adopt(cluster: ClusterView): void
  /** The cluster takes no more steps. */
  gone(cluster: ClusterView): void
  /** The ids of those of `ours` that are known without a call. */
  known(): readonly string[]
  /** The ids of all that have to be terminated, those among them that an earlier process of the run left, and what nobody has seen yet. */
  ours(): Promise<readonly string[]>
}

export interface RunClustersOptions {
  readonly access: EmrAccess
  readonly intents: Intents
  readonly notes: ClusterOwners
  readonly run: EmrRun
  /** Dead runs whose clusters are this run's to use and to end. */
  readonly leftRuns: readonly string[]
  /** Once aborted, no cluster is made any more. */
  readonly signal: AbortSignal
}

function runningCluster(wanted: RunningEmrCluster, { access, run, leftRuns }: RunClustersOptions): RunClusters {
  let target: Target | undefined
  const adopted = new Set<string>()
  return {
    current: async () => {
      target ??= { cluster: await findRunning(access, wanted), ours: false, isNew: false }
      return target
    },
    owns: (cluster, step) => isOwnedBy(cluster, [run.runId, ...leftRuns, ...runOf(step)]),
    adopt: ({ id }) => adopted.add(id),
    gone: ({ id }) => {
      if (target?.cluster.id === id) target = undefined
    },
    known: () => [...adopted],
    ours: async () => [...adopted],
  }
}

function transientClusters(settings: TransientEmrCluster, options: RunClustersOptions): RunClusters {
  const { access, intents, notes, run, leftRuns, signal } = options
  const { attempts = 2 } = settings
  const ours = new Set<string>()
  /** Names that were given to RunJobFlow, and at least one outcome of that is not known -> when. */
  const unresolved = new Map<string, Date>()
  const losses: ClusterLoss[] = []
  let target: Target | undefined
  let number = 0

  /** A cluster of a dead run that is still up, and that this run has not used yet. */
  async function left(): Promise<Target | undefined> {
    for (const runId of leftRuns) {
      for (const id of await madeFrom(options, runId, 1)) {
        const cluster = ours.has(id) ? undefined : await ownCluster(access, id, [runId])
        if (!cluster || isGoing(cluster)) continue
        ours.add(id)
        return { cluster, ours: true, isNew: false }
      }
    }
    return undefined
  }

  async function next(): Promise<Target> {
    for (;;) {
      number++
      const taken = await take(number)
      if (taken) return taken
    }
  }

  /** Undefined where the cluster of this number was there and is no more. */
  async function take(nth: number): Promise<Target | undefined> {
    const at = new Date(access.patience.clock.now() - SKEW_MS)
    const known = await earlier(nth)
    const isFirst =
      known.length === 0 &&
      (await intents.record(clusterIntent(run.runId, nth), { at: at.toISOString() })) === 'recorded'
    const made = known.length > 0 || isFirst ? known : await earlier(nth)
    if (made.length === 0) return make(nth, at)
    const clusters = await Promise.all(made.map((other) => ownCluster(access, other, [run.runId])))
    const up = clusters.flatMap((cluster) => (cluster && !isGoing(cluster) ? [cluster] : []))
    for (const other of up) ours.add(other.id)
    const [cluster] = up
    return cluster && { cluster, ours: true, isNew: false }
  }

  async function make(nth: number, at: Date): Promise<Target> {
    const request = clusterRequest(settings, run, nth)
    const name = clusterName(run.runId, nth)
    await notes.put({ maker: run.runId, holder: run.runId })
    unresolved.set(name, at)
    const intent = clusterIntent(run.runId, nth)
    let isUnclear = false
    let id: string
    try {
      id = await makeOnce(access.patience, {
        make: () => access.api.runJobFlow(request),
        find: async () => (await madeSince(access, name, at))[0],
        unclear: async () => {
          isUnclear = true
          await intents.record(`${intent}.unclear`, { at: new Date(access.patience.clock.now()).toISOString() })
        },
        signal,
      })
    } catch (error) {
      if (callFailure(error) === 'refused' && !isUnclear) {
        unresolved.delete(name)
        await intents.record(`${intent}.refused`, {})
      }
      throw error instanceof LakeError ? error : callError(`the cluster ${name} could not be made`, error)
    }
    ours.add(id)
    // A call that was cut off may have made another one, which comes up later: its name stays to be looked for.
    if (!isUnclear) unresolved.delete(name)
    await intents.record(`${intent}.id`, { clusterId: id })
    const reason = { code: '', message: '' }
    const cluster = { id, name, state: 'STARTING', reason, logUri: request.LogUri, madeFor: run.runId }
    return { cluster, ours: true, isNew: true }
  }

  /** Nothing that a note names is terminated for it alone. */
  async function addOwn(id: string): Promise<void> {
    if (!ours.has(id) && (await ownCluster(access, id, [run.runId]))) ours.add(id)
  }

  const earlier = async (nth: number) => (await recordedClusters(options, run.runId, nth)) ?? []

  return {
    current: async () => {
      const messages = losses.map(({ message }) => message).join(' ')
      if (losses.some(({ kind }) => kind === 'failed')) throw new LakeError('engine-failed', messages)
      if (losses.length >= attempts) {
        const used = `the run has lost ${losses.length} of the ${attempts} clusters that it may use (\`attempts\`)`
        throw new LakeError('engine-failed', `${used}: ${messages}`)
      }
      target ??= (await left()) ?? (await next())
      return target
    },
    owns: (cluster, step) => isOwnedBy(cluster, [run.runId, ...leftRuns, ...runOf(step)]),
    adopt: (cluster) => {
      ours.add(cluster.id)
      if (!isGoing(cluster)) target ??= { cluster, ours: true, isNew: false }
    },
    gone: (cluster) => {
      if (target?.cluster.id !== cluster.id) return
      target = undefined
      losses.push(clusterLoss(cluster, access.region))
    },
    known: () => [...ours],
    ours: async () => {
      for (const [name, since] of unresolved) {
        for (const id of await madeSince(access, name, since)) await addOwn(id)
      }
      for (const id of await madeFrom(options, run.runId, number + 1)) await addOwn(id)
      return [...ours]
    },
  }
}

/** `lake RUN/songs/1` -> RUN */
const runOf = (step: string): readonly string[] => /^lake ([^/]+)\//.exec(step)?.slice(1) ?? []

export function runClusters(settings: EmrSettings, options: RunClustersOptions): RunClusters {
  const { cluster = { kind: 'transient' } } = settings
  switch (cluster.kind) {
    case 'running':
      return runningCluster(cluster, options)
    case 'transient':
      return transientClusters(cluster, options)
  }
}
