/**
 * Writes the requests to EMR: for the cluster that a run makes, and for the steps of its
 * submissions.
 */
import type { Configuration, InstanceFleetConfig, RunJobFlowInput, StepConfig } from '@aws-sdk/client-emr'
import type { EmrSettings, TransientEmrCluster } from '../../../declare/emr.ts'
import { LakeError } from '../../../errors.ts'
import type { JobSubmission } from '../launch/launcher.ts'
import { RUN_TAG } from './api/cluster-view.ts'
import type { UploadedJob } from './upload-job.ts'

const DEFAULT_TYPES = ['m5.xlarge', 'm5a.xlarge', 'm6i.xlarge', 'm6a.xlarge', 'm7i.xlarge']
/** Maximum length of all strings of a step's HadoopJarStep together. */
const MAX_CHARACTERS = 10_240

/** The parts of requests that come from the run and not from the settings. */
export interface EmrRun {
  readonly runId: string
  readonly job: UploadedJob
  /** A directory or `s3://bucket/prefix`. */
  readonly lakeUri: string
}

/** The requests that a run would send. */
interface EmrPlan {
  /** Undefined if the run uses a running cluster. */
  readonly cluster: RunJobFlowInput | undefined
  readonly steps: readonly StepConfig[]
}

export function emrPlan(settings: EmrSettings, run: EmrRun, jobs: readonly JobSubmission[]): EmrPlan {
  const cluster = transientCluster(settings)
  return {
    cluster: cluster && clusterRequest(cluster, run, 1),
    steps: jobs.map((job) => stepRequest(settings, run.job, job)),
  }
}

/** Undefined if the steps go to a cluster that its owner keeps running. */
export function transientCluster({ cluster = { kind: 'transient' } }: EmrSettings): TransientEmrCluster | undefined {
  return cluster.kind === 'transient' ? cluster : undefined
}

/**
 * `number` counts the clusters of the run from 1. The name is unique, so that it identifies the
 * cluster.
 */
export function clusterName(runId: string, number: number): string {
  return number === 1 ? `lake ${runId}` : `lake ${runId}/${number}`
}

/**
 * The request for a run's cluster. The cluster stays up without steps, because the next step is
 * submitted after the ones before it have ended. The run terminates it. If the run is killed, the
 * idle timeout does.
 */
