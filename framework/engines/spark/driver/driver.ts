import { setTimeout as pause } from 'node:timers/promises'
import type { JobError, JobResult, JobSpec } from '../protocol/job-spec.ts'
import { identityOf, type JobWatch, type Mailbox } from '../protocol/mailbox.ts'

/** How often a driver hears that somebody waits for it: without that it ends by itself after some minutes. */
const PULSE_MS = 30_000

/** A driver that was told to stop and has nothing to do is gone by then. */
const STOP_MS = 15_000

/** What a killed run had given to the driver. */
export interface TakenUp {
  /** What a step asks for -> its name. */
  readonly steps: ReadonlyMap<string, string>
  /** Whether all that a finished step wrote is still there. */
  isUsable(result: JobResult): Promise<boolean>
}

/** One driver, as the coordinator deals with it. */
export class Driver {
  readonly watch: JobWatch
  /** Whether it has ever given a result. */
  hasServed = false
  readonly #mailbox: Mailbox
  readonly #pulse: NodeJS.Timeout
  readonly #takenUp: TakenUp | undefined
  #steps: number
  /** Begins with the time, so that a driver that was taken up hears something new. */
  #beats = Date.now()

  constructor(mailbox: Mailbox, watch: JobWatch, takenUp?: TakenUp) {
    this.#mailbox = mailbox
    this.watch = watch
    this.#takenUp = takenUp
    this.#steps = Math.max(-1, ...[...(takenUp?.steps.values() ?? [])].map(Number)) + 1
    const beat = () => this.#mailbox.put('alive.json', { beat: ++this.#beats }).catch(() => undefined)
    if (takenUp) beat()
    this.#pulse = setInterval(beat, PULSE_MS)
    this.#pulse.unref()
    watch.ended.then(() => clearInterval(this.#pulse))
  }

  get isTakenUp(): boolean {
    return this.#takenUp !== undefined
  }

  /** Undefined where the driver has ended and left no result. */
  async run(spec: JobSpec, signal: AbortSignal): Promise<JobResult | undefined> {
    const name = (await this.#askedBefore(spec)) ?? (await this.tell(spec))
    if (name === undefined) return undefined
    const result = await this.#mailbox.result(name, this.watch, signal).catch(async (error) => {
      await this.#mailbox.put(`${name}.cancel.json`, {})
      throw error
    })
    this.hasServed ||= result !== undefined
    return result
  }

  /** Gives it the step, and does not wait for its result. The step's name; undefined where the driver has ended. */
  async tell(spec: JobSpec): Promise<string | undefined> {
    if (this.watch.hasEnded) return undefined
    const name = String(this.#steps++)
    await this.#mailbox.putSpec(name, spec)
    return name
  }

  /** The step with which a killed run asked for the same, unless its result is of no use. */
  async #askedBefore(spec: JobSpec): Promise<string | undefined> {
    const name = this.#takenUp?.steps.get(identityOf(spec))
    if (name === undefined) return undefined
    const result = await this.#mailbox.resultNow(name)
    if (!result) return this.watch.hasEnded ? undefined : name
    return (await this.#takenUp?.isUsable(result)) ? name : undefined
  }

  /** Why the driver itself failed, outside of any step, where it could say so. */
  failure(): Promise<JobError | undefined> {
    return this.#mailbox.failure()
  }

  async stop(): Promise<void> {
    clearInterval(this.#pulse)
    if (!this.watch.hasEnded) await this.#mailbox.put('stop.json', {})
    this.watch.job.expectEnd()
    const gone = await Promise.race([this.watch.ended.then(() => true), pause(STOP_MS, false, { ref: false })])
    if (!gone) await this.watch.job.cancel()
  }
}
