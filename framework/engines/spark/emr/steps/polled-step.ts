/** A step that a cluster's poller follows until it ends. */
import type { JobEnd } from '../../launch/launcher.ts'
import type { EmrStep } from '../api/emr-step.ts'

/** Declares what a polled step needs from the poller of its cluster. */
export interface StepPoller {
  polls(step: PolledStep): boolean
  /** Whether EMR refuses the poller's calls. */
  isRefused(): boolean
  /** Makes the next call at once. */
  wake(): void
  /** Makes the next call in a few seconds. */
  wakeSoon(): void
}

export class PolledStep {
  readonly step: EmrStep
  /** Never rejects. */
  readonly ended: Promise<JobEnd>
  readonly #poller: StepPoller
  #resolve: (end: JobEnd) => void = () => undefined
  #isCanceled = false
  #isEndExpected = false
  #state = ''
  #lastSeen: string | undefined

  constructor(step: EmrStep, poller: StepPoller) {
    this.step = step
    this.#poller = poller
    this.ended = new Promise((resolve) => {
      this.#resolve = resolve
    })
  }

  get id(): string {
    return this.step.id
  }

  get name(): string {
    return this.step.name
  }

  /** The state in EMR's last answer; '' before the first. */
  get state(): string {
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
    return !this.#poller.polls(this)
  }

  /**
   * Whether the step was about to end by itself when EMR began to refuse calls. It has probably
   * ended since.
   */
  isUnseen(): boolean {
    return this.#isEndExpected && this.#poller.isRefused()
  }

  /** Records that the step is about to end by itself. */
  expectEnd(): void {
    this.#isEndExpected = true
    this.#poller.wakeSoon()
  }

  /** From now on, an end of the step counts as a cancellation. */
  markCanceled(): void {
    this.#isCanceled = true
    this.#poller.wake()
  }

  /** Called by the poller with the step as EMR has listed it. */
  see({ state }: EmrStep): void {
    this.#state = state
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
