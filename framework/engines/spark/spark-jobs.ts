import { setTimeout as pause } from 'node:timers/promises'
import type { SparkGranularity } from '../../declare/project.ts'
import { LakeError } from '../../errors.ts'
import type { Storage } from '../../storage/storage.ts'
import { type JobResult, type JobSpec, jobResult } from './job-spec.ts'
import type { JobEnd, Launcher, RunningJob } from './launcher.ts'
import { SESSION_SETTINGS } from './session-settings.ts'
import type { Uris } from './uris.ts'

/** Spark's message about a query or a check that it refuses. */
export class QueryFault extends Error {
  override readonly name = 'QueryFault'
}

export interface JobPlaces {
  readonly lake: Storage
  readonly runId: string
  readonly uris: Uris
  /** How often a step is tried whose cluster or driver was lost. */
  readonly attempts: number
  readonly granularity: SparkGranularity
}

const SHORTEST_PAUSE_MS = 30
const LONGEST_LOCAL_PAUSE_MS = 200
const LONGEST_PAUSE_MS = 1_000

/** Specs and results beside each other in a directory of the lake, in which the job looks. */
class Mailbox {
  readonly #lake: Storage
  readonly #longestPause: number
  readonly directory: string

  constructor(lake: Storage, directory: string) {
    this.#lake = lake
    this.directory = directory
    this.#longestPause = lake.uri.includes('://') ? LONGEST_PAUSE_MS : LONGEST_LOCAL_PAUSE_MS
  }

  put(name: string, content: unknown): Promise<void> {
    return this.#lake.put(`${this.directory}/${name}`, JSON.stringify(content))
  }

