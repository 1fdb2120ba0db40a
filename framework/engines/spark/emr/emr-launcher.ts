/** Launches Spark drivers as steps of an EMR cluster, which it finds, or makes for the run. */
import type { EmrSettings } from '../../../declare/emr.ts'
import type { EngineRun } from '../../../engine/external-resources.ts'
import { LakeError } from '../../../errors.ts'
import type { Storage } from '../../../storage/storage.ts'
import type { JobSubmission, Launcher, RunningJob } from '../launch/launcher.ts'
import { type EmrClock, emrClock } from './api/clock.ts'
import { consoleLink } from './api/emr-messages.ts'
import type { ClusterOwners } from './clusters/cluster-owners.ts'
import { type EmrAccess, openAccess } from './clusters/find-cluster.ts'
import type { Intents } from './clusters/intents.ts'
import { terminateOrphaned } from './clusters/orphaned-clusters.ts'
import { isSettled } from './clusters/recorded-clusters.ts'
import type { RunClusters, RunClustersOptions } from './clusters/run-clusters.ts'
import { RunningCluster } from './clusters/running-cluster.ts'
import { TransientClusters } from './clusters/transient-clusters.ts'
import { clusterInstances } from './cost/cost-estimate.ts'
import { type ClusterInstances, CostTracker } from './cost/cost-tracker.ts'
import { type EmrRun, stepRequest } from './emr-requests.ts'
import { cancelStep } from './steps/cancel-step.ts'
import { type CancelableStep, shutDown } from './steps/shutdown.ts'
import { describeLogPlace, withLogTail } from './steps/step-log.ts'
import { StepSubmitter, type SubmittedStep, stepInterrupted } from './steps/submit-step.ts'

const CANCEL_SECONDS = 30
const POLL_SECONDS = 15

interface EmrContext extends EmrRun {
  readonly intents: Intents
  readonly owners: ClusterOwners
  /** Dead runs whose clusters this run uses and terminates. */
  readonly adoptedRuns: readonly string[]
  readonly notify: EngineRun['notify']
  /** Throws if the uploaded job is not the one that lake ships. Called before each submission. */
  readonly verifyJob?: () => Promise<void>
  readonly clock?: EmrClock
  /** From 0 up to 1, for jitter. */
  readonly random?: () => number
  /** Opens the storage of the cluster's logs, at an `s3://` URI. */
  readonly openLogs?: (uri: string) => Storage
}

/**
 * Runs each submission as a step of a cluster. A transient cluster is made with the first
 * submission and terminated by `close`. As many steps run at once as the cluster's
 * StepConcurrencyLevel allows; the others are PENDING.
 */
export const emrLauncher = (settings: EmrSettings, context: EmrContext): Launcher => new EmrLauncher(settings, context)

/** What the launcher opens for the first submission. */
interface OpenEmr {
  readonly access: EmrAccess
  readonly clusters: RunClusters
  readonly submitter: StepSubmitter
}

class EmrLauncher implements Launcher {
  readonly name = 'emr'
  readonly outlivesRun = true
  readonly #settings: EmrSettings
  readonly #context: EmrContext
  readonly #clock: EmrClock
  readonly #graceMs: number
  readonly #closing = new AbortController()
  readonly #cost: CostTracker | undefined
  readonly #steps: CancelableStep[] = []
  #opened: Promise<OpenEmr> | undefined
  /** When the run opened EMR: milliseconds since the epoch. */
  #openedAt: number | undefined
  /** The last submission. Each submission begins when the one before has settled. */
  #lastSubmission: Promise<unknown> = Promise.resolve()
  #closed: Promise<void> | undefined

  constructor(settings: EmrSettings, context: EmrContext) {
    this.#settings = settings
    this.#context = context
    this.#clock = context.clock ?? emrClock
    this.#graceMs = (settings.cancelSeconds ?? CANCEL_SECONDS) * 1000
    this.#cost = settings.prices && new CostTracker(settings.prices, context.notify)
  }

  submit(job: JobSubmission): Promise<RunningJob> {
    const submitted = this.#lastSubmission.then(() => this.#submit(job))
    this.#lastSubmission = submitted.catch(() => undefined)
    return submitted
  }

  close(): Promise<void> {
    this.#closed ??= this.#close()
    return this.#closed
  }

