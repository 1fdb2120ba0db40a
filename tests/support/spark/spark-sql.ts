/** Runs SQL on the Spark that all test files share, in a session of its own. */
import type { SparkEnvironment } from './spark.ts'
import { SparkConnection } from './spark-connection.ts'

/** Cells as shared_spark.py writes them. */
export interface SparkResult {
  readonly types: Readonly<Record<string, string>>
  readonly rows: readonly (readonly (string | boolean | null)[])[]
}

export class SparkSql {
  readonly #connection: SparkConnection

  private constructor(connection: SparkConnection) {
    this.#connection = connection
  }

  /** A session with these settings and no views. */
  static async open(environment: SparkEnvironment, settings: Readonly<Record<string, string>>): Promise<SparkSql> {
    return new SparkSql(await SparkConnection.open(environment, { session: settings }))
  }

  /** Throws the message of Spark if Spark refuses the statement or fails. */
  query(sql: string): Promise<SparkResult> {
    return this.#connection.ask<SparkResult>({ sql })
  }

  close(): Promise<void> {
    return this.#connection.close()
  }
}