export function clusterRequest(cluster: TransientEmrCluster, run: EmrRun, number: number): RunJobFlowInput {
  const logUri = cluster.logUri ?? (run.lakeUri.startsWith('s3://') ? `${run.lakeUri}/_lake/spark/logs/` : undefined)
  return {
    Name: clusterName(run.runId, number),
    ReleaseLabel: cluster.release ?? 'emr-7.14.0',
    Applications: [{ Name: 'Spark' }],
    ...(logUri !== undefined && { LogUri: logUri.replace(/\/*$/, '/') }),
    ServiceRole: cluster.serviceRole ?? 'EMR_DefaultRole',
    JobFlowRole: cluster.instanceProfile ?? 'EMR_EC2_DefaultRole',
    ...(cluster.securityConfiguration !== undefined && { SecurityConfiguration: cluster.securityConfiguration }),
    Instances: {
      InstanceFleets: [masterFleet(cluster), coreFleet(cluster)],
      KeepJobFlowAliveWhenNoSteps: true,
      TerminationProtected: false,
      ...(cluster.subnets && { Ec2SubnetIds: [...cluster.subnets] }),
    },
    StepConcurrencyLevel: cluster.stepConcurrency ?? 4,
    AutoTerminationPolicy: { IdleTimeout: cluster.idleTimeoutSeconds ?? 3600 },
    ...scalingPolicy(cluster),
    ...(cluster.ebs?.root !== undefined && { EbsRootVolumeSize: cluster.ebs.root }),
    ...(cluster.bootstrapActions && { BootstrapActions: bootstrapActions(cluster.bootstrapActions) }),
    ...(cluster.configurations && { Configurations: configurations(cluster.configurations) }),
    Tags: tags({
      // Without this tag, AWS's managed policy for the service role allows nothing on the cluster.
      'for-use-with-amazon-emr-managed-policies': 'true',
      ...cluster.tags,
      [RUN_TAG]: run.runId,
    }),
  }
}

function masterFleet(cluster: TransientEmrCluster): InstanceFleetConfig {
  return {
    Name: 'master',
    InstanceFleetType: 'MASTER',
    TargetOnDemandCapacity: 1,
    InstanceTypeConfigs: typeConfigs(cluster.masterTypes ?? DEFAULT_TYPES, cluster),
    LaunchSpecifications: { OnDemandSpecification: { AllocationStrategy: 'lowest-price' } },
  }
}

function coreFleet(cluster: TransientEmrCluster): InstanceFleetConfig {
  const { types = DEFAULT_TYPES, onDemand = 1, spot = 1, spotTimeoutMinutes = 10 } = cluster.core ?? {}
  return {
    Name: 'core',
    InstanceFleetType: 'CORE',
    TargetOnDemandCapacity: onDemand,
    TargetSpotCapacity: spot,
    InstanceTypeConfigs: typeConfigs(types, cluster),
    LaunchSpecifications: {
      OnDemandSpecification: { AllocationStrategy: 'lowest-price' },
      ...(spot > 0 && {
        SpotSpecification: {
          AllocationStrategy: 'price-capacity-optimized',
          TimeoutDurationMinutes: spotTimeoutMinutes,
          TimeoutAction: 'SWITCH_TO_ON_DEMAND',
        },
      }),
    },
  }
}

function typeConfigs(types: readonly string[], { ebs }: TransientEmrCluster) {
  const volumes = ebs && {
    EbsBlockDeviceConfigs: [
      {
        VolumeSpecification: { VolumeType: ebs.type ?? 'gp3', SizeInGB: ebs.size },
        VolumesPerInstance: ebs.count ?? 1,
      },
    ],
  }
  return types.map((InstanceType) => ({
    InstanceType,
    WeightedCapacity: 1,
    ...(volumes && { EbsConfiguration: volumes }),
  }))
}

function scalingPolicy({ scaling }: TransientEmrCluster): Pick<RunJobFlowInput, 'ManagedScalingPolicy'> {
  if (!scaling) return {}
  return {
    ManagedScalingPolicy: {
      ComputeLimits: {
        UnitType: 'InstanceFleetUnits',
        MinimumCapacityUnits: scaling.minimum,
        MaximumCapacityUnits: scaling.maximum,
        ...(scaling.maximumOnDemand !== undefined && { MaximumOnDemandCapacityUnits: scaling.maximumOnDemand }),
      },
    },
  }
}

function bootstrapActions(actions: NonNullable<TransientEmrCluster['bootstrapActions']>) {
  return actions.map(({ name, path, args = [] }) => ({
    Name: name,
    ScriptBootstrapAction: { Path: path, Args: [...args] },
  }))
}

function configurations(given: NonNullable<TransientEmrCluster['configurations']>): Configuration[] {
  return Object.entries(given).map(([Classification, Properties]) => ({
    Classification,
    Properties: { ...Properties },
  }))
}

function tags(given: Readonly<Record<string, string>>) {
  return Object.entries(given).map(([Key, Value]) => ({ Key, Value }))
}

/**
 * The step of a submission. spark-submit runs in client mode, so that an interrupt ends the job,
 * and the job's output is the step's log. A failed step leaves the cluster and other steps alone.
 * Throws `config` if the step is longer than EMR allows.
 */
export function stepRequest(settings: EmrSettings, job: UploadedJob, submission: JobSubmission): StepConfig {
  const conf = Object.entries(settings.sparkConf ?? {}).flatMap(([name, value]) => ['--conf', `${name}=${value}`])
  const pyFiles = job.pyFiles.length > 0 ? ['--py-files', job.pyFiles.join(',')] : []
  const Jar = 'command-runner.jar'
  const Args = ['spark-submit', '--deploy-mode', 'client', ...conf, ...pyFiles, job.main, ...submission.arguments]
  const characters = [Jar, ...Args].reduce((sum, text) => sum + text.length, 0)
  if (characters > MAX_CHARACTERS) {
    throw new LakeError('config', {
      problem: `the step ${submission.name} would be ${characters} characters long, and EMR takes ${MAX_CHARACTERS}`,
      remedy: 'Move what is long in sparkConf to the configurations of the cluster (spark-defaults).',
    })
  }
  return { Name: submission.name, ActionOnFailure: 'CONTINUE', HadoopJarStep: { Jar, Args } }
}