  /** The result of the step of this name, or undefined where there is none when `job` has ended. */
  async result(name: string, job: JobWatch, signal: AbortSignal): Promise<JobResult | undefined> {
    let wait = SHORTEST_PAUSE_MS
    for (;;) {
      signal.throwIfAborted()
      // Asked before the result is looked for, which may be written just before the end.
      const { hasEnded } = job
      const stored = await this.#lake.read(`${this.directory}/${name}.result.json`)
      if (stored) return jobResult.parse(JSON.parse(Buffer.from(stored.body).toString()))
      if (hasEnded) return undefined
      wait = Math.min(this.#longestPause, wait * 1.3)
      await Promise.race([pause(wait, undefined, { signal }).catch(() => undefined), job.ended])
    }
  }

  async clear(): Promise<void> {
    for (const { path } of await this.#lake.list(this.directory)) await this.#lake.delete(path)
  }
}

/** A submission, and whether it has ended. */
class JobWatch {
  readonly job: RunningJob
  readonly ended: Promise<JobEnd>
  hasEnded = false

  constructor(job: RunningJob) {
    this.job = job
    this.ended = job.ended.then((end) => {
      this.hasEnded = true
      return end
    })
  }
}

const PULSE_MS = 30_000

/** Drivers that stay up and take steps: one for all of a run's, or one an asset, which ends when there is nothing more to do for it. */
export class SparkJobs {
  readonly #launcher: Launcher
  readonly #places: JobPlaces
  readonly #sessions = new Map<string, Promise<Session>>()
  readonly #started = new Map<string, number>()

  constructor(launcher: Launcher, places: JobPlaces) {
    this.#launcher = launcher
    this.#places = places
  }

  /**
   * The value of the job's result. Throws a QueryFault where the step itself is wrong, a LakeError `engine-failed` where Spark or its cluster
   * failed, and the signal's reason.
   */
  async run(asset: string, spec: JobSpec, signal: AbortSignal): Promise<unknown> {
    const scope = this.#places.granularity === 'session' ? 'session' : asset
    for (let lost = 0; ; ) {
      const session = await this.#session(scope)
      const result = await session.run(spec, signal)
      if (result) return resultValue(result)
      this.#forget(scope, session)
      const end = await session.watch.ended
      // A driver that had nothing to do may end in the moment in which it is given something.
      if (end.kind === 'completed' && session.hasServed) continue
      lost++
      if (end.kind === 'lost' && lost < this.#places.attempts) continue
      const said = end.kind === 'completed' ? 'it ended without a result' : end.message
      throw new LakeError('engine-failed', `Spark (${session.watch.job.where}) did not do the step: ${said}`)
    }
  }

  #session(scope: string): Promise<Session> {
    const open = this.#sessions.get(scope)
    if (open) return open
    const session = this.#start(scope)
    this.#sessions.set(scope, session)
    session.catch(() => this.#sessions.delete(scope))
    return session
  }

  /** Whoever notices first that the session is dead makes room for another. */
  async #forget(scope: string, session: Session): Promise<void> {
    const known = this.#sessions.get(scope)
    if (known && (await known) === session && this.#sessions.get(scope) === known) this.#sessions.delete(scope)
  }

  async #start(scope: string): Promise<Session> {
    const { lake, runId, uris, granularity } = this.#places
    const number = (this.#started.get(scope) ?? 0) + 1
    this.#started.set(scope, number)
    const mailbox = new Mailbox(lake, `_lake/spark/${runId}/${scope}-${number}`)
    await mailbox.put('alive.json', { beat: 0 })
    const job = await this.#launcher.submit({
      name: `lake ${runId}/${scope}/${number}`,
      arguments: [
        ...['--session', uris.toHadoop(lake.locate(mailbox.directory))],
        ...(granularity === 'step' ? ['--idle', String(IDLE_SECONDS)] : []),
      ],
    })
    return new Session(mailbox, new JobWatch(job))
  }

  async close(): Promise<void> {
    const sessions = await Promise.all([...this.#sessions.values()].map((opened) => opened.catch(() => undefined)))
    await Promise.all(sessions.map((session) => session?.stop()))
    await this.#launcher.close()
    await new Mailbox(this.#places.lake, `_lake/spark/${this.#places.runId}`).clear()
  }
}

class Session {
  readonly watch: JobWatch
  readonly #mailbox: Mailbox
  readonly #pulse: NodeJS.Timeout
  /** Whether it has ever given a result. */
  hasServed = false
  #steps = 0
  #beats = 0

  constructor(mailbox: Mailbox, watch: JobWatch) {
    this.#mailbox = mailbox
    this.watch = watch
    // The driver ends by itself when it has not heard of anybody for a while.
    this.#pulse = setInterval(() => {
      this.#mailbox.put('alive.json', { beat: ++this.#beats }).catch(() => undefined)
    }, PULSE_MS)
    this.#pulse.unref()
    watch.ended.then(() => clearInterval(this.#pulse))
  }

  async run(spec: JobSpec, signal: AbortSignal): Promise<JobResult | undefined> {
    const name = String(this.#steps++)
    await this.#mailbox.put(`${name}.spec.json`, withSettings(spec))
    const result = await this.#mailbox.result(name, this.watch, signal).catch(async (error) => {
      await this.#mailbox.put(`${name}.cancel.json`, {})
      throw error
    })
    this.hasServed ||= result !== undefined
    return result
  }

  async stop(): Promise<void> {
    clearInterval(this.#pulse)
    if (!this.watch.hasEnded) await this.#mailbox.put('stop.json', {})
    const gone = await Promise.race([this.watch.ended.then(() => true), pause(STOP_MS, false, { ref: false })])
    if (!gone) await this.watch.job.cancel()
  }
}

/** A driver that was told to stop and has nothing to do is gone by then. */
const STOP_MS = 15_000

/** What follows in an asset's step comes sooner. */
const IDLE_SECONDS = 5

function resultValue(result: JobResult): unknown {
  switch (result.status) {
    case 'succeeded':
      return result.value
    case 'canceled':
      throw new LakeError('engine-failed', 'Spark canceled the step. Run the command again.')
    case 'failed': {
      const { kind, message, traceback } = result.error
      if (kind === 'query') throw new QueryFault(message)
      const what = kind === 'job' ? 'the Spark job failed, which is a bug of lake' : 'Spark failed'
      throw new LakeError('engine-failed', `${what}: ${message}`, { details: { traceback } })
    }
  }
}

const withSettings = (spec: JobSpec) => ({ ...spec, settings: SESSION_SETTINGS })
