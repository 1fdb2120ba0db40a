/** A connection to the Spark that all test files share: to a SQL session, or to a driver. */
import { once } from 'node:events'
import { createConnection, type Socket } from 'node:net'
import { service } from '../shared/service.ts'
import type { SparkEnvironment } from './spark.ts'
import { Requests } from './spark-session.ts'

/** What shared_spark.py does for a connection. */
export type SparkUse =
  /** A SQL session with these settings and no views. */
  | { readonly session: Readonly<Record<string, string>> }
  /** A session of delta-spark with these settings. */
  | { readonly delta: Readonly<Record<string, string>> }
  /** The program of the job, with these arguments. */
  | { readonly job: readonly string[] }

export class SparkConnection {
  readonly #socket: Socket
  readonly #requests: Requests

  private constructor(socket: Socket) {
    this.#socket = socket
    this.#requests = new Requests(socket, socket)
  }

  static async open(environment: SparkEnvironment, use: SparkUse): Promise<SparkConnection> {
    const socket = createConnection(await service('spark', environment))
    await once(socket, 'connect')
    const connection = new SparkConnection(socket)
    connection.#requests.send(use)
    return connection
  }

  /** Throws the message of Spark if Spark refuses the request or fails. */
  async ask<Answer>(request: object): Promise<Answer> {
    this.#requests.send(request)
    return this.answer()
  }

  async answer<Answer>(): Promise<Answer> {
    const answer = await this.#requests.answer<Answer>()
    if (answer === undefined) throw new Error('the Spark of all test files has ended')
    return answer
  }

  async close(): Promise<void> {
    this.#socket.end()
    if (!this.#socket.closed) await once(this.#socket, 'close')
  }
}
