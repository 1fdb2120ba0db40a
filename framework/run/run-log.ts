/** Stores a run's events in the lake, and reads the events of past runs. */
import { LakeError } from '../errors.ts'
import type { Storage } from '../storage/storage.ts'
import { parseDocument } from '../storage/stored-document.ts'
import { MIB } from '../storage/units.ts'
import { withoutKnownSecrets } from '../text/redact.ts'
import { runEventSchema } from './event-schema.ts'
import type { EventSink, RunEvent } from './events.ts'
import { isRunId, newRunId } from './run-id.ts'

const DIRECTORY = '_lake/runs'
const FLUSH_EVERY_MS = 1_000
/** A run with nothing to do ends earlier, and so writes its log once. */
const FIRST_FLUSH_MS = 100
/**
 * Minimum pause, as a multiple of the duration of the last write: each write writes the complete
 * log.
 */
const FLUSH_PAUSE = 20
/** Maximum size of a log, in bytes. A run of a thousand steps has about a megabyte. */
const MOST_BYTES = 256 * MIB

/**
 * Writes events as newline-delimited JSON. The log of a killed run lacks at most the last second of
 * the run. If twenty writes take longer than that, it lacks at most the time of twenty writes.
 */
export class RunLog {
  readonly #lake: Storage
  readonly #path: string
  #lines = ''
  #pending: Promise<void> = Promise.resolve()
  #flushAt = Date.now() + FIRST_FLUSH_MS
  #timer: NodeJS.Timeout | undefined

  constructor(lake: Storage, runId: string) {
    this.#lake = lake
    this.#path = `${DIRECTORY}/${runId}.ndjson`
  }

  readonly write: EventSink = (event) => {
    this.#lines += `${withoutKnownSecrets(JSON.stringify(event))}\n`
    const wait = this.#flushAt - Date.now()
    if (wait <= 0) this.#flush()
    // Other processes follow the run, so an event is written even if no further event comes.
    else this.#timer ??= setTimeout(() => this.#flush(), wait).unref()
  }

  /** Resolves when everything so far is stored. A failure is thrown by `close`. */
  async flush(): Promise<void> {
    this.#flush()
    await this.#pending.catch(() => undefined)
  }

  /** Resolves when everything is stored. Throws if it could not be stored. */
  async close(): Promise<void> {
    this.#flush()
    await this.#pending
  }

  /**
   * Writes follow one another, so that a shorter log never replaces a longer one. Each writes all
   * events, so a successful write makes up for failed ones.
   */
  #flush(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#flushAt = Date.now() + FLUSH_EVERY_MS
    this.#pending = this.#pending.catch(() => undefined).then(() => this.#store())
    // The failure is thrown by `close`; until then it must not count as unhandled.
    this.#pending.catch(() => undefined)
  }

  async #store(): Promise<void> {
    const startedAt = Date.now()
    await this.#lake.put(this.#path, this.#lines)
    this.#flushAt = Math.max(this.#flushAt, Date.now() + FLUSH_PAUSE * (Date.now() - startedAt))
  }
}

const DAY_MS = 24 * 60 * 60_000
/** How far back to look for the newest runs, in days, before all are listed. */
const LOOK_BACK_DAYS = [1, 10, 100]

/**
 * Returns the IDs of the newest runs, newest first. IDs sort by time, so that a lake with a hundred
 * thousand runs does not list them all.
 */
export async function newestRuns(lake: Storage, limit: number, now = new Date()): Promise<readonly string[]> {
  for (const days of LOOK_BACK_DAYS) {
    const since = newRunId(new Date(now.getTime() - days * DAY_MS))
    const ids = await listRuns(lake, since)
    if (ids.length >= limit) return ids.slice(0, limit)
  }
  return (await listRuns(lake)).slice(0, limit)
}

/**
 * Returns the IDs of past runs that are greater than `after` and begin with `beginning`, newest
 * first.
 */
export async function listRuns(lake: Storage, after?: string, beginning?: string): Promise<readonly string[]> {
  const names = await lake.names(DIRECTORY, after, beginning)
  const ids = names.flatMap((name) => /^(.+)\.ndjson$/.exec(name)?.[1] ?? [])
  return ids.filter(isRunId).toReversed()
}

/**
 * Finds a run by its ID, the beginning of its ID, or `last`. Throws `usage` unless exactly one run
 * matches. Lists only the runs whose IDs begin so, and none if the ID is complete.
 */
export async function knownRun(lake: Storage, id: string): Promise<string> {
  if (isRunId(id)) return id
  const found = id === 'last' ? await newestRuns(lake, 1) : await listRuns(lake, undefined, id)
  const [run, ...others] = found
  if (run === undefined) throw noRun(lake, id)
  if (others.length === 0) return run
  const some = found.slice(0, 5).join(', ')
  throw new LakeError('usage', {
    problem: `${found.length} runs begin with ${id}: ${some}${found.length > 5 ? ', ...' : ''}`,
    remedy: 'Give more of the ID.',
  })
}

const noRun = (lake: Storage, id: string) =>
  new LakeError('usage', { problem: `no run ${id} exists in ${lake.uri}`, remedy: '`lake runs` lists the runs.' })

/**
 * Returns a run's events in order. Skips a line that a crash cut off or that is not an event of
 * this run. Throws `usage` for an unknown run.
 */
export async function readRun(lake: Storage, runId: string): Promise<readonly RunEvent[]> {
  const path = `${DIRECTORY}/${runId}.ndjson`
  const stored = isRunId(runId) ? await lake.read(path, MOST_BYTES) : undefined
  if (!stored) throw noRun(lake, runId)
  const lines = Buffer.from(stored.body).toString('utf8').split('\n')
  return lines.flatMap((line) => {
    const event = parseDocument(path, line, runEventSchema)
    return event.kind === 'read' && event.value.runId === runId ? [event.value] : []
  })
}
