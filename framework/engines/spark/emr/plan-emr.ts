/** Makes the EMR requests that `lake emr plan` prints. */
import type { AddJobFlowStepsInput, RunJobFlowInput } from '@aws-sdk/client-emr'
import type { RunningEmrCluster } from '../../../declare/emr.ts'
import type { EmrEngineSettings } from '../../../declare/project.ts'
import type { Storage } from '../../../storage/storage.ts'
import { driverScope, driverSubmission } from '../driver/driver-submission.ts'
import { hadoopUris } from '../protocol/hadoop-uris.ts'
import { emrPlan } from './emr-requests.ts'
import { emrGranularity, filesOfJob, requireS3 } from './open-emr.ts'
import { uploadedJob } from './upload-job.ts'

/** In the order in which a run sends them. */
interface EmrRequests {
  /** Null if the run uses a running cluster, or submits no step. */
  readonly runJobFlow: RunJobFlowInput | null
  /** One call for each step. Angle brackets mark values that only EMR knows. */
  readonly addJobFlowSteps: readonly AddJobFlowStepsInput[]
}

interface PlannedRun {
  readonly runId: string
  /** Keys of the assets that the run has a step for, in the order of the steps. */
  readonly assets: readonly string[]
}

/**
 * The requests of a run whose steps all succeed. Sends nothing. Throws `config` for a lake that is
 * not on S3, and for a step that is longer than EMR allows.
 */
export function planEmr(settings: EmrEngineSettings, lake: Storage, { runId, assets }: PlannedRun): EmrRequests {
  requireS3(lake)
  const granularity = emrGranularity(settings)
  const scopes = [...new Set(assets.map((asset) => driverScope(granularity, asset)))]
  const options = { lake, runId, uris: hadoopUris('s3'), granularity }
  const jobs = scopes.map((scope) => driverSubmission(options, scope, 1))
  const job = uploadedJob(lake, filesOfJob())
  const { cluster, steps } = emrPlan(settings, { runId, job, lakeUri: lake.uri }, jobs)
  const role = settings.executionRole === undefined ? {} : { ExecutionRoleArn: settings.executionRole }
  const JobFlowId = clusterIdOf(settings)
  return {
    runJobFlow: (steps.length > 0 && cluster) || null,
    addJobFlowSteps: steps.map((step) => ({ JobFlowId, Steps: [step], ...role })),
  }
}

function clusterIdOf({ cluster }: EmrEngineSettings): string {
  return cluster?.kind === 'running' ? runningId(cluster) : '<the new cluster>'
}

function runningId({ clusterId, name, tag }: RunningEmrCluster): string {
  if (clusterId !== undefined) return clusterId
  return tag ? `<the cluster with the tag ${tag.key}=${tag.value}>` : `<the cluster with the name ${name}>`
}
