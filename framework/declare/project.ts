/** Declares a project: its assets, profiles and schedules, with the schema of its config. */
import * as z from 'zod'
import type { Asset } from './definition.ts'
import type { Described } from './described.ts'
import { emrSchema } from './emr.ts'
import { type Duration, durationSchema } from './runs/duration.ts'
import { attemptSettings, type Retries } from './runs/expectations.ts'
import { type Hook, hookSchema } from './runs/hooks.ts'
import { type Lineage, lineageSchema } from './runs/lineage.ts'
import { type Schedule, type SchedulerSettings, schedulerSchema, scheduleSchema } from './runs/schedule.ts'

const nonEmpty = z.string().min(1)

const duckdbSchema = z.strictObject({
  kind: z.literal('duckdb'),
  /** Maximum memory before DuckDB spills to disk, such as `600MB`. */
  memoryLimit: z
    .string()
    .regex(/^\d+(\.\d+)?\s*(KB|MB|GB|TB|KiB|MiB|GiB|TiB)$/)
    .optional(),
  /** Maximum number of threads. Default: one for each core. */
  threads: z.int().min(1).optional(),
})

const granularitySchema = z.enum(['session', 'step'])

const sparkSchema = z.strictObject({
  kind: z.literal('spark'),
  /** `local[*]`, `yarn`, `spark://host:7077`, `k8s://...`. Default: `local[*]`. */
  master: nonEmpty.optional(),
  /** The program. Default: `spark-submit`. */
  submit: nonEmpty.optional(),
  /** Passed to spark-submit with `--conf`. */
  conf: z.record(nonEmpty, z.string()).optional(),
  /**
   * Additional arguments of spark-submit, such as `['--packages',
   * 'org.apache.hadoop:hadoop-aws:3.3.4']`.
   */
  args: z.array(z.string()).optional(),
  /**
   * `session`: one driver does all steps of a run. `step`: each step is an application of its own.
   */
  granularity: granularitySchema.optional(),
})

const emrEngineSchema = emrSchema.extend({
  kind: z.literal('emr'),
  /**
   * `session`: one EMR step for the run, the default on a transient cluster. `step`: one EMR step
   * for each asset, the default on a running cluster.
   */
  granularity: granularitySchema.optional(),
})

const profileSchema = z.strictObject({
  /** A directory, relative to the project, or `s3://bucket/prefix`. */
  lake: nonEmpty,
  /** The directory that holds one directory of files for each source. */
  input: nonEmpty.optional(),
  /** Source key -> the directory of its files, if that is not `input/KEY`. */
  sources: z.record(z.string(), nonEmpty).optional(),
  /**
   * Whether links among source files can lead out of the directory of their source. If not, such a
   * link is an error.
   */
  followLinks: z.boolean().optional(),
  /** What computes rows. Default: DuckDB, within the process of `lake`. */
  engine: z.discriminatedUnion('kind', [duckdbSchema, sparkSchema, emrEngineSchema]).optional(),
  /** Maximum number of assets that a run builds at the same time. */
  concurrency: z.int().min(1).optional(),
})

/** Does not check the assets: the graph checks them when it is built. */
export const configSchema = z.strictObject({
  assets: z.custom<ProjectConfig['assets']>(
    (value) => typeof value === 'object' && value !== null,
    'expected the assets, as an object or array',
  ),
  profiles: z.record(z.string(), profileSchema),
  schedules: z.array(scheduleSchema).optional(),
  scheduler: schedulerSchema.optional(),
  ...attemptSettings,
  hooks: z.array(hookSchema).optional(),
  lineage: lineageSchema.optional(),
  keepRuns: durationSchema.optional(),
  keepHistory: durationSchema.optional(),
})

/** Settings of the embedded engine. The defaults depend on the machine. */
export interface DuckDbEngineSettings extends Described<typeof duckdbSchema> {}

/** Spark, started with spark-submit on this machine or on a cluster that spark-submit knows. */
export interface SparkEngineSettings extends Described<typeof sparkSchema> {}

/** Spark on Amazon EMR. Both the lake and the sources are on S3. */
export interface EmrEngineSettings extends Described<typeof emrEngineSchema> {}

export type SparkGranularity = Described<typeof granularitySchema>

export type EngineSettings = DuckDbEngineSettings | SparkEngineSettings | EmrEngineSettings

/**
 * Where a lake is, where its source data is, and which engine computes. Flags of the command line
 * override it.
 */
export interface Profile extends Described<typeof profileSchema> {}

/** What config/lake.config.ts exports. */
export interface ProjectConfig {
  /** What `assets/` exports. */
  readonly assets: Readonly<Record<string, Asset>> | readonly Asset[]
  /** Profile name -> profile. A command without `--profile` uses `default`. */
  readonly profiles: Readonly<Record<string, Profile>>
  readonly schedules?: readonly Schedule[]
  /** Where `lake schedule run` serves its health and its metrics. Default: nowhere. */
  readonly scheduler?: SchedulerSettings
  /** For each asset that declares no retries. Default: a single attempt. */
  readonly retries?: Retries
  /**
   * Maximum duration of an attempt, for each asset that declares no timeout. Default: unlimited.
   */
  readonly timeout?: Duration
  /** The functions and webhooks that lake calls. */
  readonly hooks?: readonly Hook[]
  /** How long `lake vacuum` keeps the events of past runs. Default: for ever. */
  readonly keepRuns?: Duration
  /**
   * How long `lake vacuum` keeps a version in the log of its table after it was the newest.
   * Default: 30 days.
   */
  readonly keepHistory?: Duration
  /** Where the OpenLineage events of runs go. Default: nowhere. */
  readonly lineage?: Lineage
}

/** Declares the project. `lake` reports mistakes in it when it loads the config. */
export function defineConfig(config: ProjectConfig): ProjectConfig {
  return config
}
