/** The settings with which Spark runs small jobs. */
import type { SparkSubmitSettings } from '../../../framework/engines/spark/launch/spark-submit.ts'
import { IS_FUZZ } from '../shared/fuzz.ts'
import type { SparkEnvironment, SparkVersion } from './spark.ts'

/**
 * Spark 3.5 uses its defaults, which are for large data. Spark 4.1 uses settings for small data.
 */
export function smallJobs(version: SparkVersion): Readonly<Record<string, string>> {
  const few = { 'spark.sql.shuffle.partitions': '2', 'spark.default.parallelism': '2' }
  return version === '3.5' ? { ...few, 'spark.lake.smallInputBytes': '0' } : few
}

/** Settings of a launcher that starts one Spark for each driver. */
export function submitSettings({ version, sparkSubmit, env, conf }: SparkEnvironment): SparkSubmitSettings {
  return { program: sparkSubmit, master: 'local[2]', args: conf, env, conf: smallJobs(version) }
}

/**
 * Settings with which Spark interprets queries. For few rows, compiling a query takes longer than
 * interpreting it.
 */
export const UNCOMPILED = {
  'spark.sql.codegen.wholeStage': 'false',
  'spark.sql.codegen.factoryMode': 'NO_CODEGEN',
} as const

/** A Spark, and whether its sessions compile queries. */
export interface SparkWay {
  readonly environment: SparkEnvironment
  readonly way: 'compiled' | 'interpreted'
  /** The settings of its sessions. */
  readonly settings: Readonly<Record<string, string>>
}

/**
 * Both ways in which the engine runs queries: Spark 3.5 compiles them, as for large data, and Spark
 * 4.1 interprets them, as for small data. `npm run fuzz` tries each way on each version.
 */
export function sparkWays(environments: readonly SparkEnvironment[]): readonly SparkWay[] {
  return environments.flatMap((environment): readonly SparkWay[] => {
    const compiled: SparkWay = { environment, way: 'compiled', settings: {} }
    const interpreted: SparkWay = { environment, way: 'interpreted', settings: UNCOMPILED }
    if (IS_FUZZ) return [compiled, interpreted]
    return [environment.version === '3.5' ? compiled : interpreted]
  })
}
