import { randomUUID } from 'node:crypto'
import { setImmediate as othersHaveSpoken } from 'node:timers/promises'
import { LakeError } from '../../../errors.ts'
import { conversed, type JobSpec, notAsAsked, type StatementSpec } from '../protocol/job-spec.ts'
import type { DriverPool } from './driver-pool.ts'

/** The driver in which it began was lost, and with it what had been made there. */
export class StatementsLost extends LakeError {
  constructor() {
    super('engine-failed', 'Spark lost its driver in the midst of an increment. Run the command again.')
  }
}

interface Said {
  readonly statement: StatementSpec
  readonly answered: (answer: unknown) => void
  readonly failed: (error: unknown) => void
}

const unheard = () => undefined

/** Statements to one session of Spark. They are sent together when an answer is asked for: each sending takes a while. */
export class DriverStatements {
  readonly #jobs: DriverPool
  readonly #asset: string
  readonly #signal: AbortSignal
  readonly #id = randomUUID()
  #said: Said[] = []
  #sending: Promise<void> = Promise.resolve()
  #hasBegun = false

  constructor(jobs: DriverPool, asset: string, signal: AbortSignal) {
    this.#jobs = jobs
    this.#asset = asset
    this.#signal = signal
  }

  tell(statement: StatementSpec): void {
    this.#said.push({ statement, answered: unheard, failed: unheard })
  }

  /** What is wrong with a statement that was told before may be said here. */
  ask(statement: StatementSpec): Promise<unknown> {
    return new Promise((answered, failed) => {
      this.#said.push({ statement, answered, failed })
      this.#sending = this.#sending.then(() => this.#send())
    })
  }

  /** Frees what is kept for it, and does not wait for that. A driver that does not hear of it frees all when it ends. */
  async end(): Promise<void> {
    if (!this.#hasBegun) return
    await this.#jobs.tell(this.#asset, this.#spec([], { begins: false, ends: true })).catch(() => undefined)
  }

  async #send(): Promise<void> {
    await othersHaveSpoken()
    const said = this.#said.splice(0)
    if (said.length === 0) return
    try {
      const answers = await this.#answers(said.map(({ statement }) => statement))
      for (const [index, { answered }] of said.entries()) answered(answers[index])
    } catch (error) {
      for (const { failed } of said) failed(error)
    }
  }

  async #answers(statements: readonly StatementSpec[]): Promise<readonly unknown[]> {
    const begins = !this.#hasBegun
    this.#hasBegun = true
    const value = await this.#jobs.run(this.#asset, this.#spec(statements, { begins, ends: false }), this.#signal)
    const parsed = conversed.safeParse(value)
    if (!parsed.success) throw notAsAsked(parsed.error)
    const { isKnown, answers } = parsed.data
    if (!isKnown) throw new StatementsLost()
    return answers
  }

  #spec(statements: readonly StatementSpec[], part: { readonly begins: boolean; readonly ends: boolean }): JobSpec {
    return { kind: 'converse', conversation: this.#id, ...part, statements: [...statements] }
  }
}
