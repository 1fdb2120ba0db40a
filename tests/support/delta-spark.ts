import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { CACHE, madeOnce } from './made-once.ts'
import type { SparkEnvironment } from './spark.ts'
import { fetchJars, jarNames } from './spark-jars.ts'

const SUPPORT = fileURLToPath(new URL('spark/', import.meta.url))

export interface ReadRows {
  readonly columns: readonly string[]
  /** In no order; timestamps are microseconds since 1970. */
  readonly rows: readonly (readonly unknown[])[]
}

export interface DeltaReading {
  readonly uris: readonly string[]
  /** What spark-submit is told besides. */
  readonly conf: readonly string[]
  readonly env: Readonly<Record<string, string>>
}

/** Reads Delta tables, in the order of their URIs. */
export type DeltaReader = (reading: DeltaReading) => Promise<readonly ReadRows[]>

/** Delta-spark on this Spark. What it lacks is fetched here, which may take minutes, and not when it reads. */
export function deltaSpark(spark: SparkEnvironment): DeltaReader {
  const submit = submitter(spark)
  return async ({ uris, ...settings }) => {
    const stdout = await submit('read_delta.py', uris, settings)
    return JSON.parse(stdout.trim().split('\n').at(-1) ?? '')
  }
}

/** Deletes the rows of a table that satisfy a condition, with delta-spark, which marks them in deletion vectors. */
export function deltaSparkDeletion(spark: SparkEnvironment): (table: string, condition: string) => Promise<void> {
  const submit = submitter(spark)
  return async (table, condition) => {
    await submit('delete_rows.py', [table, condition], { conf: [], env: {} })
  }
}

/** Runs a script of tests/support/spark with delta-spark, and gives what it prints. */
function submitter(spark: SparkEnvironment) {
  const classPath = [join(spark.jars, '*'), join(deltaJars(spark), '*')].join(':')
  return async (script: string, args: readonly string[], { conf, env }: Pick<DeltaReading, 'conf' | 'env'>) => {
    const told = [...spark.conf, ...conf, '--driver-class-path', classPath, join(SUPPORT, script), ...args]
    const { stdout } = await promisify(execFile)(spark.sparkSubmit, told, {
      env: { ...process.env, ...spark.env, ...env },
      maxBuffer: 64 * 1024 * 1024,
    })
    return stdout
  }
}

/** The directory of the jars that pyspark lacks, made once and kept in .cache/. */
function deltaJars(spark: SparkEnvironment): string {
  const hash = createHash('sha256').update(jarNames(spark.version, 'delta').join()).digest('hex').slice(0, 12)
  const jars = join(CACHE, `delta-${spark.version}-${hash}`)
  madeOnce(jars, (making) => fetchJars(spark, 'delta', making))
  return jars
}
