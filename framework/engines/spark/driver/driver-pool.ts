/**
 * The Spark drivers of a run: starts them, adopts the drivers of killed runs, and runs steps on
 * them.
 */
import * as z from 'zod'
import type { SparkGranularity } from '../../../declare/project.ts'
import type { EngineRun } from '../../../engine/external-resources.ts'
import { LakeError } from '../../../errors.ts'
import type { Storage } from '../../../storage/storage.ts'
import { continued } from '../../../text/printable.ts'
import { redact } from '../../../text/redact.ts'
import type { JobEnd, Launcher } from '../launch/launcher.ts'
import type { Uris } from '../protocol/hadoop-uris.ts'
import { JobWatch, Mailbox, type StepWatch } from '../protocol/mailbox.ts'
import type { JobResult } from '../protocol/schema/results.ts'
import type { JobSpec } from '../protocol/schema/specs.ts'
import { Driver } from './driver.ts'
import { driverDirectory, driverScope, driverSubmission } from './driver-submission.ts'
import { clearRun, isWhole, type OrphanedDriver, orphanedDriver } from './orphaned-driver.ts'

/** Thrown if Spark refuses a query or a check. The message is Spark's. */
export class QueryFault extends Error {
  override readonly name = 'QueryFault'
}

export interface DriverPoolOptions {
  readonly lake: Storage
  readonly run: Pick<EngineRun, 'runId' | 'deadRuns' | 'notify'>
  readonly uris: Uris
  /** Maximum number of drivers on which a step is tried if they are lost. */
  readonly attempts: number
  readonly granularity: SparkGranularity
}

/**
 * Keeps drivers up and gives them steps: one driver for all steps of a run, or one for each asset,
 * which ends when no more steps come. If an earlier run was killed, this run adopts its drivers,
 * and its results for steps with the same spec.
 */
export class DriverPool {
  readonly #launcher: Launcher
  readonly #options: DriverPoolOptions
  /** Scope -> its driver. */
  readonly #drivers = new Map<string, Promise<Driver>>()
  /** Scope -> how many drivers this run has started for it. */
  readonly #started = new Map<string, number>()
  /** Scopes for which the drivers of dead runs have been looked for. */
  readonly #searched = new Set<string>()
  /** Drivers whose loss was reported. */
  readonly #reportedLosses = new WeakSet<Driver>()

  constructor(launcher: Launcher, options: DriverPoolOptions) {
    this.#launcher = launcher
    this.#options = options
  }

