/** Delivers messages about a run to one receiver, one after another, while the run goes on. */
import { setImmediate } from 'node:timers/promises'
import PQueue from 'p-queue'
import type { Timing } from '../../run/timing.ts'
import { withoutFullStop } from '../../text/full-stop.ts'
import { firstLine } from '../../text/printable.ts'
import { redact } from '../../text/redact.ts'

/** Maximum number of waiting messages. Further ones are dropped and counted. */
const MOST_WAITING = 500

interface DeliveriesOptions {
  /** Names the receiver in warnings: `the webhook hooks.example.com`. */
  readonly receiver: string
  /** Maximum duration of one delivery, and of all deliveries that are left when the run ends. */
  readonly timeoutMs: number
  readonly timing: Timing
  readonly report: (problem: string) => void
}

export class Deliveries {
  readonly #options: DeliveriesOptions
  readonly #queue = new PQueue({ concurrency: 1 })
  readonly #stop = new AbortController()
  #undelivered = 0

  constructor(options: DeliveriesOptions) {
    this.#options = options
  }

  /**
   * Delivers the message as soon as those before it are delivered. `work` has to obey its signal.
   */
  add(work: (signal: AbortSignal) => Promise<void> | void): void {
    if (this.#queue.size >= MOST_WAITING) this.#undelivered += 1
    else void this.#queue.add(() => this.#deliver(work))
  }

  /**
   * Resolves when all messages are delivered, or after the timeout. Reports how many were not
   * delivered.
   */
  async close(): Promise<void> {
    const { timing, timeoutMs, receiver, report } = this.#options
    const done = new AbortController()
    const idle = this.#queue.onIdle().then(() => done.abort())
    await Promise.race([idle, timing.sleep(timeoutMs, done.signal)])
    this.#undelivered += this.#queue.size
    this.#queue.clear()
    this.#stop.abort()
    // Deliveries that obey the signal end now, and are reported.
    await Promise.race([this.#queue.onIdle(), setImmediate()])
    const more = this.#undelivered - 1
    if (more > 0) report(`${more} more ${more === 1 ? 'message' : 'messages'} did not reach ${receiver}`)
  }

  async #deliver(work: (signal: AbortSignal) => Promise<void> | void): Promise<void> {
    const { timing, timeoutMs, receiver } = this.#options
    const [ended, late] = [new AbortController(), new AbortController()]
    const timeout = timing.sleep(timeoutMs, ended.signal).then(() => {
      if (!ended.signal.aborted) late.abort()
      return 'late' as const
    })
    try {
      const end = await Promise.race([work(AbortSignal.any([this.#stop.signal, late.signal])), timeout])
      if (end === 'late') this.#failed(`${receiver} gave no answer in time`)
    } catch (error) {
      this.#failed(late.signal.aborted ? `${receiver} gave no answer in time` : `${receiver} failed: ${wordsOf(error)}`)
    } finally {
      ended.abort()
    }
  }

  /**
   * Reports the first failure immediately. Others are only counted, because they mostly have the
   * same cause.
   */
  #failed(problem: string): void {
    this.#undelivered += 1
    if (this.#undelivered === 1) this.#options.report(`${withoutFullStop(problem)}. The run is not affected`)
  }
}

/**
 * The message of an error, or its code: Node's message is empty if a host has several addresses.
 */
function wordsOf(error: unknown): string {
  if (!(error instanceof Error)) return redact(firstLine(String(error)))
  const code = 'code' in error ? String(error.code) : error.name
  return redact(firstLine(error.message === '' ? code : error.message))
}
