/** Converts between wall times of a zone and moments, across changes to summer time and back. */

/** The time that clocks show. Its value is the milliseconds of the same time in UTC. */
export type WallTime = number

const DAY_MS = 86_400_000

export class ZoneClock {
  /** undefined for UTC, whose clocks never change: the runtime's tables are slow to load. */
  readonly #zone: Zone | undefined

  constructor(timeZone: string) {
    this.#zone = timeZone === 'UTC' ? undefined : zoneNamed(timeZone)
  }

  /** Returns the wall time at a moment, to the second. */
  wallTime(moment: number): WallTime {
    return Math.floor(moment / 1000) * 1000 + this.#offset(moment)
  }

  /** Uses the tables of the runtime, which is slow. */
  #shownTime({ format }: Zone, moment: number): WallTime {
    const seconds = Math.floor(moment / 1000) * 1000
    const parts = new Map(format.formatToParts(seconds).map(({ type, value }) => [type, Number(value)]))
    const part = (type: Intl.DateTimeFormatPartTypes) => parts.get(type) ?? 0
    return Date.UTC(part('year'), part('month') - 1, part('day'), part('hour'), part('minute'), part('second'))
  }

  /**
   * Returns the moments of a wall time, ascending: none if clocks skip it, two if they repeat it.
   */
  momentsOf(wall: WallTime): readonly number[] {
    const moments = this.#offsetsAround(wall).map((offset) => wall - offset)
    return moments.filter((moment) => this.wallTime(moment) === wall).toSorted((left, right) => left - right)
  }

  /**
   * Returns the first moment at which clocks show at least `wall`. If they skip it, that is right
   * after the jump.
   */
  firstMomentOf(wall: WallTime): number {
    const [first] = this.momentsOf(wall)
    if (first !== undefined) return first
    const offsets = this.#offsetsAround(wall)
    let before = wall - Math.max(...offsets) - 1
    let after = wall - Math.min(...offsets)
    while (after - before > 1) {
      const middle = Math.floor((before + after) / 2)
      if (this.wallTime(middle) < wall) before = middle
      else after = middle
    }
    return after
  }

  /** Returns by how many milliseconds clocks are put back within the next day. */
  putBackSoon(moment: number): number {
    return Math.max(0, this.#offset(moment) - this.#offset(moment + DAY_MS))
  }

  /**
   * Returns the offsets of the day before and the day after. Clocks change at most once in two
   * days.
   */
  #offsetsAround(wall: WallTime): readonly number[] {
    return [...new Set([this.#offset(wall - DAY_MS), this.#offset(wall + DAY_MS)])]
  }

  #offset(moment: number): number {
    const zone = this.#zone
    if (!zone) return 0
    const offset = this.#offsetOfDay(zone, Math.floor(moment / DAY_MS))
    return offset === 'changes' ? this.#shownOffset(zone, moment) : offset
  }

  /** If the offset is the same at both ends of a day, clocks have not changed in between. */
  #offsetOfDay(zone: Zone, day: number): number | 'changes' {
    const { offsets } = zone
    const known = offsets.get(day)
    if (known !== undefined) return known
    const [start, end] = [this.#shownOffset(zone, day * DAY_MS), this.#shownOffset(zone, (day + 1) * DAY_MS)]
    const offset = start === end ? start : 'changes'
    if (offsets.size >= MAX_DAYS) offsets.clear()
    offsets.set(day, offset)
    return offset
  }

  #shownOffset(zone: Zone, moment: number): number {
    return this.#shownTime(zone, moment) - Math.floor(moment / 1000) * 1000
  }
}

/** Maximum number of days whose offset is remembered: about 30 years. */
const MAX_DAYS = 11_000

/** A zone that was used before, because its format is slow to create and slow to use. */
interface Zone {
  readonly format: Intl.DateTimeFormat
  /** By the day since 1970 in UTC. */
  readonly offsets: Map<number, number | 'changes'>
}

const zones = new Map<string, Zone>()

function zoneNamed(timeZone: string): Zone {
  const known = zones.get(timeZone)
  if (known) return known
  const format = new Intl.DateTimeFormat('en', {
    timeZone,
    calendar: 'gregory',
    numberingSystem: 'latn',
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  })
  const zone = { format, offsets: new Map() }
  zones.set(timeZone, zone)
  return zone
}
