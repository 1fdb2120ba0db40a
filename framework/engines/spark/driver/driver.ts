/**
 * Represents one Spark driver in the coordinator: gives it steps through its mailbox and waits for
 * results.
 */
import { setTimeout as pause } from 'node:timers/promises'
import { identityOf, type JobWatch, type Mailbox, type StepWatch } from '../protocol/mailbox.ts'
import type { JobError, JobResult } from '../protocol/schema/results.ts'
import type { JobSpec } from '../protocol/schema/specs.ts'

/**
 * How often the coordinator shows the driver that it is alive. Without these signs, the driver ends
 * after some minutes.
 */
const PULSE_MS = 30_000

/** How long a driver has to end after it got the request to stop, before it is cancelled. */
const STOP_MS = 15_000

/** The steps that a killed run gave to the driver. */
interface AdoptedSteps {
  /** Identity of a spec -> the step's name. */
  readonly names: ReadonlyMap<string, string>
  /** Whether all files that a finished step wrote still exist. */
  isUsable(result: JobResult): Promise<boolean>
}

export class Driver {
  readonly watch: JobWatch
  /** Whether it has ever given a result. */
  hasServed = false
  readonly #mailbox: Mailbox
  readonly #pulse: NodeJS.Timeout
  readonly #adopted: AdoptedSteps | undefined
  #nextStep: number
  /**
   * The first number is the current time, so that an adopted driver sees a number that differs from
   * the last one.
   */
  #beats = Date.now()

  constructor(mailbox: Mailbox, watch: JobWatch, adopted?: AdoptedSteps) {
    this.#mailbox = mailbox
    this.watch = watch
    this.#adopted = adopted
    this.#nextStep = Math.max(-1, ...[...(adopted?.names.values() ?? [])].map(Number)) + 1
    const beat = () => this.#mailbox.put('alive.json', { beat: ++this.#beats }).catch(() => undefined)
    if (adopted) beat()
    this.#pulse = setInterval(beat, PULSE_MS)
    this.#pulse.unref()
    watch.ended.then(() => clearInterval(this.#pulse))
  }

  /** Whether a killed run started the driver. */
  get isAdopted(): boolean {
    return this.#adopted !== undefined
  }

  /** Undefined if the driver has ended without a result for the step. */
  async run(spec: JobSpec, watch: StepWatch): Promise<JobResult | undefined> {
    const name = (await this.#adoptedStep(spec)) ?? (await this.send(spec))
    if (name === undefined) return undefined
    const result = await this.#mailbox.result(name, this.watch, watch).catch(async (error) => {
      await this.#mailbox.put(`${name}.cancel.json`, {})
      throw error
    })
    this.hasServed ||= result !== undefined
    return result
  }

  /**
   * Sends the step and does not wait for its result. Returns the step's name; undefined if the
   * driver has ended.
   */
  async send(spec: JobSpec): Promise<string | undefined> {
    if (this.watch.hasEnded) return undefined
    const name = String(this.#nextStep++)
    await this.#mailbox.putSpec(name, spec)
    return name
  }

  /** The step of the killed run that has the same spec, unless its result cannot be used. */
  async #adoptedStep(spec: JobSpec): Promise<string | undefined> {
    const name = this.#adopted?.names.get(identityOf(spec))
    if (name === undefined) return undefined
    const result = await this.#mailbox.resultNow(name)
    if (!result) return this.watch.hasEnded ? undefined : name
    return (await this.#adopted?.isUsable(result)) ? name : undefined
  }

  /** Why the driver itself failed, outside of any step; undefined if it wrote no failure. */
  failure(): Promise<JobError | undefined> {
    return this.#mailbox.failure()
  }

  async stop(): Promise<void> {
    clearInterval(this.#pulse)
    if (!this.watch.hasEnded) await this.#mailbox.put('stop.json', {})
    this.watch.job.expectEnd()
    const hasStopped = await Promise.race([this.watch.ended.then(() => true), pause(STOP_MS, false, { ref: false })])
    if (!hasStopped) await this.watch.job.cancel()
  }
}
