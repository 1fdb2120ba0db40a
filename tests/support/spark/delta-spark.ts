/** Runs delta-spark, which reads and changes Delta tables. */
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { CACHE, madeOnce } from '../lakes/made-once.ts'
import { fetchJars, jarNames } from './install/spark-jars.ts'
import type { SparkEnvironment } from './spark.ts'
import { SparkSession } from './spark-session.ts'

export interface ReadRows {
  readonly columns: readonly string[]
  /** The rows in no particular order. Timestamps are microseconds since 1970. */
  readonly rows: readonly (readonly unknown[])[]
}

/** Arguments and variables of the session, in addition to those of its Spark. */
export interface DeltaSettings {
  readonly conf: readonly string[]
  readonly env: Readonly<Record<string, string>>
}

export class DeltaSpark {
  readonly #session: SparkSession

  constructor(environment: SparkEnvironment) {
    this.#session = new SparkSession(environment, 'delta_session.py')
  }

  /** Reads Delta tables, in the order of their URIs. */
  async read(uris: readonly string[]): Promise<readonly ReadRows[]> {
    const read: ReadRows[] = []
    for (const uri of uris) read.push(await this.#session.ask<ReadRows>({ read: uri }))
    return read
  }

  /** Deletes the rows of a table that satisfy the condition, by deletion vectors. */
  async delete(uri: string, condition: string): Promise<void> {
    await this.#session.ask({ delete: uri, where: condition })
  }

  /** Runs a statement, and returns the rows of a query. */
  async sql(statement: string): Promise<ReadRows> {
    return this.#session.ask<ReadRows>({ sql: statement })
  }

  close(): Promise<void> {
    return this.#session.close()
  }
}

/**
 * Opens delta-spark on this Spark. Fetches the jars that it lacks first, which can take minutes.
 */
export function deltaSpark(spark: SparkEnvironment): (settings?: DeltaSettings) => DeltaSpark {
  // The jars come after Spark's own class path. The archive of classes was made with that path, so
  // it has to stay as it is.
  const classPath = { SPARK_DIST_CLASSPATH: join(deltaJars(spark), '*') }
  return (settings) => {
    const conf = [...spark.conf, ...(settings?.conf ?? [])]
    return new DeltaSpark({ ...spark, conf, env: { ...spark.env, ...classPath, ...settings?.env } })
  }
}

/** The directory of the jars that pyspark lacks, made once and kept in .cache/. */
function deltaJars(spark: SparkEnvironment): string {
  const hash = createHash('sha256').update(jarNames(spark.version, 'delta').join()).digest('hex').slice(0, 12)
  const jars = join(CACHE, `delta-${spark.version}-${hash}`)
  madeOnce(jars, (making) => fetchJars(spark, 'delta', making))
  return jars
}
