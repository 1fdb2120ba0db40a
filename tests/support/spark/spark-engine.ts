/** Shares one Spark among all tests of a file. */
import { afterAll } from 'vitest'
import type { Engine } from '../../../framework/engine/engine.ts'
import type { SparkSubmitSettings } from '../../../framework/engines/spark/launch/spark-submit.ts'
import { type OpenSpark, openSpark } from './open-spark.ts'
import type { SparkEnvironment } from './spark.ts'

/**
 * Settings of a launcher of small jobs. Spark 3.5 uses its defaults for large data, and Spark 4.1
 * those for small data.
 */
export function submitSettings({ version, sparkSubmit, env, conf }: SparkEnvironment): SparkSubmitSettings {
  const few = { 'spark.sql.shuffle.partitions': '2', 'spark.default.parallelism': '2' }
  const much = { 'spark.lake.smallInputBytes': '0' }
  return {
    ...{ program: sparkSubmit, master: 'local[2]', args: conf, env },
    conf: version === '3.5' ? { ...few, ...much } : few,
  }
}

/**
 * Settings with which Spark interprets queries. For few rows, compiling a query takes longer than
 * interpreting it.
 */
export const UNCOMPILED = ['spark.sql.codegen.wholeStage=false', 'spark.sql.codegen.factoryMode=NO_CODEGEN'] as const

/** This Spark with those settings. */
export function uncompiled(environment: SparkEnvironment): SparkEnvironment {
  return { ...environment, conf: [...environment.conf, ...UNCOMPILED.flatMap((setting) => ['--conf', setting])] }
}

/**
 * An engine whose driver starts with the first request, and ends with the last test of the file, or
 * of the `describe` that it is called in.
 */
export function sharedSpark(environment: SparkEnvironment): () => Engine {
  let spark: OpenSpark | undefined
  afterAll(() => spark?.close())
  return () => {
    spark ??= openSpark(submitSettings(environment))
    return spark.engine
  }
}
