import type { SparkEngineSettings } from '../../declare/project.ts'
import type { Storage } from '../../storage/storage.ts'
import { jobFiles } from './job-files.ts'
import { SparkEngine } from './spark-engine.ts'
import { type JobPlaces, SparkJobs } from './spark-jobs.ts'
import { sparkSubmitLauncher } from './spark-submit.ts'
import { hadoopUris } from './uris.ts'

const ATTEMPTS = 2

/** Spark by spark-submit, for one run. */
export function openSparkEngine(settings: SparkEngineSettings, lake: Storage, runId: string): SparkEngine {
  const { master = 'local[*]', submit = 'spark-submit', conf = {}, args = [], granularity = 'session' } = settings
  const launcher = sparkSubmitLauncher({ program: submit, master, conf, args, env: {} }, jobFiles())
  const places: JobPlaces = { lake, runId, uris: hadoopUris('s3a'), attempts: ATTEMPTS, granularity }
  return new SparkEngine(new SparkJobs(launcher, places), {
    lake,
    scratch: `_lake/scratch/${runId}`,
    uris: places.uris,
  })
}
