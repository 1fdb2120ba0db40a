import type { EmrSettings } from '../../../declare/emr.ts'
import type { Storage } from '../../../storage/storage.ts'
import type { JobEnd, JobSubmission, Launcher, RunningJob } from '../launcher.ts'
import { type Clock, systemClock } from './clock.ts'
import { emrApi } from './emr-api.ts'
import { callError, consoleLink, logRoot } from './emr-messages.ts'
import { type EmrRun, stepRequest } from './emr-requests.ts'
import { clusterInstances, costText, estimatedCost } from './estimated-cost.ts'
import { describe, type EmrAccess } from './find-cluster.ts'
import type { Intents } from './intents.ts'
import { type RunClusters, runClusters } from './run-clusters.ts'
import { type CancelableStep, endRun } from './run-ending.ts'
import { cancelStep } from './step-canceling.ts'
import { stepLogTail } from './step-log.ts'
import { interrupted, type SubmittedStep, type Submitter, submitter } from './submission.ts'

export interface EmrContext extends EmrRun {
  readonly intents: Intents
  readonly clock?: Clock
  /** From 0 up to 1, for jitter. */
  readonly random?: () => number
  /** Opens the place of the cluster's logs, an `s3://` URI. */
  readonly openLogs?: (uri: string) => Storage
}

/**
 * Runs each submission as a step of an EMR cluster: one that is up, or one that is made with the first submission and terminated by `close`.
 * As many steps run at once as the cluster's StepConcurrencyLevel allows; the others are PENDING there.
 */
export function emrLauncher(settings: EmrSettings, context: EmrContext): Launcher {
  const graceMs = (settings.cancelSeconds ?? 30) * 1000
  const closing = new AbortController()
  const jobs: CancelableStep[] = []
  let started: Promise<Started> | undefined
  let startedAt: number | undefined
  const clock = context.clock ?? systemClock
  let turn: Promise<unknown> = Promise.resolve()
  let closed: Promise<void> | undefined

  function start(): Promise<Started> {
    startedAt ??= clock.now()
    started ??= startUp(settings, context, closing.signal)
    return started
  }

  async function submit(job: JobSubmission): Promise<RunningJob> {
    const request = stepRequest(settings, context.job, job)
    if (closing.signal.aborted) throw interrupted(job.name)
    const { access, steps } = await start()
    const step = await steps.submit(request)
    let canceled: Promise<void> | undefined
    const cancel = () => {
      canceled ??= cancelStep(access, step, graceMs)
      return canceled
    }
    jobs.push({ ...step, cancel })
    const where = `step ${step.step.Id} on cluster ${step.clusterId}, ${consoleLink(access.region, step.clusterId)}`
    const ended = step.ended.then((end) => withLog(end, step))
    return { where, ended, expectEnd: step.expectEnd, cancel }
  }

  /** The log comes minutes later, if at all: what is there of it by now is for people to read, and changes nothing. */
  async function withLog(end: JobEnd, { clusterId, step }: SubmittedStep): Promise<JobEnd> {
    if (end.kind !== 'failed' || !context.openLogs) return end
    const { access } = await start()
    const { logUri } = await describe(access, clusterId).catch(() => ({ logUri: undefined }))
    if (logUri === undefined) return end
    const [tail] = await stepLogTail(context.openLogs(logRoot(logUri)), clusterId, step.Id ?? '', LOG_LINES)
    return tail ? { ...end, message: [end.message, `The end of ${tail.file}:`, ...tail.lines].join('\n  ') } : end
  }

  /** Of the clusters that the run made, from its first step until now. */
  async function costSoFar(): Promise<string | undefined> {
    if (!settings.prices || !started || startedAt === undefined) return undefined
    const { access, clusters } = await started
    const elapsed = clock.now() - startedAt
    const counts = await Promise.all((await clusters.ours()).map((id) => clusterInstances(access.api, id)))
    return costText(estimatedCost(counts.flat(), elapsed, settings.prices))
  }

  async function close(): Promise<void> {
    closing.abort()
    await turn
    const begun = await start().catch(() => undefined)
    // Where not even a region is known, nothing was made.
    if (!begun) return
    try {
      await endRun({ ...begun, jobs, graceMs })
    } finally {
      begun.steps.stop()
      begun.access.api.close()
    }
  }

  return {
    name: 'emr',
    outlivesUs: true,
    estimatedCost: () => costSoFar().catch(() => undefined),
    submit: (job) => {
      const submitted = turn.then(() => submit(job))
      turn = submitted.catch(() => undefined)
      return submitted
    },
    close: () => {
      closed ??= close()
      return closed
    },
  }
}

const LOG_LINES = 15

interface Started {
  readonly access: EmrAccess
  readonly clusters: RunClusters
  readonly steps: Submitter
}

async function startUp(settings: EmrSettings, context: EmrContext, signal: AbortSignal): Promise<Started> {
  const { clock = systemClock, random = Math.random, intents } = context
  const api = emrApi(settings.region)
  const region = await api.region().catch((error: unknown) => {
    throw callError('EMR cannot be called', error)
  })
  const access = { api, patience: { clock, random }, region }
  const clusters = runClusters(settings, { access, intents, run: context, signal })
  const pauseMs = (settings.pollSeconds ?? 15) * 1000
  const { executionRole } = settings
  return { access, clusters, steps: submitter({ access, clusters, intents, pauseMs, executionRole, signal }) }
}
