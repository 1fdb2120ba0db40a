/**
 * Reads and writes a mailbox: the directory of the lake through which the coordinator and a Spark
 * driver exchange specs and results.
 */
import { createHash } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import * as z from 'zod'
import { LakeError } from '../../../errors.ts'
import { isLocal } from '../../../storage/is-local.ts'
import type { Storage } from '../../../storage/storage.ts'
import { type DocumentFormat, readDocument } from '../../../storage/stored-document.ts'
import { MIB } from '../../../storage/units.ts'
import type { JobEnd, RunningJob } from '../launch/launcher.ts'
import { type JobError, type JobProgress, type JobResult, jobError, jobProgress, jobResult } from './schema/results.ts'
import { type JobSpec, jobSpec, type SpecInMailbox } from './schema/specs.ts'
import { SESSION_SETTINGS } from './session-settings.ts'

/**
 * Maximum size of a stored document, in bytes. A result has about 1 kB for each written file and
 * each refused line.
 */
const MAX_BYTES = 512 * MIB

/** Keeps unknown fields, because specs are compared by their text. */
const SPEC: DocumentFormat<JobSpec> = {
  schema: z.custom<JobSpec>((spec) => jobSpec.safeParse(spec).success),
  mostBytes: MAX_BYTES,
}

/** Maximum size of a document with progress, in bytes. */
const MAX_PROGRESS_BYTES = 1_000
/** Minimum time between two reads of the progress, in milliseconds. */
const PROGRESS_EVERY_MS = 3_000

/** Pauses between two reads of a result. They grow from the minimum to the maximum. */
const MIN_PAUSE_MS = 30
const MAX_LOCAL_PAUSE_MS = 50
const MAX_PAUSE_MS = 1_000

/** A submission, and whether it has ended. */
export class JobWatch {
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

/** How a caller waits for a step. */
export interface StepWatch {
  readonly signal: AbortSignal
  readonly progress?: ((progress: JobProgress) => void) | undefined
}

/** Holds specs and results of one driver, as `N.spec.json` and `N.result.json`. */
export class Mailbox {
  readonly #lake: Storage
  readonly #maxPause: number
  readonly directory: string

  constructor(lake: Storage, directory: string) {
    this.#lake = lake
    this.directory = directory
    this.#maxPause = isLocal(lake) ? MAX_LOCAL_PAUSE_MS : MAX_PAUSE_MS
  }

  put(name: string, content: unknown): Promise<void> {
    return this.#lake.put(`${this.directory}/${name}`, JSON.stringify(content))
  }

  putSpec(name: string, spec: JobSpec): Promise<void> {
    const inMailbox: SpecInMailbox = { ...spec, settings: SESSION_SETTINGS }
    return this.put(`${name}.spec.json`, inMailbox)
  }

  /**
   * Waits for the step's result, and reports its progress meanwhile. Undefined if the driver has
   * ended without one.
   */
  async result(name: string, watch: JobWatch, { signal, progress }: StepWatch): Promise<JobResult | undefined> {
    let wait = MIN_PAUSE_MS
    let lookAt = Date.now() + PROGRESS_EVERY_MS
    for (;;) {
      signal.throwIfAborted()
      // Read before the result, because the driver can write a result just before it ends.
      const { hasEnded } = watch
      const result = await this.resultNow(name)
      if (result || hasEnded) return result
      if (progress && Date.now() >= lookAt) {
        lookAt = Date.now() + PROGRESS_EVERY_MS
        const reported = await this.#progressOf(name)
        if (reported) progress(reported)
      }
      wait = Math.min(this.#maxPause, wait * 1.3)
      await Promise.race([pause(wait, undefined, { signal }).catch(() => undefined), watch.ended])
    }
  }

  async resultNow(name: string): Promise<JobResult | undefined> {
    return this.#read(`${name}.result.json`, jobResult)
  }

  /** Undefined if the document cannot be read: nothing depends on the progress. */
  async #progressOf(name: string): Promise<JobProgress | undefined> {
    const format = { schema: jobProgress, mostBytes: MAX_PROGRESS_BYTES }
    const read = readDocument(this.#lake, `${this.directory}/${name}.progress.json`, format)
    const stored = await read.catch(() => undefined)
    return stored?.kind === 'read' ? stored.value : undefined
  }

  /** Why the driver failed outside of any step; undefined if it did not. */
  async failure(): Promise<JobError | undefined> {
    return this.#read('failed.json', jobError)
  }

  /** Identity of a spec -> the name of its step. */
  async steps(): Promise<ReadonlyMap<string, string>> {
    const names = await this.#lake.names(this.directory)
    const steps = names.flatMap((name) => /^(\d+)\.spec\.json$/.exec(name)?.[1] ?? [])
    const named = await Promise.all(
      steps.map(async (step) => {
        const spec = await readDocument(this.#lake, `${this.directory}/${step}.spec.json`, SPEC)
        // A damaged spec has an identity that no other spec has, but its name is in use.
        return [spec.kind === 'read' ? identityOf(spec.value) : `damaged ${step}`, step] as const
      }),
    )
    return new Map(named)
  }

  /** Throws `engine-failed`, naming the file, if it is damaged. */
  async #read<Value>(name: string, schema: z.ZodType<Value>): Promise<Value | undefined> {
    const stored = await readDocument(this.#lake, `${this.directory}/${name}`, { schema, mostBytes: MAX_BYTES })
    if (stored.kind === 'refused')
      throw new LakeError('engine-failed', { problem: stored.reason, remedy: 'Run the command again.' })
    return stored.kind === 'read' ? stored.value : undefined
  }
}

/**
 * Two specs that give the same result have the same identity, even in different runs. A spec names
 * every file that it reads; only its output directory and its settings can differ between runs.
 */
export function identityOf(spec: JobSpec): string {
  const text = JSON.stringify(spec, (name, value) => (name === 'directory' || name === 'settings' ? undefined : value))
  return createHash('sha256').update(text).digest('hex')
}
