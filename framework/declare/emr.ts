/** Declares the settings of Spark on Amazon EMR: one schema checks a config and gives its types. */
import * as z from 'zod'
import type { Described } from './described.ts'

const nonEmpty = z.string().min(1)
const instanceType = z.string().regex(/^[a-z0-9-]+\.[a-z0-9]+$/, 'expected an instance type such as m5.xlarge')
const instanceTypes = z.array(instanceType).min(1).max(30)
const s3Uri = z.string().regex(/^s3:\/\/[^/]+/, 'expected s3://bucket/prefix')
const region = z.string().regex(/^[a-z]{2,}(-[a-z]+)+-\d$/, 'expected a region such as eu-central-1')
const clusterId = z.string().regex(/^j-[A-Z0-9]+$/, 'expected the ID of a cluster such as j-2AXXXXXXGAPLF')
const release = z.string().regex(/^emr-(spark-)?\d+\.\d+\.\d+$/, 'expected a release such as emr-7.14.0')
const subnet = z.string().regex(/^subnet-/, 'expected a subnet such as subnet-0a1b2c')
const roleArn = z.string().regex(/^arn:[^:]+:iam::\d{12}:role\/.+/, 'expected the ARN of a role')
const sparkSetting = z.string().regex(/^spark\./, 'expected a name that begins with spark.')

const tagSchema = z.strictObject({ key: nonEmpty, value: z.string() })

const runningClusterSchema = z
  .strictObject({
    kind: z.literal('running'),
    /** `j-...` */
    clusterId: clusterId.optional(),
    name: nonEmpty.optional(),
    tag: tagSchema.optional(),
  })
  .refine(
    ({ clusterId, name, tag }) => [clusterId, name, tag].filter((given) => given !== undefined).length === 1,
    'give exactly one of clusterId, name and tag',
  )

const coreFleetSchema = z
  .strictObject({
    /**
     * Types of about the same size, because EMR counts an instance of any type as one unit. With
     * more types, EMR finds spot capacity more often.
     */
    types: instanceTypes.optional(),
    /** Number of on-demand instances. Default: 1. */
    onDemand: z.int().min(0).optional(),
    /**
     * Number of spot instances. Default: 1. If EMR gets no spot instances in time, it takes
     * on-demand ones.
     */
    spot: z.int().min(0).optional(),
    /**
     * How long EMR waits for spot instances before it takes on-demand ones, in minutes, 5 to 1440.
     * Default: 10.
     */
    spotTimeoutMinutes: z.int().min(5).max(1440).optional(),
  })
  .refine(({ onDemand = 1, spot = 1 }) => onDemand + spot > 0, 'onDemand and spot cannot both be 0')

const scalingSchema = z
  .strictObject({
    minimum: z.int().min(1),
    maximum: z.int().min(1),
    /** Maximum number of on-demand instances. EMR adds spot instances above it. */
    maximumOnDemand: z.int().min(0).optional(),
  })
  .refine(({ minimum, maximum }) => minimum <= maximum, 'minimum is more than maximum')

const volumesSchema = z.strictObject({
  /** Size of each volume, in GiB. */
  size: z.int().min(1),
  /** Default: `gp3`. */
  type: nonEmpty.optional(),
  /** Volumes of each instance. Default: 1. */
  count: z.int().min(1).optional(),
  /** Size of the root volume, in GiB. */
  root: z.int().min(10).optional(),
})

const bootstrapActionSchema = z.strictObject({
  name: nonEmpty,
  /** `s3://...` of a script. */
  path: s3Uri,
  args: z.array(z.string()).optional(),
})

const transientClusterSchema = z.strictObject({
  kind: z.literal('transient'),
  /** Default: `emr-7.14.0`, with Spark 3.5. */
  release: release.optional(),
  /** EMR starts one on-demand instance of one of these types. */
  masterTypes: instanceTypes.optional(),
  core: coreFleetSchema.optional(),
  /** Lets EMR add and remove instances. Without it, the number of instances is fixed. */
  scaling: scalingSchema.optional(),
  /** Maximum number of steps that run at the same time. Default: 4. */
  stepConcurrency: z.int().min(1).max(256).optional(),
  /**
   * How long the cluster stays without work before it ends by itself, in seconds, in case `lake` is
   * killed. Default: 3600.
   */
  idleTimeoutSeconds: z.int().min(60).max(604_800).optional(),
  /** Default: `EMR_DefaultRole`. */
  serviceRole: nonEmpty.optional(),
  /** The role of the instances, which reads and writes the lake. Default: `EMR_EC2_DefaultRole`. */
  instanceProfile: nonEmpty.optional(),
  /** EMR chooses the subnet with the best offer. Default: the account's default network. */
  subnets: z.array(subnet).min(1).optional(),
  securityConfiguration: nonEmpty.optional(),
  /** Default: `_lake/spark/logs/` in the lake. */
  logUri: s3Uri.optional(),
  tags: z.record(nonEmpty.max(128), z.string().max(256)).optional(),
  ebs: volumesSchema.optional(),
  bootstrapActions: z.array(bootstrapActionSchema).max(16).optional(),
  /** Classification of EMR -> its properties, such as `{ 'spark-defaults': { ... } }`. */
  configurations: z.record(nonEmpty, z.record(nonEmpty, z.string())).optional(),
  /**
   * Maximum number of clusters in a run. If one is lost, the next does the rest of its work.
   * Default: 2.
   */
  attempts: z.int().min(1).max(10).optional(),
})

export const emrSchema = z.strictObject({
  /** Default: the region of the environment or of the AWS profile. */
  region: region.optional(),
  /** Where steps run. Default: a transient cluster with all of its defaults. */
  cluster: z.discriminatedUnion('kind', [runningClusterSchema, transientClusterSchema]).optional(),
  /** The runtime role of the steps, for a running cluster that is set up for runtime roles. */
  executionRole: roleArn.optional(),
  /** Passed to spark-submit with `--conf`. */
  sparkConf: z.record(sparkSetting, z.string()).optional(),
  /**
   * Seconds between two polls of a cluster. Minimum and default: 15. All pollers in an account
   * share one quota.
   */
  pollSeconds: z.int().min(15).max(120).optional(),
  /**
   * How long an interrupted step has to end by itself before its processes are killed, in seconds.
   * Default: 30.
   */
  cancelSeconds: z.int().min(0).optional(),
  /**
   * Instance type -> dollars an hour, including EMR's part. Cost estimates use only these prices.
   */
  prices: z.record(instanceType, z.number().positive()).optional(),
})

/**
 * Spark on Amazon EMR: the job runs as steps of a cluster. The defaults work for small and medium
 * lakes.
 */
export interface EmrSettings extends Described<typeof emrSchema> {}

/**
 * A cluster that its owner keeps running. A run finds it by its ID, name or tag, and never changes
 * or terminates it.
 */
export interface RunningEmrCluster extends Described<typeof runningClusterSchema> {}

/**
 * A cluster that a run starts with its first step, and terminates at its end, also after a failure.
 */
export interface TransientEmrCluster extends Described<typeof transientClusterSchema> {}

export interface EmrTag extends Described<typeof tagSchema> {}
