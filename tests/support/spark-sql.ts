import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import type { SparkEnvironment } from './spark.ts'

const SCRIPT = fileURLToPath(new URL('spark/sql_session.py', import.meta.url))

/** Cells as sql_session.py writes them. */
export interface SparkResult {
  readonly types: Readonly<Record<string, string>>
  readonly rows: readonly (readonly (string | boolean | null)[])[]
}

/** One Spark session that answers SQL, statement after statement, in a process of its own. */
export class SparkSql {
  readonly #process: ChildProcessByStdio<Writable, Readable, Readable>
  readonly #answers: AsyncIterator<string>
  #said = ''

  constructor({ python, env, conf }: SparkEnvironment, settings: Readonly<Record<string, string>>) {
    const quoted = conf.map((argument) => `'${argument}'`).join(' ')
    this.#process = spawn(python, [SCRIPT, JSON.stringify(settings)], {
      env: { ...process.env, ...env, PYSPARK_SUBMIT_ARGS: `${quoted} pyspark-shell` },
      stdio: ['pipe', 'pipe', 'pipe'],
    })
    this.#answers = createInterface({ input: this.#process.stdout })[Symbol.asyncIterator]()
    this.#process.stderr.on('data', (said: Buffer) => {
      this.#said = (this.#said + said.toString()).slice(-4000)
    })
  }

  /** Throws what Spark says where it refuses the statement or fails at it. */
  async query(sql: string): Promise<SparkResult> {
    this.#process.stdin.write(`${JSON.stringify({ sql })}\n`)
    const { value, done } = await this.#answers.next()
    if (done) throw new Error(`Spark ended: ${this.#said}`)
    const answer = JSON.parse(value) as SparkResult | { readonly error: string }
    if ('error' in answer) throw new Error(answer.error)
    return answer
  }

  async close(): Promise<void> {
    this.#process.stdin.end()
    if (this.#process.exitCode === null) await once(this.#process, 'exit')
  }
}
