/** Keeps a Spark up for all tests of a file. */
import { afterAll } from 'vitest'
import type { Engine } from '../../framework/engine/engine.ts'
import type { SparkSubmitSettings } from '../../framework/engines/spark/launch/spark-submit.ts'
import { type OpenSpark, openSpark } from './open-spark.ts'
import type { SparkEnvironment } from './spark.ts'

/**
 * What starts small jobs on a Spark of the tests. Spark 3.5 works on all that it is given as on
 * much data, 4.1 as on little.
 */
export function submitSettings({ version, sparkSubmit, env, conf }: SparkEnvironment): SparkSubmitSettings {
  const few = { 'spark.sql.shuffle.partitions': '2', 'spark.default.parallelism': '2' }
  const much = { 'spark.lake.smallInputBytes': '0' }
  return {
    ...{ program: sparkSubmit, master: 'local[2]', args: conf, env },
    conf: version === '3.5' ? { ...few, ...much } : few,
  }
}

const opened: OpenSpark[] = []

/** An engine whose driver starts with the first request, and ends with the last test of the file. */
export function sharedSpark(environment: SparkEnvironment): () => Engine {
  let spark: OpenSpark | undefined
  return () => {
    if (!spark) {
      spark = openSpark(submitSettings(environment))
      opened.push(spark)
    }
    return spark.engine
  }
}

afterAll(async () => {
  for (const spark of opened) await spark.close()
})
