/** Opens an engine on a real Spark of this machine. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { SparkGranularity } from '../../../framework/declare/project.ts'
import type { Engine } from '../../../framework/engine/engine.ts'
import { DuckDbEngine } from '../../../framework/engines/duckdb/duckdb-engine.ts'
import { DriverPool, type DriverPoolOptions } from '../../../framework/engines/spark/driver/driver-pool.ts'
import type { Launcher } from '../../../framework/engines/spark/launch/launcher.ts'
import { hadoopUris } from '../../../framework/engines/spark/protocol/hadoop-uris.ts'
import { SparkEngine } from '../../../framework/engines/spark/spark-engine.ts'
import { localStorage } from '../../../framework/storage/local/local-storage.ts'

/** An engine whose driver starts with the first request and serves all later requests. */
export interface OpenSpark {
  /** Closing this engine has no effect. */
  readonly engine: Engine
  /** Ends the driver. */
  close(): Promise<void>
}

/** The drivers of a run without reports. A step is tried once, unless `options` name a number. */
export const driverPool = (
  launcher: Launcher,
  options: Pick<DriverPoolOptions, 'lake' | 'uris'> & Partial<DriverPoolOptions>,
): DriverPool =>
  new DriverPool(launcher, {
    ...{ attempts: 1, granularity: 'session', run: { runId: 'tests', deadRuns: [], notify: () => undefined } },
    ...options,
  })

export function openSpark(launcher: Launcher, granularity: SparkGranularity = 'session'): OpenSpark {
  const directory = mkdtempSync(join(tmpdir(), 'lake-spark-'))
  const lake = localStorage(directory)
  const uris = hadoopUris('s3a')
  const jobs = driverPool(launcher, { lake, uris, granularity })
  const embedded = async () => new DuckDbEngine({ memoryLimit: '500MB', threads: 2 }, join(directory, 'spill'))
  const engine = new SparkEngine(jobs, { lake, scratch: '_lake/scratch/tests', uris, embedded })
  return {
    engine: keptOpen(engine),
    close: async () => {
      await engine.close()
      rmSync(directory, { recursive: true, force: true })
    },
  }
}

const keptOpen = (engine: SparkEngine): Engine =>
  new Proxy(engine, {
    get: (target, name) => {
      if (name === 'close') return async () => undefined
      const value: unknown = Reflect.get(target, name, target)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
