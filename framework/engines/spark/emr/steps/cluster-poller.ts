/** Polls one cluster for the ends of its steps: one call at a time, with a pause before each. */
import type { JobEnd } from '../../launch/launcher.ts'
import { callFailure } from '../api/call-failure.ts'
import type { EmrClock } from '../api/clock.ts'
import { type ClusterView, clusterView, isTerminated } from '../api/cluster-view.ts'
import { allOf, type EmrApi } from '../api/emr-api.ts'
import { callError, clusterText } from '../api/emr-messages.ts'
import { type EmrStep, hasEnded } from '../api/emr-step.ts'
import type { InstanceCount } from '../cost/cost-estimate.ts'
import { InstanceCounter } from './instance-counter.ts'
import {
  afterFailure,
  afterPage,
  endingPauseMs,
  isGivenUp,
  NO_FAILURES,
  nextCall,
  nextListing,
  nextPauseMs,
  type PollFailures,
  type StepSweep,
} from './next-call.ts'
import { PolledStep, type StepPoller } from './polled-step.ts'
import { stepOutcome, unfinished } from './step-outcome.ts'

/** Maximum number of steps of a cluster that are PENDING, RUNNING or CANCEL_PENDING. */
const MAX_ACTIVE_STEPS = 256

interface PollerOptions {
  readonly api: EmrApi
  readonly clock: EmrClock
  /** From 0 up to 1, for jitter. */
  readonly random: () => number
  readonly region: string
  /** Minimum pause between two calls. Jitter adds up to a fifth. */
  readonly pauseMs: number
  /**
   * Receives the cluster's instances every few minutes while a step runs; undefined if they need
   * not be counted.
   */
  readonly reportInstances: ((instances: readonly InstanceCount[]) => void) | undefined
  /** Receives each message about the cluster once. */
  readonly warn: (message: string) => void
  /** Receives the state of the cluster and of the named step whenever it changes. */
  readonly reportState?: ((step: string, state: string) => void) | undefined
}

export class ClusterPoller implements StepPoller {
  readonly #options: PollerOptions
  /** Step id -> the step. */
  readonly #polled = new Map<string, PolledStep>()
  readonly #instances: InstanceCounter | undefined
  readonly #changeListeners = new Set<() => void>()
  readonly #stopped = new AbortController()
  #cluster: ClusterView
  #pause = new AbortController()
  #listsSinceDescription = 0
  #sweep: StepSweep | undefined
  #failures: PollFailures = NO_FAILURES
  #isRefusalReported = false
  #isRunning = false

  constructor(cluster: ClusterView, options: PollerOptions) {
    const { api, clock, warn, reportInstances } = options
    this.#cluster = cluster
    this.#options = options
    if (reportInstances) {
      this.#instances = new InstanceCounter({ api, startedAt: clock.now(), report: reportInstances, warn })
    }
  }

  /** As last seen. */
  get cluster(): ClusterView {
    return this.#cluster
  }

  /**
   * Waits for the step's end. `at-once` makes the first call now, for a step that can have ended
   * long ago.
   */
  add(step: EmrStep, when: 'at-once' | 'after-pause'): PolledStep {
    const polled = new PolledStep(step, this)
    this.#polled.set(polled.id, polled)
    if (when === 'at-once') this.wake()
    if (!this.#isRunning) {
      this.#isRunning = true
      void this.#run()
    }
    return polled
  }

