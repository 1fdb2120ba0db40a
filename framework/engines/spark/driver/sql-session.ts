/** A SQL session in a Spark driver: queues statements and sends them together. */
import { randomUUID } from 'node:crypto'
import { setImmediate as nextTick } from 'node:timers/promises'
import { LakeError } from '../../../errors.ts'
import { statementsExecuted, unexpectedResult } from '../protocol/schema/results.ts'
import type { JobSpec } from '../protocol/schema/specs.ts'
import type { StatementSpec } from '../protocol/schema/statements.ts'
import type { DriverPool } from './driver-pool.ts'

/** Thrown if the session's driver was lost, and with it the views and tables of the session. */
export class StatementsLost extends LakeError {
  constructor() {
    super('engine-failed', {
      problem: 'Spark lost its driver in the middle of an increment',
      remedy: 'Run the command again.',
    })
  }
}

interface QueuedStatement {
  readonly statement: StatementSpec
  readonly resolve: (result: unknown) => void
  readonly reject: (error: unknown) => void
}

const ignore = () => undefined

/**
 * Queues statements until a query needs a result, because each message to the driver takes a while.
 * Queries that are made at the same time share a message.
 */
export class DriverStatements {
  readonly #jobs: DriverPool
  readonly #asset: string
  readonly #signal: AbortSignal
  readonly #id = randomUUID()
  #queue: QueuedStatement[] = []
  #flushing: Promise<void> = Promise.resolve()
  #hasBegun = false

  constructor(jobs: DriverPool, asset: string, signal: AbortSignal) {
    this.#jobs = jobs
    this.#asset = asset
    this.#signal = signal
  }

  /** Queues a statement that has no result. If it fails, the next query rejects. */
  execute(statement: StatementSpec): void {
    this.#queue.push({ statement, resolve: ignore, reject: ignore })
  }

  /** Sends all queued statements. Rejects if one of them fails. */
  query(statement: StatementSpec): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.#queue.push({ statement, resolve, reject })
      this.#flushing = this.#flushing.then(() => this.#flush())
    })
  }

  /**
   * Frees the session's tables without waiting for that. If the driver misses this message, it
   * frees them when it ends.
   */
  async end(): Promise<void> {
    if (!this.#hasBegun) return
    await this.#jobs.send(this.#asset, this.#spec([], { begins: false, ends: true })).catch(ignore)
  }

  async #flush(): Promise<void> {
    // Lets other callers in the same turn of the event loop queue their queries too.
    await nextTick()
    const queued = this.#queue.splice(0)
    if (queued.length === 0) return
    try {
      const results = await this.#run(queued.map(({ statement }) => statement))
      for (const [index, { resolve }] of queued.entries()) resolve(results[index])
    } catch (error) {
      for (const { reject } of queued) reject(error)
    }
  }

  async #run(statements: readonly StatementSpec[]): Promise<readonly unknown[]> {
    const begins = !this.#hasBegun
    this.#hasBegun = true
    const spec = this.#spec(statements, { begins, ends: false })
    const value = await this.#jobs.run(this.#asset, spec, { signal: this.#signal })
    const parsed = statementsExecuted.safeParse(value)
    if (!parsed.success) throw unexpectedResult(parsed.error)
    const { isKnown, results } = parsed.data
    if (!isKnown) throw new StatementsLost()
    return results
  }

  #spec(statements: readonly StatementSpec[], part: { readonly begins: boolean; readonly ends: boolean }): JobSpec {
    return { kind: 'execute', sqlSession: this.#id, ...part, statements: [...statements] }
  }
}
