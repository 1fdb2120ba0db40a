import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll } from 'vitest'
import type { SparkGranularity } from '../../framework/declare/project.ts'
import type { Engine } from '../../framework/engine/engine.ts'
import { DuckDbEngine } from '../../framework/engines/duckdb/duckdb-engine.ts'
import { DriverPool } from '../../framework/engines/spark/driver/driver-pool.ts'
import { jobFiles } from '../../framework/engines/spark/launch/job-files.ts'
import { type SparkSubmitSettings, sparkSubmitLauncher } from '../../framework/engines/spark/launch/spark-submit.ts'
import { hadoopUris } from '../../framework/engines/spark/protocol/hadoop-uris.ts'
import { SparkEngine } from '../../framework/engines/spark/spark-engine.ts'
import { localStorage } from '../../framework/storage/local/local-storage.ts'
import type { SparkEnvironment } from './spark.ts'

/** What starts small jobs on a Spark of the tests. Spark 3.5 works on all that it is given as on much data, 4.1 as on little. */
export function submitSettings({ version, sparkSubmit, env, conf }: SparkEnvironment): SparkSubmitSettings {
  const few = { 'spark.sql.shuffle.partitions': '2', 'spark.default.parallelism': '2' }
  const much = { 'spark.lake.smallInputBytes': '0' }
  return {
    ...{ program: sparkSubmit, master: 'local[2]', args: conf, env },
    conf: version === '3.5' ? { ...few, ...much } : few,
  }
}

const drivers: { readonly directory: string; readonly jobs: DriverPool }[] = []

/**
 * An engine on a driver that stays up for all tests of the file: it is started with the first request, and ends with the last test. To
 * close the engine ends nothing.
 */
export function sharedSpark(environment: SparkEnvironment): () => Engine {
  let engine: SparkEngine | undefined
  return () => {
    engine ??= openSpark(environment)
    return keptOpen(engine)
  }
}

function openSpark(environment: SparkEnvironment, granularity: SparkGranularity = 'session'): SparkEngine {
  const directory = mkdtempSync(join(tmpdir(), 'lake-spark-'))
  const lake = localStorage(directory)
  const uris = hadoopUris('s3a')
  const launcher = sparkSubmitLauncher(submitSettings(environment), jobFiles())
  const jobs = new DriverPool(launcher, {
    ...{ lake, uris, attempts: 1, granularity },
    run: { runId: 'tests', deadRuns: [], notify: () => undefined },
  })
  drivers.push({ directory, jobs })
  const embedded = async () => new DuckDbEngine({ memoryLimit: '500MB', threads: 2 }, join(directory, 'spill'))
  return new SparkEngine(jobs, { lake, scratch: '_lake/scratch/tests', uris, embedded })
}

const keptOpen = (engine: SparkEngine): Engine =>
  new Proxy(engine, {
    get: (target, name) => {
      if (name === 'close') return async () => undefined
      const value: unknown = Reflect.get(target, name, target)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })

afterAll(async () => {
  for (const { directory, jobs } of drivers) {
    await jobs.close()
    rmSync(directory, { recursive: true, force: true })
  }
})
