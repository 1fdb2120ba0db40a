/** Runs a Python program on a Spark of its own. The program answers requests line by line. */
import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import type { SparkEnvironment } from './spark.ts'

/** Starts a script of tests/support/spark. */
export function spawnOnSpark(
  { python, env, conf }: SparkEnvironment,
  script: string,
  args: readonly string[] = [],
): ChildProcessByStdio<Writable, Readable, Readable> {
  const quoted = conf.map((argument) => `'${argument}'`).join(' ')
  const program = fileURLToPath(new URL(script, import.meta.url))
  return spawn(python, [program, ...args], {
    env: { ...process.env, ...env, PYSPARK_SUBMIT_ARGS: `${quoted} pyspark-shell` },
    stdio: ['pipe', 'pipe', 'pipe'],
  })
}

/** Sends requests and receives the answers in the same order. Each is a line of JSON. */
export class Requests {
  readonly #input: Writable
  readonly #answers: AsyncIterator<string>

  constructor(input: Writable, output: Readable) {
    this.#input = input
    this.#answers = createInterface({ input: output })[Symbol.asyncIterator]()
  }

  send(request: object): void {
    this.#input.write(`${JSON.stringify(request)}\n`)
  }

  /**
   * The next answer. Throws the message of Spark if Spark refuses the request or fails. Undefined
   * if Spark has ended.
   */
  async answer<Answer>(): Promise<Answer | undefined> {
    const { value, done } = await this.#answers.next()
    if (done) return undefined
    const answer = JSON.parse(value) as Answer & { readonly error?: string }
    if (answer.error !== undefined) throw new Error(answer.error)
    return answer
  }
}
