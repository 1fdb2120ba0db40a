/** Opens the Spark engine that runs on Amazon EMR, for one run. */
import { readFileSync } from 'node:fs'
import { basename } from 'node:path'
import type { EmrEngineSettings, SparkGranularity } from '../../../declare/project.ts'
import { LakeError } from '../../../errors.ts'
import { openStorage } from '../../../storage/open-storage.ts'
import type { Storage } from '../../../storage/storage.ts'
import { DriverPool } from '../driver/driver-pool.ts'
import { scratchOf } from '../driver/orphaned-driver.ts'
import { jobFiles } from '../launch/job-files.ts'
import type { SparkRun } from '../open-spark.ts'
import { hadoopUris } from '../protocol/hadoop-uris.ts'
import { SparkEngine } from '../spark-engine.ts'
import { adopt, lakeClusterOwners } from './clusters/cluster-owners.ts'
import { lakeIntents } from './clusters/intents.ts'
import { emrLauncher } from './emr-launcher.ts'
import { transientCluster } from './emr-requests.ts'
import { type JobFile, uploadJob, verifyJob } from './upload-job.ts'

/** Maximum number of drivers on which a step is tried if they are lost. */
const ATTEMPTS = 2

/** Calls EMR only when the first step is submitted. */
export async function openEmrEngine(settings: EmrEngineSettings, lake: Storage, run: SparkRun): Promise<SparkEngine> {
  requireS3(lake)
  const { runId, deadRuns, notify } = run
  const owners = lakeClusterOwners(lake)
  const adoptedRuns = await adopt(owners, deadRuns, runId)
  const files = filesOfJob()
  const job = await uploadJob(lake, files)
  const transient = transientCluster(settings)
  const launcher = emrLauncher(settings, {
    ...{ runId, job, adoptedRuns, owners, notify },
    lakeUri: lake.uri,
    intents: lakeIntents(lake),
    openLogs: openStorage,
    verifyJob: () => verifyJob(lake, files),
  })
  const uris = hadoopUris('s3')
  const granularity = emrGranularity(settings)
  const attempts = transient?.attempts ?? ATTEMPTS
  const jobs = new DriverPool(launcher, { lake, run, uris, attempts, granularity })
  return new SparkEngine(jobs, {
    ...{ lake, scratch: scratchOf(runId), adoptedScratch: deadRuns.map(scratchOf), uris },
    embedded: run.embedded,
  })
}

/** Throws `config` if clusters cannot reach the lake. */
export function requireS3(lake: Storage): void {
  if (lake.uri.startsWith('s3://')) return
  throw new LakeError('config', {
    problem: `EMR cannot reach the lake ${lake.uri}`,
    remedy: `Put it on S3, such as lake: 's3://bucket/lake'.`,
  })
}

export function emrGranularity(settings: EmrEngineSettings): SparkGranularity {
  return settings.granularity ?? (transientCluster(settings) ? 'session' : 'step')
}

export function filesOfJob(): readonly JobFile[] {
  const { main, archive } = jobFiles()
  return [main, archive].map((path) => ({ name: basename(path), body: readFileSync(path) }))
}
