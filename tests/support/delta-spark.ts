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
  const classPath = [join(spark.jars, '*'), join(deltaJars(spark), '*')].join(':')
  return async ({ uris, conf, env }) => {
    const args = [...spark.conf, ...conf, '--driver-class-path', classPath, join(SUPPORT, 'read_delta.py'), ...uris]
    const { stdout } = await promisify(execFile)(spark.sparkSubmit, args, {
      env: { ...process.env, ...spark.env, ...env },
      maxBuffer: 64 * 1024 * 1024,
    })
    return JSON.parse(stdout.trim().split('\n').at(-1) ?? '')
  }
}

/** The directory of the jars that pyspark lacks, made once and kept in .cache/. */
function deltaJars(spark: SparkEnvironment): string {
  const hash = createHash('sha256').update(jarNames(spark.version, 'delta').join()).digest('hex').slice(0, 12)
  const jars = join(CACHE, `delta-${spark.version}-${hash}`)
  madeOnce(jars, (making) => fetchJars(spark, 'delta', making))
  return jars
}
