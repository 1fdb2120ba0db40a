import type { Instance, StepSummary } from '@aws-sdk/client-emr'
import type { JobEnd } from '../../launch/launcher.ts'
import { callFailure } from '../api/call-failure.ts'
import type { EmrClock } from '../api/clock.ts'
import { type ClusterView, clusterView, isGoing, isGone, isStarting } from '../api/cluster-view.ts'
import { allOf, type EmrApi } from '../api/emr-api.ts'
import { callError, clusterText, sentence } from '../api/emr-messages.ts'
import { countInstances, type InstanceCount } from '../cost/cost-estimate.ts'
import { hasEnded, stepOutcome, unfinished } from './step-outcome.ts'

const LONGEST_PAUSE_MS = 120_000
/** Between two looks while somebody waits for the end of a step. */
const ENDING_PAUSE_MS = 4_000
/** Turns at the list of steps between two at the cluster. */
const TURNS_BETWEEN_LOOKS = 4
const MOST_STEP_IDS = 10
/** Steps PENDING, RUNNING or CANCEL_PENDING that a cluster may have. */
const MOST_ACTIVE = 256
/** From one count of the instances to the next. */
const COUNT_EVERY_MS = 3 * 60_000
/** So long the polls may be refused, as when credentials have run out and somebody has to log in again. */
const REFUSED_FOR_MS = 15 * 60_000

export interface PollerOptions {
  readonly api: EmrApi
  readonly clock: EmrClock
  readonly random: () => number
  readonly region: string
  /** Between two calls, at the least; up to a fifth longer. */
  readonly pauseMs: number
  /** Is told the instances of the cluster every few minutes, while it is up and a step is waited for. */
  readonly counted?: (instances: readonly InstanceCount[]) => void
  /** Is told, once each, what people should know of the cluster. */
  readonly warn?: (message: string) => void
}

/** A step that is waited for. */
export interface FollowedStep {
  readonly step: StepSummary
  /** Never rejects. */
  readonly ended: Promise<JobEnd>
  hasEnded(): boolean
  /** It was about to end by itself when EMR last let it be looked at, and EMR does not any more: it has most likely ended. */
  isUnseen(): boolean
  /** It is about to end by itself. */
  expectEnd(): void
  /** From now on its end is a cancellation. */
  asked(): void
}

/** The one poller of a cluster: one call a turn, and a pause after each, for all steps that are waited for. */
export interface ClusterPoller {
  /** As last seen. */
  cluster(): ClusterView
  /** Waits for the step; `soon` looks at once, for one that may have ended long ago. */
  follow(step: StepSummary, soon?: 'soon'): FollowedStep
  /** Settles when the cluster may take one more step, or the signal is aborted. */
  room(signal: AbortSignal): Promise<void>
  /** Settles when a step has ended, or after a while: others use the cluster too. */
  change(signal: AbortSignal): Promise<void>
  /** Looks no more; steps that are still waited for end as `canceled`. */
  stop(): void
}

interface Awaited {
  readonly step: StepSummary
  asked: boolean
  /** Its end is near. */
  ending: boolean
  settle(end: JobEnd): void
}

