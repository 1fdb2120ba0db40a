import type { SparkEngineSettings } from '../../declare/project.ts'
import type { EngineRun } from '../../execute/engine.ts'
import type { Storage } from '../../storage/storage.ts'
import { scratchOf } from './dead-run.ts'
import { jobFiles } from './job-files.ts'
import { SparkEngine } from './spark-engine.ts'
import { type JobPlaces, SparkJobs } from './spark-jobs.ts'
import { sparkSubmitLauncher } from './spark-submit.ts'
import { hadoopUris } from './uris.ts'

const ATTEMPTS = 2

/** Spark by spark-submit, for one run. */
export function openSparkEngine(settings: SparkEngineSettings, lake: Storage, run: EngineRun): SparkEngine {
  const { master = 'local[*]', submit = 'spark-submit', conf = {}, args = [], granularity = 'session' } = settings
  const launcher = sparkSubmitLauncher({ program: submit, master, conf, args, env: {} }, jobFiles())
  const places: JobPlaces = { lake, run, uris: hadoopUris('s3a'), attempts: ATTEMPTS, granularity }
  return new SparkEngine(new SparkJobs(launcher, places), {
    lake,
    scratch: scratchOf(run.runId),
    uris: places.uris,
  })
}
