import { setTimeout as pause } from 'node:timers/promises'
import { LakeError } from '../../errors.ts'
import type { Storage } from '../../storage/storage.ts'
import { type JobResult, type JobSpec, jobResult } from './job-spec.ts'
import type { JobEnd, Launcher, RunningJob } from './launcher.ts'
import { SESSION_SETTINGS } from './session-settings.ts'
import type { Uris } from './uris.ts'

/** Does the steps of a run, whatever cluster and process they come to. */
export interface SparkJobs {
  /**
   * The value of the job's result. Throws a QueryFault where the step itself is wrong, a LakeError `engine-failed` where Spark or its cluster
   * failed, and the signal's reason.
   */
  run(asset: string, spec: JobSpec, signal: AbortSignal): Promise<unknown>
  close(): Promise<void>
}

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

/** A submission for each step. */
export class StepJobs implements SparkJobs {
  readonly #launcher: Launcher
  readonly #places: JobPlaces
  readonly #mailbox: Mailbox
  #steps = 0

  constructor(launcher: Launcher, places: JobPlaces) {
    this.#launcher = launcher
    this.#places = places
    this.#mailbox = new Mailbox(places.lake, `_lake/spark/${places.runId}`)
  }

  run(asset: string, spec: JobSpec, signal: AbortSignal): Promise<unknown> {
    return retried(this.#places.attempts, (attempt) => this.#attempt(asset, spec, { attempt, signal }))
  }

  async #attempt(asset: string, spec: JobSpec, { attempt, signal }: Attempt): Promise<Ending> {
    const { lake, runId, uris } = this.#places
    const name = `${this.#steps++}-${asset}`
    await this.#mailbox.put(`${name}.spec.json`, withSettings(spec))
    const uri = uris.toHadoop(lake.locate(`${this.#mailbox.directory}/${name}.spec.json`))
    const job = await this.#launcher.submit({
      name: `lake ${runId}/${asset}/${attempt}`,
      arguments: ['--spec', uri],
    })
    const watch = new JobWatch(job)
    return this.#mailbox.result(name, watch, signal).then(
      async (result) => (result ? { kind: 'result', result } : { kind: 'ended', job, end: await watch.ended }),
      async (error) => {
        await job.cancel()
        throw error
      },
    )
  }

  async close(): Promise<void> {
    await this.#launcher.close()
    await this.#mailbox.clear()
  }
}

const PULSE_MS = 30_000

/** One submission for all steps of the run: a driver that stays up. It starts with the first step. */
export class SessionJobs implements SparkJobs {
  readonly #launcher: Launcher
  readonly #places: JobPlaces
  #session: Promise<Session> | undefined
  #sessions = 0

  constructor(launcher: Launcher, places: JobPlaces) {
    this.#launcher = launcher
    this.#places = places
  }

  run(_asset: string, spec: JobSpec, signal: AbortSignal): Promise<unknown> {
    return retried(this.#places.attempts, async () => {
      this.#session ??= this.#start()
      const opened = this.#session
      const session = await opened
      const result = await session.run(spec, signal)
      if (result) return { kind: 'result', result }
      // Whoever notices first forgets the dead session, and the next step starts another.
      if (this.#session === opened) this.#session = undefined
      return { kind: 'ended', job: session.watch.job, end: await session.watch.ended }
    })
  }

  async #start(): Promise<Session> {
    const { lake, runId, uris } = this.#places
    this.#sessions++
    const mailbox = new Mailbox(lake, `_lake/spark/${runId}/session-${this.#sessions}`)
    await mailbox.put('alive.json', { beat: 0 })
    const job = await this.#launcher.submit({
      name: `lake ${runId}/session/${this.#sessions}`,
      arguments: ['--session', uris.toHadoop(lake.locate(mailbox.directory))],
    })
    return new Session(mailbox, new JobWatch(job))
  }

  async close(): Promise<void> {
    const session = await this.#session?.catch(() => undefined)
    await session?.stop()
    await this.#launcher.close()
    await new Mailbox(this.#places.lake, `_lake/spark/${this.#places.runId}`).clear()
  }
}

class Session {
  readonly watch: JobWatch
  readonly #mailbox: Mailbox
  readonly #pulse: NodeJS.Timeout
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
    return this.#mailbox.result(name, this.watch, signal).catch(async (error) => {
      await this.#mailbox.put(`${name}.cancel.json`, {})
      throw error
    })
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

interface Attempt {
  /** From 1. */
  readonly attempt: number
  readonly signal: AbortSignal
}

type Ending =
  | { readonly kind: 'result'; readonly result: JobResult }
  | { readonly kind: 'ended'; readonly job: RunningJob; readonly end: JobEnd }

async function retried(attempts: number, work: (attempt: number) => Promise<Ending>): Promise<unknown> {
  for (let attempt = 1; ; attempt++) {
    const ending = await work(attempt)
    if (ending.kind === 'result') return valueOf(ending.result)
    const { job, end } = ending
    if (end.kind === 'lost' && attempt < attempts) continue
    const said = end.kind === 'completed' ? 'it ended without a result' : end.message
    throw new LakeError('engine-failed', `Spark (${job.where}) did not do the step: ${said}`)
  }
}

function valueOf(result: JobResult): unknown {
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
