import type { EmrSettings } from '../../../declare/emr.ts'
import type { EngineRun } from '../../../engine/external-resources.ts'
import { LakeError } from '../../../errors.ts'
import type { Storage } from '../../../storage/storage.ts'
import type { JobEnd, JobSubmission, Launcher, RunningJob } from '../launch/launcher.ts'
import { type EmrClock, emrClock } from './api/clock.ts'
import { consoleLink, logRoot } from './api/emr-messages.ts'
import type { ClusterOwners } from './clusters/cluster-owners.ts'
import { describe, type EmrAccess, openAccess } from './clusters/find-cluster.ts'
import type { Intents } from './clusters/intents.ts'
import { terminateOrphaned } from './clusters/orphaned-clusters.ts'
import { isSettled } from './clusters/recorded-clusters.ts'
import { type RunClusters, runClusters } from './clusters/run-clusters.ts'
import { clusterInstances } from './cost/cost-estimate.ts'
import { type ClusterInstances, costTracker } from './cost/cost-tracker.ts'
import { type EmrRun, stepRequest } from './emr-requests.ts'
import { cancelStep } from './steps/cancel-step.ts'
import { type CancelableStep, shutDown } from './steps/shutdown.ts'
import { stepLogTail } from './steps/step-log.ts'
import { type SubmittedStep, type Submitter, stepInterrupted, submitter } from './steps/submit-step.ts'

export interface EmrContext extends EmrRun {
  readonly intents: Intents
  readonly notes: ClusterOwners
  /** Dead runs whose clusters are this run's to use and to end. */
  readonly leftRuns: readonly string[]
  readonly notify: EngineRun['notify']
  /** Throws where the job is not the one that lake ships. Called before each submission. */
  readonly verifyJob?: () => Promise<void>
  readonly clock?: EmrClock
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
  const clock = context.clock ?? emrClock
  const cost = settings.prices && costTracker(settings.prices, context.notify)
  let turn: Promise<unknown> = Promise.resolve()
  let closed: Promise<void> | undefined

  function start(): Promise<Started> {
    startedAt ??= clock.now()
    started ??= startUp(settings, context, { signal: closing.signal, counted: cost && counted })
    return started
  }

  async function submit(job: JobSubmission): Promise<RunningJob> {
    const request = stepRequest(settings, context.job, job)
    if (closing.signal.aborted) throw stepInterrupted(job.name)
    await context.verifyJob?.()
    const { access, steps } = await start()
    const step = await steps.submit(request)
    let canceled: Promise<void> | undefined
    const cancel = async () => {
      if (step.isUnseen()) return
      canceled ??= cancelStep(access, step, graceMs)
      return canceled
    }
    jobs.push({ ...step, cancel })
    const where = `step ${step.step.Id} on cluster ${step.clusterId}, ${consoleLink(access.region, step.clusterId)}`
    const ended = step.ended.then((end) => withLog(end, step))
    return { where, found: step.found, ended, expectEnd: step.expectEnd, cancel, printed: () => placeOfLog(step) }
  }

  async function placeOfLog({ clusterId, step }: SubmittedStep): Promise<string | undefined> {
    const { access } = await start()
    const { logUri } = await describe(access, clusterId).catch(() => ({ logUri: undefined }))
    if (logUri === undefined) return undefined
    return `Its log is in ${logRoot(logUri)}/${clusterId}/steps/${step.Id}/ , within five minutes.`
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
  function counted(instances: ClusterInstances): void {
    if (startedAt !== undefined) cost?.counted(instances, clock.now() - startedAt)
  }

  async function countAll({ access, clusters }: Started): Promise<void> {
    const ids = await clusters.ours()
    if (ids.length === 0) return
    const counts = ids.map(async (id) => [id, await clusterInstances(access.api, id)] as const)
    counted(new Map(await Promise.all(counts)))
  }

  async function close(): Promise<void> {
    closing.abort()
    await turn
    const isPriced = cost !== undefined && started !== undefined
    const begun = await start().catch(() => undefined)
    // Where not even a region is known, nothing was made.
    if (!begun) return
    // Only told: what it takes must not keep clusters up, nor what fails of it.
    const lastCount = isPriced ? countAll(begun).catch(() => undefined) : undefined
    try {
      await shutDown({ ...begun, jobs, graceMs })
      await endNoted(begun)
    } catch (error) {
      await lastCount
      throw withCost(error, cost?.words())
    } finally {
      await lastCount
      begun.steps.stop()
      begun.access.api.close()
    }
  }

  /** What is left of it: clusters of dead runs that were not used, and the notes. */
  async function endNoted({ access }: Started): Promise<void> {
    const { runId, intents, notes, leftRuns, notify } = context
    if (await isSettled({ access, intents }, runId)) await notes.delete(runId)
    else notify({ type: 'run-warned', message: MAY_COME_UP })
    await terminateOrphaned(leftRuns, { access, intents, notes, notify })
  }

  return {
    name: 'emr',
    outlivesUs: true,
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

const MAY_COME_UP =
  "EMR's answer to a request for a cluster was lost, and a cluster that nobody uses may still come up. The next run looks for it, and ends it: " +
  'run lake materialize again within the hour, whether or not something is stale.'

/** Whoever reads that a cluster stays up wants to know what it costs. */
function withCost(error: unknown, cost: string | undefined): unknown {
  if (!(error instanceof LakeError) || cost === undefined) return error
  return new LakeError(error.code, `${error.message} So far the run has cost ${cost}.`, { cause: error })
}

interface Started {
  readonly access: EmrAccess
  readonly clusters: RunClusters
  readonly steps: Submitter
}

interface Starting {
  readonly signal: AbortSignal
  /** Undefined where nobody wants to know of instances. */
  readonly counted: ((instances: ClusterInstances) => void) | undefined
}

async function startUp(settings: EmrSettings, context: EmrContext, starting: Starting): Promise<Started> {
  const { clock = emrClock, random = Math.random, intents, notes, leftRuns } = context
  const { signal, counted } = starting
  const access = await openAccess(settings.region, { clock, random })
  const clusters = runClusters(settings, { access, intents, notes, run: context, leftRuns, signal })
  const pauseMs = (settings.pollSeconds ?? 15) * 1000
  const { executionRole } = settings
  const warn = (message: string) => context.notify({ type: 'run-warned', message })
  const steps = submitter({ access, clusters, intents, pauseMs, executionRole, signal, counted, warn })
  return { access, clusters, steps }
}
