import type { Asset } from './definition.ts'
import type { EmrSettings } from './emr.ts'

/** The embedded engine's settings; what is left out is worked out from the machine. */
export interface DuckDbEngineSettings {
  readonly kind: 'duckdb'
  /** What it may hold in memory before it spills to disk, as `600MB`. */
  readonly memoryLimit?: string
  readonly threads?: number
}

/** Spark, as spark-submit starts it on this machine or on a cluster that it knows. */
export interface SparkEngineSettings {
  readonly kind: 'spark'
  /** `local[*]`, `yarn`, `spark://host:7077`, `k8s://...`; `local[*]` where it is left out. */
  readonly master?: string
  /** The program, `spark-submit` where it is left out. */
  readonly submit?: string
  /** Given with `--conf`. */
  readonly conf?: Readonly<Record<string, string>>
  /** Arguments of spark-submit's own, as `['--packages', 'org.apache.hadoop:hadoop-aws:3.3.4']`. */
  readonly args?: readonly string[]
  /** `session`: one driver does all steps of a run; `step`: each step is an application of its own. */
  readonly granularity?: SparkGranularity
}

/** Spark on Amazon EMR. Both the lake and the sources are on S3. */
export interface EmrEngineSettings extends EmrSettings {
  readonly kind: 'emr'
  /** `session`, one step a run, is the default of a transient cluster; `step`, a step an asset, that of a running one. */
  readonly granularity?: SparkGranularity
}

export type SparkGranularity = 'session' | 'step'

export type EngineSettings = DuckDbEngineSettings | SparkEngineSettings | EmrEngineSettings

/** Where a lake is, where its source data is, and what computes. Flags of the command line override each. */
export interface Profile {
  /** A directory, relative to the project, or `s3://bucket/prefix`. */
  readonly lake: string
  /** The directory that holds a directory of files for each source. */
  readonly input?: string
  /** Source key -> the directory of its files, where that is not `input/KEY`. */
  readonly sources?: Readonly<Record<string, string>>
  /** Follow links among the files of sources wherever they lead. Else one that leads out of its source's directory is an error. */
  readonly followLinks?: boolean
  readonly engine?: EngineSettings
  /** Assets that are built at the same time. */
  readonly concurrency?: number
}

/** A refresh at set times. */
export interface Schedule {
  readonly name: string
  /** Minute, hour, day of month, month, day of week: `0 3 * * *`. */
  readonly cron: string
  /** An IANA name, as `Europe/Berlin`; UTC where it is left out. */
  readonly timeZone?: string
  /** What is refreshed; everything where it is left out. */
  readonly selection?: readonly string[]
  /** Rebuild whatever the state; else only what is stale. */
  readonly full?: boolean
}

/** What config/lake.config.ts exports. */
export interface ProjectConfig {
  readonly assets: Readonly<Record<string, Asset>> | readonly Asset[]
  /** By name; `default` is used where no --profile is given. */
  readonly profiles: Readonly<Record<string, Profile>>
  readonly schedules?: readonly Schedule[]
}

/** Declares the project. What is wrong with it is said when it loads. */
export function defineConfig(config: ProjectConfig): ProjectConfig {
  return config
}
