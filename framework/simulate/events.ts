/** Generates the log of a simulated music service, a day at a time. */
import type { Random } from './random.ts'
import { generateSession, type LogEvent } from './sessions.ts'
import type { Song } from './songs.ts'
import { CLOCK_MS, DAY_MS, generateUser, SECOND_MS, type User } from './users.ts'

/** The events of one day in UTC, in the order of `ts`. */
export interface DayLog {
  /** `YYYY-MM-DD` */
  readonly date: string
  readonly events: readonly LogEvent[]
}

/** Numbers of events and of days. The events are spread evenly. */
export interface LogSize {
  readonly events: number
  readonly days: number
}

/** The simulated service: its songs, and the users so far. */
interface Service {
  readonly random: Random
  readonly catalogue: readonly Song[]
  readonly users: User[]
  sessions: number
}

const FIRST_DAY = Date.UTC(2018, 10, 1)
const HOUR_S = 3_600

/**
 * Yields the log from 2018-11-01 on, a day at a time, so that memory holds only about a day of
 * events. The events of a session past midnight are in two days. `catalogue` must not be empty.
 */
export function* generateDays(random: Random, catalogue: readonly Song[], size: LogSize): Generator<DayLog> {
  const service: Service = { random, catalogue, users: [], sessions: 0 }
  let pastMidnight: readonly LogEvent[] = []
  for (let day = 0; day < size.days; day += 1) {
    const dayStart = FIRST_DAY + day * DAY_MS
    const nextDay = dayStart + DAY_MS
    const wanted = eventsBefore(day + 1, size) - eventsBefore(day, size)
    const today = pastMidnight.filter((event) => event.ts < nextDay)
    const later = pastMidnight.filter((event) => event.ts >= nextDay)
    while (today.length < wanted) {
      for (const event of generateVisit(service, dayStart)) (event.ts < nextDay ? today : later).push(event)
    }
    pastMidnight = later
    yield { date: isoDate(dayStart), events: today.slice(0, wanted).sort((one, other) => one.ts - other.ts) }
  }
}

function eventsBefore(day: number, { events, days }: LogSize): number {
  return Math.floor((events * day) / days)
}

/**
 * Yields the sessions of one user: at least one event on the day that begins at `dayStart`,
 * possibly some after it.
 */
function* generateVisit(service: Service, dayStart: number): Generator<LogEvent> {
  const { random, catalogue } = service
  const user = visitor(service, dayStart)
  while (user.nextAct < dayStart + DAY_MS) {
    service.sessions += 1
    yield* generateSession(random, catalogue, user, service.sessions)
    user.nextAct += random.int(HOUR_S, 12 * HOUR_S) * SECOND_MS
  }
}

/**
 * Returns the next user and sets the time of their first event, most likely at midday. Picks a
 * known user, or a new one if that user has no time left on this day. So fewer users register the
 * more users exist.
 */
function visitor({ random, users }: Service, dayStart: number): User {
  const known = users.length > 0 ? random.pick(users) : undefined
  const user = known && known.nextAct < dayStart + DAY_MS ? known : generateUser(random, users.length + 1, dayStart)
  if (user !== known) users.push(user)
  const second = random.int(0, 12 * HOUR_S - 1) + random.int(0, 12 * HOUR_S - 1)
  user.nextAct = Math.max(user.nextAct, dayStart + second * SECOND_MS + CLOCK_MS)
  return user
}

function isoDate(dayStart: number): string {
  return new Date(dayStart).toISOString().slice(0, 10)
}