  /**
   * The value of the job's result. Throws a QueryFault if the step itself is wrong, a LakeError
   * `engine-failed` if Spark or its cluster failed, and the signal's reason after an abort.
   */
  async run(asset: string, spec: JobSpec, watch: StepWatch): Promise<unknown> {
    const scope = this.#scope(asset)
    for (let lost = 0; ; ) {
      const driver = await this.#driver(scope)
      const result = await driver.run(spec, watch)
      if (result) return resultValue(result)
      await this.#forget(scope, driver)
      const end = await driver.watch.ended
      // An idle driver can end just as it gets a step, and an adopted one can have ended before.
      const mayEnd = (end.kind === 'completed' && driver.hasServed) || driver.isAdopted
      if (!mayEnd) lost++
      const isRetried = mayEnd || (end.kind === 'lost' && lost < this.#options.attempts)
      if (end.kind === 'lost') this.#reportLoss(driver, end.message, isRetried)
      if (isRetried) continue
      throw await driverFailed(driver, end)
    }
  }

  /** Reports a lost driver once, even if several steps waited for it. */
  #reportLoss(driver: Driver, cause: string, isRetried: boolean): void {
    if (this.#reportedLosses.has(driver)) return
    this.#reportedLosses.add(driver)
    const next = isRetried ? 'Another driver does its work once more.' : 'Its work is not tried again.'
    this.#options.run.notify({ type: 'run-warned', message: `a Spark driver was lost: ${cause}\n${next}` })
  }

  /** Sends a step to the asset's driver, if there is one, and does not wait for its result. */
  async send(asset: string, spec: JobSpec): Promise<void> {
    const driver = await this.#drivers.get(this.#scope(asset))
    await driver?.send(spec)
  }

  #scope(asset: string): string {
    return driverScope(this.#options.granularity, asset)
  }

  #driver(scope: string): Promise<Driver> {
    const open = this.#drivers.get(scope)
    if (open) return open
    const driver = this.#adopt(scope).then((adopted) => adopted ?? this.#start(scope))
    this.#drivers.set(scope, driver)
    driver.catch(() => this.#drivers.delete(scope))
    return driver
  }

  /** Makes room for another driver. Only the first step that notices the driver's end does so. */
  async #forget(scope: string, driver: Driver): Promise<void> {
    const known = this.#drivers.get(scope)
    if (known && (await known) === driver && this.#drivers.get(scope) === known) this.#drivers.delete(scope)
  }

  async #start(scope: string): Promise<Driver> {
    const { runId } = this.#options.run
    const number = (this.#started.get(scope) ?? 0) + 1
    this.#started.set(scope, number)
    const mailbox = new Mailbox(this.#options.lake, driverDirectory(runId, scope, number))
    await mailbox.put('alive.json', { beat: 0 })
    return new Driver(mailbox, await this.#submit({ runId, scope, number }))
  }

  /**
   * A dead run's driver for the scope; undefined if there is none, or if drivers end with their
   * run.
   */
  async #adopt(scope: string): Promise<Driver | undefined> {
    const { lake, run } = this.#options
    if (!this.#launcher.outlivesRun || this.#searched.has(scope)) return undefined
    this.#searched.add(scope)
    for (const runId of run.deadRuns) {
      const orphan = await orphanedDriver(lake, runId, scope)
      if (!orphan) continue
      const watch = await this.#submit({ runId, scope, number: orphan.number })
      return new Driver(orphan.mailbox, watch, { names: orphan.steps, isUsable: this.#isUsable(orphan) })
    }
    return undefined
  }

  #isUsable(orphan: OrphanedDriver): (result: JobResult) => Promise<boolean> {
    const { lake, uris } = this.#options
    return (result) => isWhole(lake, orphan, result, (value) => locationsIn(value).map(uris.fromHadoop))
  }

  async #submit({ runId, scope, number }: DriverId): Promise<JobWatch> {
    const submission = driverSubmission({ ...this.#options, runId }, scope, number)
    const job = await this.#launcher.submit(submission)
    this.#options.run.notify({ type: 'job-placed', name: submission.name, where: job.where, takenUp: job.adopted })
    return new JobWatch(job)
  }

  async close(): Promise<void> {
    const { lake, run } = this.#options
    const drivers = await Promise.all([...this.#drivers.values()].map((driver) => driver.catch(() => undefined)))
    const stopped = await Promise.allSettled(drivers.map((driver) => driver?.stop()))
    // The launcher must end its cluster even if a driver could not be stopped.
    await this.#launcher.close()
    for (const stop of stopped) if (stop.status === 'rejected') throw stop.reason
    // Files that cannot be deleted here do no harm: no run reads them, and `lake vacuum` deletes
    // them later.
    for (const runId of [run.runId, ...run.deadRuns]) await clearRun(lake, runId).catch(() => undefined)
  }
}

/** Names a driver of this run or of a dead one. */
interface DriverId {
  readonly runId: string
  readonly scope: string
  readonly number: number
}

/** Prefers the failure that the driver itself wrote, since it is more exact than the launcher's. */
async function driverFailed(driver: Driver, end: JobEnd): Promise<LakeError> {
  const own = await driver.failure()
  const how = end.kind === 'completed' ? await endedWithoutResult(driver) : end.message
  const message = own
    ? `the Spark job failed, which is a bug of lake: ${own.message}\n${how}`
    : `Spark did not do the step: ${how}`
  return new LakeError('engine-failed', {
    problem: message,
    details: { traceback: own && redact(own.traceback) },
    transient: own === undefined,
  })
}

async function endedWithoutResult({ watch: { job } }: Driver): Promise<string> {
  const printed = await job.printed?.()
  return [`Spark (${job.where}) ended without a result.`, ...(printed === undefined ? [] : [printed])].join(' ')
}

/** The files in a step's result, as the job names them. */
function locationsIn(value: unknown): readonly string[] {
  const { data } = z.object({ files: z.array(z.object({ location: z.string() })) }).safeParse(value)
  return data?.files.map(({ location }) => location) ?? []
}

function resultValue(result: JobResult): unknown {
  switch (result.status) {
    case 'succeeded':
      return result.value
    case 'failed': {
      const { kind, message, traceback } = result.error
      if (kind === 'query') throw new QueryFault(continued(message))
      const what = kind === 'job' ? 'the Spark job failed, which is a bug of lake' : 'Spark failed'
      throw new LakeError('engine-failed', {
        problem: `${what}: ${continued(message)}`,
        details: { traceback: redact(traceback) },
        transient: kind !== 'job',
      })
    }
  }
}
