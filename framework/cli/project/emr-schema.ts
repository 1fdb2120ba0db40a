import * as z from 'zod'

const words = z.string().min(1)
const instanceType = z.string().regex(/^[a-z0-9-]+\.[a-z0-9]+$/, 'expected an instance type, as m5.xlarge')
const s3Uri = z.string().regex(/^s3:\/\/[^/]+/, 'expected s3://bucket/prefix')
const count = z.int().min(0)

const runningCluster = z
  .strictObject({
    kind: z.literal('running'),
    clusterId: z
      .string()
      .regex(/^j-[A-Z0-9]+$/, "expected a cluster's id, as j-2AXXXXXXGAPLF")
      .optional(),
    name: words.optional(),
    tag: z.strictObject({ key: words, value: z.string() }).optional(),
  })
  .refine(
    ({ clusterId, name, tag }) => [clusterId, name, tag].filter((given) => given !== undefined).length === 1,
    'give exactly one of clusterId, name and tag',
  )

const coreFleet = z
  .strictObject({
    types: z.array(instanceType).min(1).max(30).optional(),
    onDemand: count.optional(),
    spot: count.optional(),
    spotTimeoutMinutes: z.int().min(5).max(1440).optional(),
  })
  .refine(({ onDemand = 1, spot = 1 }) => onDemand + spot > 0, 'onDemand and spot may not both be 0')

const scaling = z
  .strictObject({ minimum: z.int().min(1), maximum: z.int().min(1), maximumOnDemand: count.optional() })
  .refine(({ minimum, maximum }) => minimum <= maximum, 'minimum is more than maximum')

const transientCluster = z.strictObject({
  kind: z.literal('transient'),
  release: z
    .string()
    .regex(/^emr-(spark-)?\d+\.\d+\.\d+$/, 'expected a release, as emr-7.14.0')
    .optional(),
  masterTypes: z.array(instanceType).min(1).max(30).optional(),
  core: coreFleet.optional(),
  scaling: scaling.optional(),
  stepConcurrency: z.int().min(1).max(256).optional(),
  idleTimeoutSeconds: z.int().min(60).max(604_800).optional(),
  serviceRole: words.optional(),
  instanceProfile: words.optional(),
  subnets: z
    .array(z.string().regex(/^subnet-/, 'expected a subnet, as subnet-0a1b2c'))
    .min(1)
    .optional(),
  securityConfiguration: words.optional(),
  logUri: s3Uri.optional(),
  tags: z.record(words.max(128), z.string().max(256)).optional(),
  ebs: z
    .strictObject({
      size: z.int().min(1),
      type: words.optional(),
      count: z.int().min(1).optional(),
      root: z.int().min(10).optional(),
    })
    .optional(),
  bootstrapActions: z
    .array(z.strictObject({ name: words, path: s3Uri, args: z.array(z.string()).optional() }))
    .max(16)
    .optional(),
  configurations: z.record(words, z.record(words, z.string())).optional(),
  attempts: z.int().min(1).max(10).optional(),
})

/** EmrSettings, as a config gives them. */
export const emrSchema = z.strictObject({
  region: z
    .string()
    .regex(/^[a-z]{2,}(-[a-z]+)+-\d$/, 'expected a region, as eu-central-1')
    .optional(),
  cluster: z.discriminatedUnion('kind', [runningCluster, transientCluster]).optional(),
  executionRole: z
    .string()
    .regex(/^arn:[^:]+:iam::\d{12}:role\/.+/, "expected a role's ARN")
    .optional(),
  sparkConf: z.record(z.string().regex(/^spark\./, 'expected a name that begins with spark.'), z.string()).optional(),
  pollSeconds: z.int().min(15).max(120).optional(),
  cancelSeconds: z.int().min(0).optional(),
  prices: z.record(instanceType, z.number().positive()).optional(),
})
