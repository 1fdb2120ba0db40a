/** Runs SQL on the Spark that all test files share, in a session of its own. */
import { once } from 'node:events'
import { createConnection, type Socket } from 'node:net'
import { service } from '../shared/service.ts'
import type { SparkEnvironment } from './spark.ts'
import { Requests } from './spark-session.ts'

/** Cells as sql_server.py writes them. */
export interface SparkResult {
  readonly types: Readonly<Record<string, string>>
  readonly rows: readonly (readonly (string | boolean | null)[])[]
}

export class SparkSql {
  readonly #socket: Socket
  readonly #requests: Requests

  private constructor(socket: Socket) {
    this.#socket = socket
    this.#requests = new Requests(socket, socket)
  }

  /** A session with these settings and no views. */
  static async open(environment: SparkEnvironment, settings: Readonly<Record<string, string>>): Promise<SparkSql> {
    const socket = createConnection(await service('spark-sql', environment))
    await once(socket, 'connect')
    socket.write(`${JSON.stringify(settings)}\n`)
    return new SparkSql(socket)
  }

  /** Throws what Spark says if Spark refuses the statement or fails at it. */
  async query(sql: string): Promise<SparkResult> {
    const answer = await this.#requests.ask<SparkResult>({ sql })
    if (answer === undefined) throw new Error('the Spark of all test files has ended')
    return answer
  }

  async close(): Promise<void> {
    this.#socket.end()
    if (!this.#socket.closed) await once(this.#socket, 'close')
  }
}
