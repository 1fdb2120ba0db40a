/** Reads and changes Delta tables with delta-spark, on the Spark that all test files share. */
import type { SparkEnvironment } from './spark.ts'
import { SparkConnection } from './spark-connection.ts'

export interface ReadRows {
  readonly columns: readonly string[]
  /** The rows in no particular order. Timestamps are microseconds since 1970. */
  readonly rows: readonly (readonly unknown[])[]
}

export class DeltaSpark {
  readonly #connection: SparkConnection

  private constructor(connection: SparkConnection) {
    this.#connection = connection
  }

  /** A session with these settings. They can include settings of Hadoop's file systems. */
  static async open(
    environment: SparkEnvironment,
    settings: Readonly<Record<string, string>> = {},
  ): Promise<DeltaSpark> {
    return new DeltaSpark(await SparkConnection.open(environment, { delta: settings }))
  }

  /** Reads Delta tables, in the order of their URIs. */
  async read(uris: readonly string[]): Promise<readonly ReadRows[]> {
    const read: ReadRows[] = []
    for (const uri of uris) read.push(await this.#connection.ask<ReadRows>({ read: uri }))
    return read
  }

  /** Deletes the rows of a table that satisfy the condition, with deletion vectors. */
  async delete(uri: string, condition: string): Promise<void> {
    await this.sql(`ALTER TABLE delta.\`${uri}\` SET TBLPROPERTIES ('delta.enableDeletionVectors' = 'true')`)
    await this.sql(`DELETE FROM delta.\`${uri}\` WHERE ${condition}`)
  }

  /** Runs a statement, and returns the rows of a query. */
  async sql(statement: string): Promise<ReadRows> {
    return this.#connection.ask<ReadRows>({ sql: statement })
  }

  close(): Promise<void> {
    return this.#connection.close()
  }
}
