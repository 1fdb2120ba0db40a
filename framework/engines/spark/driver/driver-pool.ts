import * as z from 'zod'
import type { SparkGranularity } from '../../../declare/project.ts'
import type { EngineRun } from '../../../engine/external-resources.ts'
import { LakeError } from '../../../errors.ts'
import type { Storage } from '../../../storage/storage.ts'
import { continued } from '../../../text/printable.ts'
import { redact } from '../../../text/redact.ts'
import type { JobEnd, Launcher } from '../launch/launcher.ts'
import type { Uris } from '../protocol/hadoop-uris.ts'
import type { JobResult, JobSpec } from '../protocol/job-spec.ts'
import { JobWatch, Mailbox } from '../protocol/mailbox.ts'
import { Driver } from './driver.ts'
import { driverDirectory, driverScope, driverSubmission } from './driver-submission.ts'
import { clearRun, isWhole, type OrphanedDriver, orphanedDriver } from './orphaned-driver.ts'

/** Spark's message about a query or a check that it refuses. */
export class QueryFault extends Error {
  override readonly name = 'QueryFault'
}

export interface JobPlaces {
  readonly lake: Storage
  readonly run: Pick<EngineRun, 'runId' | 'deadRuns' | 'notify'>
  readonly uris: Uris
  /** How often a step is tried whose cluster or driver was lost. */
  readonly attempts: number
  readonly granularity: SparkGranularity
}

/**
 * Drivers that stay up and take steps: one for all of a run's, or one an asset, which ends when there is nothing more to do for it. Where a run
 * was killed, the next one goes on with the driver that it left, and takes the results of steps that ask for the same.
 */
export class DriverPool {
  readonly #launcher: Launcher
  readonly #places: JobPlaces
  readonly #sessions = new Map<string, Promise<Driver>>()
  readonly #started = new Map<string, number>()
  /** Scopes for which the drivers of dead runs have been looked for. */
  readonly #lookedFor = new Set<string>()
  /** Sessions whose loss was told. */
  readonly #losses = new WeakSet<Driver>()

  constructor(launcher: Launcher, places: JobPlaces) {
    this.#launcher = launcher
    this.#places = places
  }

