// Years of ticks, with hosts that start and stop and clocks that are set: each tick runs once, or
// is recorded as left out.
import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { Schedule } from '../../../framework/declare/runs/schedule.ts'
import { timesAfter } from '../../../framework/schedule/schedule-times.ts'
import {
  type DueTicks,
  dueTicks,
  type LastTick,
  MAX_TICKS,
  nextStart,
} from '../../../framework/schedule/ticks/due-ticks.ts'
import { checkProperty } from '../../support/random/property.ts'

const MINUTE = 60_000
const DAY = 86_400_000
/** The years have a leap day, and the clocks change in all of these zones. */
const FROM = Date.parse('2027-01-15T12:00:00Z')
const TO = Date.parse('2029-01-15T12:00:00Z')

const times = fc.oneof(
  fc.record({
    cron: fc.constantFrom(
      '30 2 * * *',
      '0 */6 * * *',
      '15,45 1,2,3 * * *',
      '0 0 29 2 *',
      '59 23 L * *',
      '5 12 * * MON',
    ),
    timeZone: fc.constantFrom('UTC', 'Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'America/Nuuk'),
  }),
  fc.record({ every: fc.constantFrom('7h' as const, '1d' as const, '90m' as const) }),
)

const schedules: fc.Arbitrary<Schedule> = fc
  .tuple(
    times,
    fc.record({
      name: fc.constant('s'),
      catchUp: fc.constantFrom('skip' as const, 'latest' as const, 'all' as const),
      overlap: fc.constantFrom('skip' as const, 'queue' as const),
      jitter: fc.constantFrom('1s' as const, '20m' as const, '3h' as const),
    }),
  )
  .map(([when, settings]) => ({ ...when, ...settings }))

/** What happens next: a scheduler works for a while, all schedulers are down, or a clock is set. */
const happenings = fc.oneof(
  fc.record({ kind: fc.constant('up' as const), host: fc.nat(1), days: fc.nat(60), runs: fc.nat(300) }),
  fc.record({ kind: fc.constant('down' as const), days: fc.nat(20) }),
  fc.record({ kind: fc.constant('set' as const), host: fc.nat(1), minutes: fc.integer({ min: -3_000, max: 3_000 }) }),
)

interface Handled {
  /** The first of the ticks. */
  readonly first: number
  /** The last of the ticks. */
  readonly due: number
  readonly ran: boolean
  readonly count: number
  readonly startedAt: number
  readonly watchingSince: number
}

/** Applies the decisions of all schedulers over the years, one after another. */
class World {
  readonly handled: Handled[] = []
  readonly #schedule: Schedule
  readonly #ahead = [0, 0]
  #time = FROM
  last: LastTick | undefined

  constructor(schedule: Schedule) {
    this.#schedule = schedule
  }

  get isOver(): boolean {
    return this.#time >= TO
  }

  pass(days: number): void {
    this.#time += days * DAY
  }

  set(host: number, minutes: number): void {
    this.#ahead[host] = minutes * MINUTE
  }

  /** A scheduler that starts, works for this number of days, and dies between two ticks. */
  work(host: number, days: number, runMinutes: number): void {
    const until = Math.min(TO, this.#time + days * DAY)
    const now = () => this.#time + (this.#ahead[host] ?? 0)
    const watchingSince = now()
    while (this.#time < until) {
      const situation = { schedule: this.#schedule, last: this.last, watchingSince, now: now(), lake: 'lake' }
      const due = dueTicks(situation)
      this.#record(due, now(), watchingSince)
      if (due.run !== undefined) {
        const startedAt = now()
        this.#time += runMinutes * MINUTE
        this.last = { due: due.run, ran: { startedAt, endedAt: now() } }
      } else if (due.leftOut.length > 0) {
        this.last = { due: Math.max(...due.leftOut.map(({ last }) => last)) }
      } else {
        const next = nextStart(situation, this.last?.due ?? watchingSince)
        if (!next) return
        this.#time = Math.max(this.#time + 1, next.start - (this.#ahead[host] ?? 0))
      }
    }
  }

  #record({ run, leftOut }: DueTicks, startedAt: number, watchingSince: number): void {
    const about = { startedAt, watchingSince }
    for (const { first, last, count } of leftOut) this.handled.push({ first, due: last, ran: false, count, ...about })
    if (run !== undefined) this.handled.push({ first: run, due: run, ran: true, count: 1, ...about })
  }
}

it('over years, each tick runs once or is left out once, for any hosts and clocks', async () => {
  await checkProperty(
    'histories of ticks',
    fc.asyncProperty(schedules, fc.array(happenings, { minLength: 5, maxLength: 60 }), async (schedule, story) => {
      const world = new World(schedule)
      world.work(0, 30, 1)
      const [first] = world.handled
      for (const happening of story) {
        if (world.isOver) break
        if (happening.kind === 'up') world.work(happening.host, happening.days, happening.runs)
        else if (happening.kind === 'down') world.pass(happening.days)
        else world.set(happening.host, happening.minutes)
      }
      const ran = world.handled.filter((tick) => tick.ran)
      const dues = ran.map(({ due }) => due)
      expect(dues).toEqual([...new Set(dues)].toSorted((left, right) => left - right))
      if (!first || !world.last) return
      // No tick is lost: the ticks that ran and those that were left out are all ticks up to the
      // last one.
      const all: number[] = []
      for (const time of timesAfter(schedule, first.first - 1)) {
        if (time > world.last.due) break
        all.push(time)
      }
      const counted = world.handled.reduce((sum, { count }) => sum + count, 0)
      const isCapped = world.handled.some(({ count }) => count >= MAX_TICKS)
      if (!isCapped) expect(counted).toBe(all.length)
      expect(all).toEqual(expect.arrayContaining(dues))
      if (schedule.catchUp === 'skip')
        for (const { due, watchingSince, ran: isRun } of world.handled) {
          const queued = schedule.overlap === 'queue'
          if (isRun && !queued) expect(due).toBeGreaterThanOrEqual(watchingSince)
        }
      for (const { due, startedAt } of ran) expect(startedAt).toBeGreaterThanOrEqual(due)
    }),
    12,
  )
})
