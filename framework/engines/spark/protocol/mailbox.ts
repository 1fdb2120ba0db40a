import { createHash } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import * as z from 'zod'
import { LakeError } from '../../../errors.ts'
import { isLocal } from '../../../storage/is-local.ts'
import type { Storage } from '../../../storage/storage.ts'
import { type DocumentFormat, readDocument } from '../../../storage/stored-document.ts'
import type { JobEnd, RunningJob } from '../launch/launcher.ts'
import {
  type JobError,
  type JobResult,
  type JobSpec,
  jobError,
  jobResult,
  jobSpec,
  type SpecInMailbox,
} from './job-spec.ts'
import { SESSION_SETTINGS } from './session-settings.ts'

/** A result has about a kilobyte for each file that was written, and as much for each refused line. */
const MOST_BYTES = 512 * 1024 * 1024

/** What a spec asks for is compared by its text, so that the text stays as it is. */
const SPEC: DocumentFormat<JobSpec> = {
  schema: z.custom<JobSpec>((spec) => jobSpec.safeParse(spec).success),
  mostBytes: MOST_BYTES,
}

const SHORTEST_PAUSE_MS = 30
const LONGEST_LOCAL_PAUSE_MS = 200
const LONGEST_PAUSE_MS = 1_000

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

/** Specs and results beside each other in a directory of the lake, in which a driver looks: `N.spec.json`, `N.result.json`. */
export class Mailbox {
  readonly #lake: Storage
  readonly #longestPause: number
  readonly directory: string

  constructor(lake: Storage, directory: string) {
    this.#lake = lake
    this.directory = directory
    this.#longestPause = isLocal(lake) ? LONGEST_LOCAL_PAUSE_MS : LONGEST_PAUSE_MS
  }

  put(name: string, content: unknown): Promise<void> {
    return this.#lake.put(`${this.directory}/${name}`, JSON.stringify(content))
  }

  putSpec(name: string, spec: JobSpec): Promise<void> {
    const inMailbox: SpecInMailbox = { ...spec, settings: SESSION_SETTINGS }
    return this.put(`${name}.spec.json`, inMailbox)
  }

  /** The result of the step of this name, or undefined where there is none when the driver has ended. */
  async result(name: string, watch: JobWatch, signal: AbortSignal): Promise<JobResult | undefined> {
    let wait = SHORTEST_PAUSE_MS
    for (;;) {
      signal.throwIfAborted()
      // Asked before the result is looked for, which may be written just before the end.
      const { hasEnded } = watch
      const result = await this.resultNow(name)
      if (result || hasEnded) return result
      wait = Math.min(this.#longestPause, wait * 1.3)
      await Promise.race([pause(wait, undefined, { signal }).catch(() => undefined), watch.ended])
    }
  }

  async resultNow(name: string): Promise<JobResult | undefined> {
    return this.#read(`${name}.result.json`, jobResult)
  }

  /** What a driver that failed outside of any step has left. */
  async failure(): Promise<JobError | undefined> {
    return this.#read('failed.json', jobError)
  }

  /** The steps that were put here, by what they ask for. */
  async steps(): Promise<ReadonlyMap<string, string>> {
    const names = await this.#lake.names(this.directory)
    const steps = names.flatMap((name) => /^(\d+)\.spec\.json$/.exec(name)?.[1] ?? [])
    const asked = await Promise.all(
      steps.map(async (step) => {
        const spec = await readDocument(this.#lake, `${this.directory}/${step}.spec.json`, SPEC)
        // Nobody asks for what a damaged spec asks for, but its name is taken.
        return [spec.kind === 'read' ? identityOf(spec.value) : `damaged ${step}`, step] as const
      }),
    )
    return new Map(asked)
  }

  /** Throws `engine-failed`, naming the file, where it is damaged. */
  async #read<Value>(name: string, schema: z.ZodType<Value>): Promise<Value | undefined> {
    const stored = await readDocument(this.#lake, `${this.directory}/${name}`, { schema, mostBytes: MOST_BYTES })
    if (stored.kind === 'damaged') throw new LakeError('engine-failed', `${stored.why}. Run the command again.`)
    return stored.kind === 'read' ? stored.value : undefined
  }
}

/**
 * The same for two specs that ask for the same rows: of all that is in a spec only the directory of its output is the run's own. What is read is in
 * it to the file, so that an equal spec has an equal result, whenever it was asked for.
 */
export function identityOf(spec: JobSpec): string {
  const text = JSON.stringify(spec, (name, value) => (name === 'directory' || name === 'settings' ? undefined : value))
  return createHash('sha256').update(text).digest('hex')
}
