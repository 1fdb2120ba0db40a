/** A step that a cluster's poller follows until it ends. */
import type { StepSummary } from '@aws-sdk/client-emr'
import type { JobEnd } from '../../launch/launcher.ts'

/** Declares what a followed step needs from the poller of its cluster. */
export interface StepFollower {
  follows(step: FollowedStep): boolean
  /** Whether EMR refuses the poller's calls. */
  isRefused(): boolean
  /** Makes the next call at once. */
  wake(): void
  /** Makes the next call in a few seconds. */
  wakeSoon(): void
}

export class FollowedStep {
  readonly step: StepSummary
  /** Never rejects. */
  readonly ended: Promise<JobEnd>
  readonly #follower: StepFollower
  #resolve: (end: JobEnd) => void = () => undefined
  #isCanceled = false
  #isEndExpected = false
  #state: string | undefined
  #lastSeen: string | undefined

  constructor(step: StepSummary, follower: StepFollower) {
    this.step = step
    this.#follower = follower
    this.ended = new Promise((resolve) => {
      this.#resolve = resolve
    })
  }

  get id(): string {
    return this.step.Id ?? ''
  }

  get name(): string {
    return this.step.Name ?? ''
  }

  /** The state in EMR's last answer; undefined before the first. */
  get state(): string | undefined {
    return this.#state
  }

  get isCanceled(): boolean {
    return this.#isCanceled
  }

  /** Whether the step was canceled or is about to end by itself. */
  get isEndNear(): boolean {
    return this.#isCanceled || this.#isEndExpected
  }

  hasEnded(): boolean {
    return !this.#follower.follows(this)
  }

  /**
   * Whether the step was about to end by itself when EMR began to refuse calls. It has probably
   * ended since.
   */
  isUnseen(): boolean {
    return this.#isEndExpected && this.#follower.isRefused()
  }

  /** Records that the step is about to end by itself. */
  expectEnd(): void {
    this.#isEndExpected = true
    this.#follower.wakeSoon()
  }

  /** From now on, an end of the step counts as a cancellation. */
  markCanceled(): void {
    this.#isCanceled = true
    this.#follower.wake()
  }

  /** Called by the poller with the step as EMR has listed it. */
  see({ Status }: StepSummary): void {
    this.#state = Status?.State
  }

  /** Called by the poller. Whether the state of the step differs from the one at the last call. */
  hasChanged(seen: string): boolean {
    const hasChanged = seen !== this.#lastSeen
    this.#lastSeen = seen
    return hasChanged
  }

  /** Called by the poller. */
  settle(end: JobEnd): void {
    this.#resolve(end)
  }
}
