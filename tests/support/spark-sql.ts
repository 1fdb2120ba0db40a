/** SQL on Spark, statement after statement. */
import type { SparkEnvironment } from './spark.ts'
import { SparkSession } from './spark-session.ts'

/** Cells as sql_session.py writes them. */
export interface SparkResult {
  readonly types: Readonly<Record<string, string>>
  readonly rows: readonly (readonly (string | boolean | null)[])[]
}

export class SparkSql {
  readonly #session: SparkSession

  constructor(environment: SparkEnvironment, settings: Readonly<Record<string, string>>) {
    this.#session = new SparkSession(environment, 'sql_session.py', [JSON.stringify(settings)])
  }

  /** Throws what Spark says if Spark refuses the statement or fails at it. */
  query(sql: string): Promise<SparkResult> {
    return this.#session.ask({ sql })
  }

  close(): Promise<void> {
    return this.#session.close()
  }
}
