/** Opens the Spark engine that runs by spark-submit, for one run. */
import type { SparkEngineSettings } from '../../declare/project.ts'
import type { Engine } from '../../engine/engine.ts'
import type { EngineRun } from '../../engine/external-resources.ts'
import type { Storage } from '../../storage/storage.ts'
import { DriverPool, type DriverPoolOptions } from './driver/driver-pool.ts'
import { scratchOf } from './driver/orphaned-driver.ts'
import { jobFiles } from './launch/job-files.ts'
import { sparkSubmitLauncher } from './launch/spark-submit.ts'
import { hadoopUris } from './protocol/hadoop-uris.ts'
import { SparkEngine } from './spark-engine.ts'

/** Maximum number of drivers on which a step is tried if they are lost. */
const ATTEMPTS = 2

export interface SparkRun extends EngineRun {
  readonly embedded: () => Promise<Engine>
}

export function openSparkEngine(settings: SparkEngineSettings, lake: Storage, run: SparkRun): SparkEngine {
  const { master = 'local[*]', submit = 'spark-submit', conf = {}, args = [], granularity = 'session' } = settings
  const launcher = sparkSubmitLauncher({ program: submit, master, conf, args, env: {} }, jobFiles())
  const options: DriverPoolOptions = { lake, run, uris: hadoopUris('s3a'), attempts: ATTEMPTS, granularity }
  return new SparkEngine(new DriverPool(launcher, options), {
    lake,
    scratch: scratchOf(run.runId),
    uris: options.uris,
    embedded: run.embedded,
  })
}
