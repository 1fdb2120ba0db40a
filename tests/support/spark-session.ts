/** A Python program on a Spark session of its own, which answers requests, line after line. */
import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import type { SparkEnvironment } from './spark.ts'

export class SparkSession {
  readonly #process: ChildProcessByStdio<Writable, Readable, Readable>
  readonly #answers: AsyncIterator<string>
  #said = ''

  /** Starts a script of tests/support/spark. */
  constructor({ python, env, conf }: SparkEnvironment, script: string, args: readonly string[] = []) {
    const quoted = conf.map((argument) => `'${argument}'`).join(' ')
    const program = fileURLToPath(new URL(`spark/${script}`, import.meta.url))
    this.#process = spawn(python, [program, ...args], {
      env: { ...process.env, ...env, PYSPARK_SUBMIT_ARGS: `${quoted} pyspark-shell` },
      stdio: ['pipe', 'pipe', 'pipe'],
    })
    this.#answers = createInterface({ input: this.#process.stdout })[Symbol.asyncIterator]()
    this.#process.stderr.on('data', (said: Buffer) => {
      this.#said = (this.#said + said.toString()).slice(-4000)
    })
  }

  /**
   * The answer to the request. Throws what Spark says if Spark refuses the request or fails at it.
   */
  async ask<Answer>(request: object): Promise<Answer> {
    this.#process.stdin.write(`${JSON.stringify(request)}\n`)
    const { value, done } = await this.#answers.next()
    if (done) throw new Error(`Spark ended: ${this.#said}`)
    const answer = JSON.parse(value) as Answer & { readonly error?: string }
    if (answer.error !== undefined) throw new Error(answer.error)
    return answer
  }

  async close(): Promise<void> {
    this.#process.stdin.end()
    if (this.#process.exitCode === null) await once(this.#process, 'exit')
  }
}