export function pollCluster(first: ClusterView, options: PollerOptions): ClusterPoller {
  const { api, clock, random, region, pauseMs, counted, warn } = options
  const awaited = new Map<string, Awaited>()
  const changes = new Set<() => void>()
  const stopped = new AbortController()
  let pause = new AbortController()
  let view = first
  let turns = 0
  let failures = 0
  let refusedSince: number | undefined
  let isRefusalTold = false
  /** Instances whose loss was told. */
  const lostInstances = new Set<string>()
  let sweep: Sweep | undefined
  let count: Count | undefined
  let countedAt = clock.now()
  let running = false

  async function run(): Promise<void> {
    while (awaited.size > 0 && !stopped.signal.aborted) {
      await clock.wait(pauseLength(), AbortSignal.any([pause.signal, stopped.signal]))
      pause = new AbortController()
      if (stopped.signal.aborted) break
      try {
        await turn()
        failures = 0
        refusedSince = undefined
      } catch (error) {
        onFailure(error)
      }
    }
    running = false
  }

  function pauseLength(): number {
    if (failures > 0) return Math.min(pauseMs * 2 ** failures, LONGEST_PAUSE_MS) * (1 + random() / 5)
    return (isEndNear() ? Math.min(ENDING_PAUSE_MS, pauseMs) : pauseMs) * (1 + random() / 5)
  }

  const isEndNear = () => [...awaited.values()].some(({ asked, ending }) => asked || ending)

  /** A poll that fails says nothing about the steps. */
  function onFailure(error: unknown): void {
    failures++
    sweep = undefined
    if (callFailure(error) !== 'refused') {
      refusedSince = undefined
      return
    }
    refusedSince ??= clock.now()
    tellRefusal(error)
    if (clock.now() - refusedSince < REFUSED_FOR_MS) return
    const { message } = callError(`${clusterText(view)} can be asked no more how its steps are`, error)
    for (const id of [...awaited.keys()]) settle(id, { kind: 'failed', message })
  }

  /** The cluster goes on without it, and Spark does its work once more; that explains why a step takes longer. */
  function tellLostInstance({ Id = '', Ec2InstanceId = Id, InstanceType, Market, Status }: Instance): void {
    const { Code = '', Message = '' } = Status?.StateChangeReason ?? {}
    const isLost = Status?.State === 'TERMINATED' && Code !== '' && Code !== 'CLUSTER_TERMINATED'
    if (!isLost || lostInstances.has(Id)) return
    lostInstances.add(Id)
    const what = `the ${Market === 'SPOT' ? 'spot ' : ''}instance ${Ec2InstanceId} (${InstanceType})`
    warn?.(
      `${clusterText(view)} has lost ${what}: ${sentence(Message || Code)} Its work is done once more by the others.`,
    )
  }

  function tellRefusal(error: unknown): void {
    if (isRefusalTold) return
    isRefusalTold = true
    const { message } = callError(`the steps of ${clusterText(view)} may not be looked at`, error)
    warn?.(
      `${message} Their results are waited for all the same; what becomes of the cluster or of a step is not noticed.`,
    )
  }

  async function turn(): Promise<void> {
    if (isGone(view)) {
      await finish()
      return
    }
    if (isCountDue()) {
      await countPage()
      return
    }
    // Where a step is about to end, its cluster is up by now.
    const startsStill = isStarting(view) && !isEndNear()
    if (startsStill || turns >= (isGoing(view) ? 1 : TURNS_BETWEEN_LOOKS)) {
      await look()
      if (isGone(view)) await finish()
      return
    }
    turns++
    await listPage()
  }

  function isCountDue(): boolean {
    if (!counted || isStarting(view) || isGoing(view) || isEndNear()) return false
    return count !== undefined || clock.now() - countedAt >= COUNT_EVERY_MS
  }

  /** A turn of its own, so that with it there are no more calls. Where it fails, as for want of rights, the next turns go on with the steps. */
  async function countPage(): Promise<void> {
    const { instances, marker } = count ?? { instances: [], marker: undefined }
    count = undefined
    countedAt = clock.now()
    const page = await api.listInstances(view.id, marker)
    for (const instance of page.items) tellLostInstance(instance)
    const seen = [...instances, ...page.items]
    if (page.marker === undefined) counted?.(countInstances(seen))
    else count = { instances: seen, marker: page.marker }
  }

  async function look(): Promise<void> {
    view = clusterView(await api.describeCluster(view.id))
    turns = 0
  }

  /** Up to ten steps are asked for by their ids; more are looked for from the newest on, a page a turn, until all have been seen. */
  async function listPage(): Promise<void> {
    const ids = [...awaited.keys()]
    if (ids.length <= MOST_STEP_IDS) {
      sweep = undefined
      await take((await api.listSteps({ ClusterId: view.id, StepIds: ids })).items)
      return
    }
    const { unseen, marker } = sweep ?? { unseen: new Set(ids), marker: undefined }
    const page = await api.listSteps({ ClusterId: view.id, Marker: marker })
    for (const { Id = '' } of page.items) unseen.delete(Id)
    sweep = unseen.size > 0 && page.marker !== undefined ? { unseen, marker: page.marker } : undefined
    await take(page.items)
  }

  async function take(steps: readonly StepSummary[]): Promise<void> {
    const ended = steps.filter((step) => awaited.has(step.Id ?? '') && hasEnded(step))
    const completed = ended.filter(({ Status }) => Status?.State === 'COMPLETED')
    for (const step of completed) end(step)
    if (completed.length === ended.length) return
    // Whether a step ended by itself or with its cluster, only the cluster tells.
    await look()
    for (const step of ended) end(step)
  }

  /** The cluster is no more: what it says of its steps now is the last word. */
  async function finish(): Promise<void> {
    for await (const step of allOf((Marker) => api.listSteps({ ClusterId: view.id, Marker }))) {
      if (hasEnded(step)) end(step)
    }
    for (const [id, { step, asked }] of awaited) settle(id, unfinished(step, { cluster: view, region, asked }))
  }

  function end(step: StepSummary): void {
    const waiting = awaited.get(step.Id ?? '')
    if (waiting) settle(step.Id ?? '', stepOutcome(step, { cluster: view, region, asked: waiting.asked }))
  }

  function settle(id: string, end: JobEnd): void {
    awaited.get(id)?.settle(end)
    awaited.delete(id)
    for (const changed of [...changes]) changed()
  }

  function change(signal: AbortSignal): Promise<void> {
    const changed = new AbortController()
    const notify = () => changed.abort()
    changes.add(notify)
    const either = AbortSignal.any([changed.signal, signal])
    return clock.wait(pauseMs, either).finally(() => changes.delete(notify))
  }

  return {
    cluster: () => view,
    change,
    room: async (signal) => {
      while (awaited.size >= MOST_ACTIVE && !signal.aborted) await change(signal)
    },
    follow: (step, soon) => {
      const { promise, resolve } = withResolvers<JobEnd>()
      const waiting: Awaited = { step, asked: false, ending: false, settle: resolve }
      awaited.set(step.Id ?? '', waiting)
      if (soon) pause.abort()
      if (!running) {
        running = true
        void run()
      }
      const asked = () => {
        waiting.asked = true
        pause.abort()
      }
      const expectEnd = () => {
        waiting.ending = true
        // The end is not there yet.
        void clock.wait(ENDING_PAUSE_MS, stopped.signal).then(() => pause.abort())
      }
      const hasEnded = () => awaited.get(step.Id ?? '') !== waiting
      const isUnseen = () => waiting.ending && refusedSince !== undefined
      return { step, ended: promise, hasEnded, isUnseen, expectEnd, asked }
    },
    stop: () => {
      stopped.abort()
      const message = `the run no longer waits for it; ${clusterText(view)} may still be ending it.`
      for (const id of [...awaited.keys()]) settle(id, { kind: 'canceled', message })
    },
  }
}

/** The pages of instances that have come. */
interface Count {
  readonly instances: readonly Instance[]
  readonly marker: string
}

/** One way through the list of steps, for those that were waited for when it began. */
interface Sweep {
  readonly unseen: Set<string>
  readonly marker: string
}

function withResolvers<Value>(): { readonly promise: Promise<Value>; readonly resolve: (value: Value) => void } {
  let resolve: (value: Value) => void = () => undefined
  const promise = new Promise<Value>((settle) => {
    resolve = settle
  })
  return { promise, resolve }
}