  async #submit(job: JobSubmission): Promise<RunningJob> {
    const request = stepRequest(this.#settings, this.#context.job, job)
    if (this.#closing.signal.aborted) throw stepInterrupted(job.name)
    await this.#context.verifyJob?.()
    const { access, submitter } = await this.#open()
    const step = this.#cancelable(access, await submitter.submit(job.name, request))
    this.#steps.push(step)
    return this.#runningJob(access, step)
  }

  #cancelable(access: EmrAccess, step: SubmittedStep): CancelableStep {
    let canceled: Promise<void> | undefined
    const cancel = async () => {
      if (step.polled.isUnseen()) return
      canceled ??= cancelStep(access, step, this.#graceMs)
      return canceled
    }
    return { ...step, cancel }
  }

  #runningJob(access: EmrAccess, step: CancelableStep): RunningJob {
    const { polled, clusterId, adopted, cancel } = step
    const { openLogs } = this.#context
    return {
      where: `step ${polled.id} on cluster ${clusterId}, ${consoleLink(access.region, clusterId)}`,
      adopted,
      ended: polled.ended.then((end) => (openLogs ? withLogTail(end, step, { access, openLogs }) : end)),
      expectEnd: () => polled.expectEnd(),
      cancel,
      printed: () => describeLogPlace(access, step),
    }
  }

  #open(): Promise<OpenEmr> {
    this.#openedAt ??= this.#clock.now()
    this.#opened ??= this.#openEmr()
    return this.#opened
  }

  async #openEmr(): Promise<OpenEmr> {
    const { random = Math.random, intents, owners, adoptedRuns, notify } = this.#context
    const { region, pollSeconds = POLL_SECONDS, executionRole } = this.#settings
    const { signal } = this.#closing
    const access = await openAccess(region, { clock: this.#clock, random })
    const clusters = openClusters(this.#settings, {
      ...{ access, intents, owners, run: this.#context, adoptedRuns, signal },
    })
    const submitter = new StepSubmitter({
      ...{ access, clusters, intents, executionRole, signal },
      pauseMs: pollSeconds * 1000,
      reportInstances: this.#cost && ((instances) => this.#updateCost(instances)),
      warn: (message) => notify({ type: 'run-warned', message }),
      reportState: (name, state) => notify({ type: 'job-changed', name, state }),
    })
    return { access, clusters, submitter }
  }

  async #close(): Promise<void> {
    this.#closing.abort()
    await this.#lastSubmission
    const isPriced = this.#cost !== undefined && this.#opened !== undefined
    const opened = await this.#open().catch(() => undefined)
    // If not even the region is known, the run has created nothing.
    if (!opened) return
    // The count runs in parallel with the shutdown. Neither its duration nor its failure can keep
    // clusters up.
    const lastCount = isPriced ? this.#countInstances(opened).catch(() => undefined) : undefined
    try {
      await shutDown({ ...opened, steps: this.#steps, graceMs: this.#graceMs })
      await this.#endOwnership(opened)
    } catch (error) {
      await lastCount
      throw withCost(error, this.#cost?.lastReport)
    } finally {
      await lastCount
      opened.submitter.stop()
      opened.access.api.close()
    }
  }

  /**
   * Terminates the clusters that are left of the adopted runs, and removes the record of this run's
   * clusters.
   */
  async #endOwnership({ access }: OpenEmr): Promise<void> {
    const { runId, intents, owners, adoptedRuns, notify } = this.#context
    if (await isSettled({ access, intents }, runId)) await owners.delete(runId)
    else notify({ type: 'run-warned', message: MAY_COME_UP })
    await terminateOrphaned(adoptedRuns, { access, intents, owners, notify })
  }

  #updateCost(instances: ClusterInstances): void {
    if (this.#openedAt !== undefined) this.#cost?.update(instances, this.#clock.now() - this.#openedAt)
  }

  async #countInstances({ access, clusters }: OpenEmr): Promise<void> {
    const ids = await clusters.ours()
    if (ids.length === 0) return
    const counts = ids.map(async (id) => [id, await clusterInstances(access.api, id)] as const)
    this.#updateCost(new Map(await Promise.all(counts)))
  }
}

function openClusters({ cluster = { kind: 'transient' } }: EmrSettings, options: RunClustersOptions): RunClusters {
  switch (cluster.kind) {
    case 'running':
      return new RunningCluster(cluster, options)
    case 'transient':
      return new TransientClusters(cluster, options)
  }
}

const MAY_COME_UP =
  "EMR's answer to a request for a cluster was lost, so a cluster that no run uses may still come up. The next run looks for it and terminates it: " +
  'run `lake materialize` again within the hour, even if nothing is stale.'

/** Adds the cost of the run, which matters to a user whose cluster stays up. */
function withCost(error: unknown, cost: string | undefined): unknown {
  if (!(error instanceof LakeError) || cost === undefined) return error
  return error.with({ problem: `${error.problem}. So far the run has cost ${cost}` })
}