  /**
   * The value of the job's result. Throws a QueryFault where the step itself is wrong, a LakeError `engine-failed` where Spark or its cluster
   * failed, and the signal's reason.
   */
  async run(asset: string, spec: JobSpec, signal: AbortSignal): Promise<unknown> {
    const scope = this.#scope(asset)
    for (let lost = 0; ; ) {
      const session = await this.#session(scope)
      const result = await session.run(spec, signal)
      if (result) return resultValue(result)
      await this.#forget(scope, session)
      const end = await session.watch.ended
      // A driver that had nothing to do may end in the moment in which it is given something; one that was taken up may have ended before.
      const mayEnd = (end.kind === 'completed' && session.hasServed) || session.isTakenUp
      if (!mayEnd) lost++
      const isRetried = mayEnd || (end.kind === 'lost' && lost < this.#places.attempts)
      if (end.kind === 'lost') this.#tellLoss(session, end.message, isRetried)
      if (isRetried) continue
      throw await driverFailed(session, end)
    }
  }

  /** Once, however many steps waited for it. */
  #tellLoss(session: Driver, cause: string, isRetried: boolean): void {
    if (this.#losses.has(session)) return
    this.#losses.add(session)
    const next = isRetried
      ? 'What it was doing is done once more, by another one.'
      : 'What it was doing is not tried again.'
    this.#places.run.notify({ type: 'run-warned', message: `a Spark driver was lost: ${cause}\n${next}` })
  }

  /** Gives a driver that is there something to do of which nothing has to be known. */
  async tell(asset: string, spec: JobSpec): Promise<void> {
    const session = await this.#sessions.get(this.#scope(asset))
    await session?.tell(spec)
  }

  #scope(asset: string): string {
    return driverScope(this.#places.granularity, asset)
  }

  #session(scope: string): Promise<Driver> {
    const open = this.#sessions.get(scope)
    if (open) return open
    const session = this.#takeUp(scope).then((taken) => taken ?? this.#start(scope))
    this.#sessions.set(scope, session)
    session.catch(() => this.#sessions.delete(scope))
    return session
  }

  /** Whoever notices first that the session is dead makes room for another. */
  async #forget(scope: string, session: Driver): Promise<void> {
    const known = this.#sessions.get(scope)
    if (known && (await known) === session && this.#sessions.get(scope) === known) this.#sessions.delete(scope)
  }

  async #start(scope: string): Promise<Driver> {
    const { runId } = this.#places.run
    const number = (this.#started.get(scope) ?? 0) + 1
    this.#started.set(scope, number)
    const mailbox = new Mailbox(this.#places.lake, driverDirectory(runId, scope, number))
    await mailbox.put('alive.json', { beat: 0 })
    return new Driver(mailbox, await this.#submit({ runId, scope, number }))
  }

  /** The driver of a dead run, if it had one for the same. */
  async #takeUp(scope: string): Promise<Driver | undefined> {
    const { lake, run } = this.#places
    if (!this.#launcher.outlivesUs || this.#lookedFor.has(scope)) return undefined
    this.#lookedFor.add(scope)
    for (const runId of run.deadRuns) {
      const left = await orphanedDriver(lake, runId, scope)
      if (!left) continue
      const watch = await this.#submit({ runId, scope, number: left.number })
      return new Driver(left.mailbox, watch, { steps: left.steps, isUsable: this.#usable(left) })
    }
    return undefined
  }

  #usable(left: OrphanedDriver): (result: JobResult) => Promise<boolean> {
    const { lake, uris } = this.#places
    return (result) => isWhole(lake, left, result, (value) => locationsIn(value).map(uris.fromHadoop))
  }

  async #submit({ runId, scope, number }: DriverOf): Promise<JobWatch> {
    const submission = driverSubmission({ ...this.#places, runId }, scope, number)
    const job = await this.#launcher.submit(submission)
    this.#places.run.notify({ type: 'job-placed', name: submission.name, where: job.where, takenUp: job.found })
    return new JobWatch(job)
  }

  async close(): Promise<void> {
    const { lake, run } = this.#places
    const opened = await Promise.all([...this.#sessions.values()].map((session) => session.catch(() => undefined)))
    const stopped = await Promise.allSettled(opened.map((session) => session?.stop()))
    // Whatever became of the drivers: a cluster must not stay up because one of them could not be stopped.
    await this.#launcher.close()
    for (const stop of stopped) if (stop.status === 'rejected') throw stop.reason
    // What is left of it concerns nobody, and `lake vacuum` takes it away.
    for (const runId of [run.runId, ...run.deadRuns]) await clearRun(lake, runId).catch(() => undefined)
  }
}

/** The driver that a run, this one or a dead one, started for a scope. */
interface DriverOf {
  readonly runId: string
  readonly scope: string
  readonly number: number
}

/** What the driver itself has left says more than its launcher can know. */
async function driverFailed(session: Driver, end: JobEnd): Promise<LakeError> {
  const own = await session.failure()
  const how = end.kind === 'completed' ? await endedWithoutResult(session) : end.message
  const told = own
    ? `the Spark job failed, which is a bug of lake: ${own.message}\n${how}`
    : `Spark did not do the step: ${how}`
  return new LakeError('engine-failed', told, { details: { traceback: own && redact(own.traceback) } })
}

async function endedWithoutResult({ watch: { job } }: Driver): Promise<string> {
  const printed = await job.printed?.()
  return [`Spark (${job.where}) ended without a result.`, ...(printed === undefined ? [] : [printed])].join(' ')
}

/** The files that a step wrote, as the job names them. */
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
      throw new LakeError('engine-failed', `${what}: ${continued(message)}`, {
        details: { traceback: redact(traceback) },
      })
    }
  }
}
