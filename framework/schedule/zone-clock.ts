/** Turns what the clocks of a time zone show into moments, over the changes to summer time and back. */

/** What clocks show, written as the milliseconds that UTC would have for it. */
export type WallTime = number

const DAY_MS = 86_400_000

export class ZoneClock {
  readonly #format: Intl.DateTimeFormat

  constructor(timeZone: string) {
    this.#format = formatOf(timeZone)
  }

  /** What the clocks show at the moment, to the second. */
  wallTime(moment: number): WallTime {
    const seconds = Math.floor(moment / 1000) * 1000
    const parts = new Map(this.#format.formatToParts(seconds).map(({ type, value }) => [type, Number(value)]))
    const part = (type: Intl.DateTimeFormatPartTypes) => parts.get(type) ?? 0
    return Date.UTC(part('year'), part('month') - 1, part('day'), part('hour'), part('minute'), part('second'))
  }

  /** The moments at which the clocks show it, ascending: none where they skip it, two where they are put back over it. */
  momentsOf(wall: WallTime): readonly number[] {
    const moments = this.#offsetsAround(wall).map((offset) => wall - offset)
    return moments.filter((moment) => this.wallTime(moment) === wall).toSorted((left, right) => left - right)
  }

  /** The first moment at which the clocks show no less: of what they skip, when they have jumped. */
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

  /** How far the clocks are put back within the next day, in milliseconds. */
  putBackSoon(moment: number): number {
    return Math.max(0, this.#offset(moment) - this.#offset(moment + DAY_MS))
  }

  /** Of the day before and the day after: there is no more than one change in two days. */
  #offsetsAround(wall: WallTime): readonly number[] {
    return [...new Set([this.#offset(wall - DAY_MS), this.#offset(wall + DAY_MS)])]
  }

  #offset(moment: number): number {
    return this.wallTime(moment) - Math.floor(moment / 1000) * 1000
  }
}

/** They are slow to make. */
const formats = new Map<string, Intl.DateTimeFormat>()

function formatOf(timeZone: string): Intl.DateTimeFormat {
  const known = formats.get(timeZone)
  if (known) return known
  const format = new Intl.DateTimeFormat('en', {
    ...{ timeZone, calendar: 'gregory', numberingSystem: 'latn', hourCycle: 'h23' },
    ...{ year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric', minute: 'numeric', second: 'numeric' },
  })
  formats.set(timeZone, format)
  return format
}
