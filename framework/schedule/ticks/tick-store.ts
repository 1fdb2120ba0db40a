/** Stores the ticks of schedules in the lake, so that several schedulers never run one twice. */
import { createHash } from 'node:crypto'
import * as z from 'zod'
import type { Schedule } from '../../declare/runs/schedule.ts'
import { SCHEDULE_CLAIMS } from '../../run/claims/claim.ts'
import { MOST_CLOCK_DIFFERENCE_MS } from '../../run/claims/leases.ts'
import { type ErrorReport, errorReportSchema } from '../../run/error-report.ts'
import { runIdSchema } from '../../run/run-id.ts'
import type { Storage } from '../../storage/storage.ts'
import { type DocumentFormat, readDocument } from '../../storage/stored-document.ts'
import { timesText } from '../schedule-times.ts'
import { type LastTick, type LeftOutTicks, MAX_TICKS } from './due-ticks.ts'

/**
 * How a tick ended. `fresh`: nothing was stale. `skipped`: another run held an asset that it needs.
 */
const TICK_OUTCOMES = ['succeeded', 'failed', 'canceled', 'fresh', 'skipped', 'left-out'] as const

export type TickOutcome = (typeof TICK_OUTCOMES)[number]

/** A tick whose refresh has begun. Times are ISO 8601, UTC. */
export interface BegunTick {
  readonly schedule: string
  /** The times of the schedule at that time, as text. */
  readonly times: string
  readonly due: string
  readonly startedAt: string
  readonly host: string
  readonly pid: number
  /** The earlier ticks that this tick found due, and that never run. */
  readonly leftOut: readonly LeftOutTicks[]
}

/**
 * A tick that has ended. If the tick was left out, together with ticks before it, it never began.
 */
export interface EndedTick extends BegunTick {
  readonly endedAt: string
  readonly outcome: TickOutcome
  readonly runId?: string
  readonly error?: ErrorReport
}

/** The newest tick of a schedule, and how often a scheduler has begun it. */
export interface StoredTick {
  readonly due: number
  readonly epoch: number
  /** False while a scheduler works on it, or if that scheduler died. */
  readonly isOver: boolean
  /** undefined if it never began, or the document is damaged. */
  readonly begun: BegunTick | undefined
  readonly ended: EndedTick | undefined
}

/**
 * Maximum number of times that a tick is begun if its schedulers die. More deaths would be no
 * accident.
 */
export const MAX_EPOCHS = 3

const leftOutSchema = z.object({
  why: z.enum(['missed', 'overlapped', 'superseded']),
  count: z.int().min(1).max(MAX_TICKS),
  first: z.int(),
  last: z.int(),
})

const printableText = (most: number) => z.string().regex(new RegExp(`^[^\\p{Cc}]{0,${most}}$`, 'u'))

const begunFields = {
  schedule: z.string(),
  times: printableText(1_000),
  due: z.iso.datetime(),
  startedAt: z.iso.datetime(),
  host: printableText(255),
  pid: z.int().min(0),
  leftOut: z.array(leftOutSchema).max(10),
}

const MOST_BYTES = 256 * 1024

const BEGUN: DocumentFormat<BegunTick> = { schema: z.object(begunFields), mostBytes: MOST_BYTES }

const ENDED: DocumentFormat<EndedTick> = {
  schema: z.object({
    ...begunFields,
    endedAt: z.iso.datetime(),
    outcome: z.enum(TICK_OUTCOMES),
    runId: runIdSchema.exactOptional(),
    error: errorReportSchema.exactOptional(),
  }),
  mostBytes: MOST_BYTES,
}

/** Number of the newest ticks that are kept for people to look at. */
const KEPT_TICKS = 50

/** The stored ticks of one schedule. Every error comes from the storage. */
export class TickStore {
  readonly #lake: Storage
  readonly #directory: string
  /** The times of the schedule now, as text. */
  readonly times: string

  constructor(lake: Storage, schedule: Schedule) {
    this.#lake = lake
    this.#directory = `_lake/schedules/${fileName(schedule.name)}`
    this.times = timesText(schedule)
  }

