// The requests that lake sends to EMR.
import { describe, expect, it } from 'vitest'
import { type EmrSettings, emrSchema } from '../../../../framework/declare/emr.ts'
import { emrPlan } from '../../../../framework/engines/spark/emr/emr-requests.ts'

const RUN = {
  runId: 'R',
  lakeUri: 's3://bucket/lake',
  job: { main: 's3://bucket/lake/job/main.py', pyFiles: ['s3://bucket/lake/job/a.py', 's3://bucket/lake/job/b.py'] },
}

const FULL: EmrSettings = {
  region: 'eu-central-1',
  executionRole: 'arn:aws:iam::123456789012:role/steps',
  sparkConf: { 'spark.sql.shuffle.partitions': '8' },
  pollSeconds: 30,
  prices: { 'm5.xlarge': 0.24 },
  cluster: {
    kind: 'transient',
    release: 'emr-spark-8.1.0',
    masterTypes: ['m7g.large'],
    core: { types: ['r7g.xlarge'], onDemand: 0, spot: 4, spotTimeoutMinutes: 5 },
    scaling: { minimum: 2, maximum: 20, maximumOnDemand: 0 },
    stepConcurrency: 1,
    idleTimeoutSeconds: 600,
    serviceRole: 'service',
    instanceProfile: 'instances',
    subnets: ['subnet-1', 'subnet-2'],
    securityConfiguration: 'encrypted',
    logUri: 's3://logs/emr',
    tags: { team: 'data' },
    ebs: { size: 100, count: 2, root: 30 },
    bootstrapActions: [{ name: 'certificates', path: 's3://bucket/certificates.sh', args: ['a'] }],
    configurations: { 'spark-defaults': { 'spark.driver.memory': '4g' } },
    attempts: 3,
  },
}

describe('the requests to EMR', () => {
  it('have defaults for all settings', () => {
    const { cluster } = emrPlan({}, RUN, [])
    expect(cluster).toMatchObject({
      Name: 'lake R',
      ReleaseLabel: 'emr-7.14.0',
      LogUri: 's3://bucket/lake/_lake/spark/logs/',
      ServiceRole: 'EMR_DefaultRole',
      JobFlowRole: 'EMR_EC2_DefaultRole',
      StepConcurrencyLevel: 4,
      AutoTerminationPolicy: { IdleTimeout: 3600 },
      Instances: { KeepJobFlowAliveWhenNoSteps: true, TerminationProtected: false },
    })
    const [master, core] = cluster?.Instances?.InstanceFleets ?? []
    expect(master).toMatchObject({ InstanceFleetType: 'MASTER', TargetOnDemandCapacity: 1 })
    expect(core).toMatchObject({
      InstanceFleetType: 'CORE',
      TargetOnDemandCapacity: 1,
      TargetSpotCapacity: 1,
      LaunchSpecifications: {
        SpotSpecification: {
          AllocationStrategy: 'price-capacity-optimized',
          TimeoutDurationMinutes: 10,
          TimeoutAction: 'SWITCH_TO_ON_DEMAND',
        },
      },
    })
  })

  it('contain every setting', () => {
    const { cluster } = emrPlan(FULL, RUN, [])
    expect(cluster).toMatchObject({
      ReleaseLabel: 'emr-spark-8.1.0',
      LogUri: 's3://logs/emr/',
      ServiceRole: 'service',
      JobFlowRole: 'instances',
      SecurityConfiguration: 'encrypted',
      StepConcurrencyLevel: 1,
      AutoTerminationPolicy: { IdleTimeout: 600 },
      EbsRootVolumeSize: 30,
      Instances: { Ec2SubnetIds: ['subnet-1', 'subnet-2'] },
      ManagedScalingPolicy: {
        ComputeLimits: {
          UnitType: 'InstanceFleetUnits',
          MinimumCapacityUnits: 2,
          MaximumCapacityUnits: 20,
          MaximumOnDemandCapacityUnits: 0,
        },
      },
      BootstrapActions: [
        { Name: 'certificates', ScriptBootstrapAction: { Path: 's3://bucket/certificates.sh', Args: ['a'] } },
      ],
      Configurations: [{ Classification: 'spark-defaults', Properties: { 'spark.driver.memory': '4g' } }],
    })
    expect(cluster?.Tags).toEqual([
      { Key: 'for-use-with-amazon-emr-managed-policies', Value: 'true' },
      { Key: 'team', Value: 'data' },
      { Key: 'lake:run', Value: 'R' },
    ])
    expect(cluster?.Instances?.InstanceFleets?.[1]?.InstanceTypeConfigs).toEqual([
      {
        InstanceType: 'r7g.xlarge',
        WeightedCapacity: 1,
        EbsConfiguration: {
          EbsBlockDeviceConfigs: [{ VolumeSpecification: { VolumeType: 'gp3', SizeInGB: 100 }, VolumesPerInstance: 2 }],
        },
      },
    ])
  })

  it('name the modules of the job, and give its arguments last', () => {
    const { steps } = emrPlan(FULL, RUN, [{ name: 'lake R/songs/1', arguments: ['--spec', 's3://bucket/spec'] }])
    expect(steps.map(({ HadoopJarStep }) => HadoopJarStep?.Args)).toEqual([
      [
        ...['spark-submit', '--deploy-mode', 'client', '--conf', 'spark.sql.shuffle.partitions=8'],
        ...['--py-files', 's3://bucket/lake/job/a.py,s3://bucket/lake/job/b.py'],
        ...['s3://bucket/lake/job/main.py', '--spec', 's3://bucket/spec'],
      ],
    ])
  })

  it('do not make a cluster if the settings name a running cluster', () => {
    expect(emrPlan({ cluster: { kind: 'running', name: 'etl' } }, RUN, []).cluster).toBeUndefined()
  })

  it('have no log URI if the lake is not on S3', () => {
    expect(emrPlan({}, { ...RUN, lakeUri: '/lake' }, []).cluster?.LogUri).toBeUndefined()
  })
})

describe('the schema of the settings', () => {
  it.each([{}, FULL, { cluster: { kind: 'running', tag: { key: 'a', value: 'b' } } }])('takes %j', (settings) => {
    expect(emrSchema.safeParse(settings).success).toBe(true)
  })

  it.each([
    [{ cluster: { kind: 'running' } }, 'give exactly one of clusterId, name and tag'],
    [{ cluster: { kind: 'running', name: 'a', clusterId: 'j-1' } }, 'give exactly one of clusterId, name and tag'],
    [{ cluster: { kind: 'running', clusterId: 'etl' } }, 'expected the ID of a cluster such as j-2AXXXXXXGAPLF'],
    [{ cluster: { kind: 'transient', release: '7.14' } }, 'expected a release such as emr-7.14.0'],
    [{ cluster: { kind: 'transient', core: { onDemand: 0, spot: 0 } } }, 'onDemand and spot cannot both be 0'],
    [{ cluster: { kind: 'transient', scaling: { minimum: 3, maximum: 2 } } }, 'minimum is more than maximum'],
    [{ cluster: { kind: 'transient', idleTimeoutSeconds: 5 } }, 'expected number to be >=60'],
    [{ cluster: { kind: 'transient', stepConcurrency: 257 } }, 'expected number to be <=256'],
    [{ pollSeconds: 1 }, 'expected number to be >=15'],
    [{ secretKey: 'x' }, 'Unrecognized key'],
  ])('refuses %j', (settings, message) => {
    expect(emrSchema.safeParse(settings).error?.issues[0]?.message).toContain(message)
  })
})