  /** Settles when the cluster can take one more step, or when the signal is aborted. */
  async room(signal: AbortSignal): Promise<void> {
    while (this.#polled.size >= MAX_ACTIVE_STEPS && !signal.aborted) await this.change(signal)
  }

  /**
   * Settles when a step has ended, or after one pause, because other programs use the cluster too.
   */
  async change(signal: AbortSignal): Promise<void> {
    const { clock, pauseMs } = this.#options
    const changed = new AbortController()
    const onChange = () => changed.abort()
    this.#changeListeners.add(onChange)
    await clock.wait(pauseMs, AbortSignal.any([changed.signal, signal]))
    this.#changeListeners.delete(onChange)
  }

  /** Makes no more calls. Steps that have not ended end as `canceled`. */
  stop(): void {
    this.#stopped.abort()
    const message = `the run no longer waits for it; ${clusterText(this.#cluster)} may still be ending it.`
    this.#settleAll({ kind: 'canceled', message })
  }

  polls(step: PolledStep): boolean {
    return this.#polled.get(step.id) === step
  }

  isRefused(): boolean {
    return this.#failures.refusedSince !== undefined
  }

  wake(): void {
    this.#pause.abort()
  }

  wakeSoon(): void {
    void this.#options.clock.wait(endingPauseMs(), this.#stopped.signal).then(() => this.wake())
  }

  async #run(): Promise<void> {
    const { clock } = this.#options
    while (this.#polled.size > 0 && !this.#stopped.signal.aborted) {
      await clock.wait(this.#pauseLength(), AbortSignal.any([this.#pause.signal, this.#stopped.signal]))
      this.#pause = new AbortController()
      if (this.#stopped.signal.aborted) break
      try {
        await this.#call()
        this.#failures = NO_FAILURES
      } catch (error) {
        this.#onFailure(error)
      }
    }
    this.#isRunning = false
  }

  #pauseLength(): number {
    const { pauseMs, random } = this.#options
    return nextPauseMs({ pauseMs, isEndNear: this.#isEndNear, failures: this.#failures.count, jitter: random() })
  }

  get #isEndNear(): boolean {
    return [...this.#polled.values()].some((step) => step.isEndNear)
  }

  async #call(): Promise<void> {
    const now = this.#options.clock.now()
    const state = {
      cluster: this.#cluster,
      isEndNear: this.#isEndNear,
      listsSinceDescription: this.#listsSinceDescription,
      count: this.#instances?.progress,
    }
    switch (nextCall(state, now)) {
      case 'finish':
        return this.#finish()
      case 'count-instances':
        return this.#instances?.countPage(this.#cluster, now)
      case 'describe-cluster':
        await this.#describe()
        if (isTerminated(this.#cluster)) await this.#finish()
        return
      case 'list-steps':
        this.#listsSinceDescription++
        return this.#listSteps()
    }
  }

  async #describe(): Promise<void> {
    this.#cluster = clusterView(await this.#options.api.describeCluster(this.#cluster.id))
    this.#listsSinceDescription = 0
    this.#see([])
  }

  async #listSteps(): Promise<void> {
    const { api } = this.#options
    const ClusterId = this.#cluster.id
    const listing = nextListing([...this.#polled.keys()], this.#sweep)
    if (listing.kind === 'by-id') {
      this.#sweep = undefined
      const { items } = await api.listSteps({ ClusterId, StepIds: [...listing.ids] })
      return this.#settleEnded(items)
    }
    const { items, marker } = await api.listSteps({ ClusterId, Marker: listing.sweep.marker })
    const listed = items.map(({ id }) => id)
    this.#sweep = afterPage(listing.sweep, listed, marker)
    await this.#settleEnded(items)
  }

  /** Updates the polled steps from EMR's list, and reports what has changed. */
  #see(steps: readonly EmrStep[]): void {
    for (const step of steps) this.#polled.get(step.id)?.see(step)
    const { id, state } = this.#cluster
    for (const step of this.#polled.values()) {
      const stepState = step.state === '' ? '' : `, step ${step.id} is ${step.state}`
      if (step.hasChanged(`${state}${stepState}`))
        this.#options.reportState?.(step.name, `cluster ${id} is ${state}${stepState}`)
    }
  }

  async #settleEnded(steps: readonly EmrStep[]): Promise<void> {
    this.#see(steps)
    const ended = steps.filter((step) => this.#polled.has(step.id) && hasEnded(step))
    const completed = ended.filter(({ state }) => state === 'COMPLETED')
    for (const step of completed) this.#settleStep(step)
    if (completed.length === ended.length) return
    // Only the cluster's state says whether a step ended by itself or with its cluster.
    await this.#describe()
    for (const step of ended) this.#settleStep(step)
  }

  /** The steps of a terminated cluster no longer change, so this list is final. */
  async #finish(): Promise<void> {
    const { api, region } = this.#options
    const cluster = this.#cluster
    for await (const step of allOf((Marker) => api.listSteps({ ClusterId: cluster.id, Marker }))) {
      if (hasEnded(step)) this.#settleStep(step)
    }
    for (const { id, step, isCanceled } of [...this.#polled.values()]) {
      this.#settle(id, unfinished(step, { cluster, region, asked: isCanceled }))
    }
  }

  #settleStep(step: EmrStep): void {
    const polled = this.#polled.get(step.id)
    if (!polled) return
    const { region } = this.#options
    this.#settle(polled.id, stepOutcome(step, { cluster: this.#cluster, region, asked: polled.isCanceled }))
  }

  #settleAll(end: JobEnd): void {
    for (const id of [...this.#polled.keys()]) this.#settle(id, end)
  }

  #settle(id: string, end: JobEnd): void {
    this.#polled.get(id)?.settle(end)
    this.#polled.delete(id)
    for (const onChange of [...this.#changeListeners]) onChange()
  }

  /** A failed call gives no information about the steps. */
  #onFailure(error: unknown): void {
    const now = this.#options.clock.now()
    this.#sweep = undefined
    this.#failures = afterFailure(this.#failures, callFailure(error), now)
    if (!this.isRefused()) return
    this.#reportRefusal(error)
    if (!isGivenUp(this.#failures, now)) return
    const { message } = callError(`the steps of ${clusterText(this.#cluster)} can no longer be followed`, error)
    this.#settleAll({ kind: 'failed', message })
  }

  #reportRefusal(error: unknown): void {
    if (this.#isRefusalReported) return
    this.#isRefusalReported = true
    const { message } = callError(`lake may not list the steps of ${clusterText(this.#cluster)}`, error)
    this.#options.warn(
      `${message} The run still waits for their results, but does not notice if the cluster or a step ends.`,
    )
  }
}