  /**
   * Returns the newest tick. Ignores ticks that are further in the future than clocks can differ,
   * because a clock that was wrong for a while must not stop the schedule.
   */
  async newest(now: number): Promise<StoredTick | undefined> {
    const names = await this.#lake.names(this.#directory)
    const epochs = parseNames(names)
    const newest = epochs.findLast(({ due }) => due <= now + MOST_CLOCK_DIFFERENCE_MS)
    if (!newest) return undefined
    const path = this.#path(newest)
    const [begun, ended] = await Promise.all([
      readDocument(this.#lake, `${path}.begun.json`, BEGUN),
      readDocument(this.#lake, `${path}.ended.json`, ENDED),
    ])
    const isOver = names.includes(`${stamp(newest.due)}.${newest.epoch}.ended.json`)
    return { ...newest, isOver, begun: contentOf(begun), ended: contentOf(ended) }
  }

  /**
   * The tick in the form in which the decision about the next ticks needs it. If the times of a
   * schedule have changed, it has no ticks before `since`. A damaged document counts as a tick that
   * has ended, so that no tick runs twice.
   */
  lastTick({ due, isOver, begun, ended }: StoredTick, since: number): LastTick {
    const known = ended ?? begun
    if (known && known.times !== this.times) return { due: Math.max(due, since) }
    if (!isOver) return { due, ...(begun && { unfinished: 'dead' as const }) }
    if (!ended || ended.outcome === 'left-out') return { due }
    const ran = { startedAt: Date.parse(ended.startedAt), endedAt: Date.parse(ended.endedAt) }
    return { due, ran, ...(ended.outcome === 'canceled' && { unfinished: 'stopped' as const }) }
  }

  /** Claims the tick. `exists` means that another scheduler has claimed it. */
  begin(due: number, epoch: number, begun: BegunTick): Promise<'created' | 'exists'> {
    return this.#lake.putIfAbsent(`${this.#path({ due, epoch })}.begun.json`, JSON.stringify(begun))
  }

  /** Records the end of a tick, and deletes the documents of old ticks. */
  async end(due: number, epoch: number, ended: EndedTick): Promise<void> {
    await this.#lake.putIfAbsent(`${this.#path({ due, epoch })}.ended.json`, JSON.stringify(ended))
    const names = await this.#lake.names(this.#directory)
    const dues = [...new Set(parseNames(names).map((tick) => tick.due))]
    const kept = new Set(dues.slice(-KEPT_TICKS))
    const old = names.filter((name) => parseNames([name]).some((tick) => !kept.has(tick.due)))
    await Promise.all(old.map((name) => this.#lake.delete(`${this.#directory}/${name}`)))
  }

  #path({ due, epoch }: Pick<StoredTick, 'due' | 'epoch'>): string {
    return `${this.#directory}/${stamp(due)}.${epoch}`
  }
}

const contentOf = <Value>(
  document: { readonly kind: 'read'; readonly value: Value } | { readonly kind: string },
): Value | undefined => ('value' in document ? document.value : undefined)

/** `20261130T030000Z`, which sorts by time. */
const stamp = (due: number): string => new Date(due).toISOString().replace(/[-:]|\.\d+/g, '')

/** The ticks to which the names belong, each with its highest epoch, ascending. */
function parseNames(names: readonly string[]): readonly Pick<StoredTick, 'due' | 'epoch'>[] {
  const epochs = new Map<number, number>()
  for (const name of names) {
    const [, date, hour, minute, second, epoch] =
      /^(\d{8})T(\d\d)(\d\d)(\d\d)Z\.([1-9]\d?)\.(?:begun|ended)\.json$/.exec(name) ?? []
    if (date === undefined) continue
    const day = date.replace(/^(....)(..)(..)$/, '$1-$2-$3')
    const due = Date.parse(`${day}T${hour}:${minute}:${second}Z`)
    if (!Number.isNaN(due)) epochs.set(due, Math.max(epochs.get(due) ?? 0, Number(epoch)))
  }
  return [...epochs].map(([due, epoch]) => ({ due, epoch })).toSorted((left, right) => left.due - right.due)
}

/** A name for files that is unique even if case does not count. */
const fileName = (schedule: string): string =>
  /^[a-z0-9_-]{1,60}$/.test(schedule) ? schedule : `${cleaned(schedule)}.${digest(schedule)}`

const cleaned = (schedule: string): string =>
  schedule
    .toLowerCase()
    .replace(/[^a-z0-9_-]/g, '_')
    .slice(0, 40)

const digest = (schedule: string): string => createHash('sha256').update(schedule).digest('hex').slice(0, 16)

/** The claim of the scheduler that runs a tick of the schedule: see `claimAssets`. */
export const scheduleClaim = (schedule: Schedule): string => `${SCHEDULE_CLAIMS}${digest(schedule.name)}`
