/** The JSON documents in which EMR describes clusters and steps. */
import type { EmrFault } from './faults.ts'
import { type ClusterModel, isActive, type StepModel } from './model.ts'

/** In this protocol, times are seconds since the epoch. */
const seconds = (time: number | undefined) => (time === undefined ? undefined : time / 1000)

export function summarizeCluster(cluster: ClusterModel) {
  return {
    Id: cluster.id,
    Name: cluster.name,
    Status: {
      State: cluster.state,
      StateChangeReason: cluster.reason ?? {},
      Timeline: {
        CreationDateTime: seconds(cluster.createdAt),
        ReadyDateTime: seconds(cluster.readyAt),
        EndDateTime: seconds(cluster.endedAt),
      },
    },
    NormalizedInstanceHours: 0,
  }
}

export function describeCluster(cluster: ClusterModel) {
  return {
    ...summarizeCluster(cluster),
    LogUri: cluster.logUri?.replace(/^s3:/, 's3n:'),
    ReleaseLabel: cluster.releaseLabel,
    AutoTerminate: !cluster.keepAlive,
    TerminationProtected: cluster.terminationProtected,
    StepConcurrencyLevel: cluster.stepConcurrencyLevel,
    Tags: cluster.tags,
  }
}

/** ListSteps gives fewer fields than DescribeStep. */
export function listedStep(step: StepModel, fault: EmrFault | undefined) {
  const { Jar, Args = [], MainClass } = step.config.HadoopJarStep
  return {
    Id: step.id,
    Name: step.config.Name,
    Config: { Jar, Args, MainClass, Properties: {} },
    ActionOnFailure: step.config.ActionOnFailure ?? 'TERMINATE_CLUSTER',
    Status: {
      State: fault?.kind === 'unknown-state' && isActive(step) ? 'PREPARING' : step.state,
      StateChangeReason: {},
      FailureDetails: shownFailure(step),
      Timeline: {
        CreationDateTime: seconds(step.createdAt),
        StartDateTime: seconds(step.startedAt),
        EndDateTime: seconds(step.endedAt),
      },
    },
  }
}

function shownFailure(step: StepModel) {
  if (step.state !== 'FAILED') return undefined
  step.timesShown++
  const late = step.fault?.kind === 'late-failure-details' ? step.fault.answers : 0
  return step.timesShown > late ? step.failure : undefined
}
