/** Opens engines on the Spark that all test files share. */
import { afterAll } from 'vitest'
import type { Engine } from '../../../framework/engine/engine.ts'
import { type OpenSpark, openSpark } from './open-spark.ts'
import { sharedSparkLauncher } from './shared-launcher.ts'
import type { SparkEnvironment } from './spark.ts'

/**
 * An engine whose driver starts with the first request. It ends with the last test of the file, or
 * of the `describe` that calls this.
 */
export function sharedSpark(environment: SparkEnvironment): () => Engine {
  let spark: OpenSpark | undefined
  afterAll(() => spark?.close())
  return () => {
    spark ??= openSpark(sharedSparkLauncher(environment))
    return spark.engine
  }
}
