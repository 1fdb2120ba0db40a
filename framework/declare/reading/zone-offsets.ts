/** The offsets of a time zone from UTC as plain data, so that every engine reads times alike. */

/**
 * `offsets[i]` holds until `until[i]`, the last one without end. Both are in seconds; `until` are
 * moments since 1970, ascending. A year after LAST_YEAR has the offsets of an earlier year with the
 * same calendar.
 */
export interface ZoneOffsets {
  readonly until: readonly number[]
  readonly offsets: readonly number[]
}

export const LAST_YEAR = 2100

/** The first day of the week and the leap day of a year: one of 14 calendars. */
export function calendarOf(year: number): number {
  const [start, end] = [Date.UTC(year, 0), Date.UTC(year + 1, 0)]
  return new Date(start).getUTCDay() + (end - start > 365 * 86_400_000 ? 7 : 0)
}

/**
 * Calendar -> the last year before LAST_YEAR that has it. Later years have the offsets of that
 * year.
 */
export const YEAR_OF_CALENDAR: ReadonlyMap<number, number> = yearsByCalendar()

function yearsByCalendar(): ReadonlyMap<number, number> {
  const years = new Map<number, number>()
  for (let year = LAST_YEAR - 1; years.size < 14; year--) {
    const calendar = calendarOf(year)
    if (!years.has(calendar)) years.set(calendar, year)
  }
  return years
}

const FIRST_YEAR = 1850
/** Time between two samples, in seconds. A change that clocks undo within this time is not seen. */
const STEP = 7 * 86_400

const UTC: ZoneOffsets = { until: [], offsets: [0] }

/** Made once for each zone, because it takes thousands of samples. */
const known = new Map<string, ZoneOffsets>([['UTC', UTC]])

/** The offsets in the time zone data of this Node. */
export function zoneOffsets(zone: string): ZoneOffsets {
  const offsets = known.get(zone) ?? findOffsets(zone)
  known.set(zone, offsets)
  return offsets
}

function findOffsets(zone: string): ZoneOffsets {
  const offsetAt = offsetFinder(zone)
  const until: number[] = []
  let before = Date.UTC(FIRST_YEAR) / 1000
  const offsets = [offsetAt(before)]
  for (let at = before + STEP; at < Date.UTC(LAST_YEAR + 1, 1) / 1000; at += STEP) {
    const offset = offsetAt(at)
    if (offset !== offsets.at(-1)) {
      until.push(firstMoment(before, at, (moment) => offsetAt(moment) === offset))
      offsets.push(offset)
    }
    before = at
  }
  return { until, offsets }
}

/** The first moment after `before` for which `holds` is true. It is true for `after`. */
function firstMoment(before: number, after: number, holds: (moment: number) => boolean): number {
  let [low, high] = [before, after]
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2)
    if (holds(middle)) high = middle
    else low = middle
  }
  return high
}

function offsetFinder(zone: string): (moment: number) => number {
  const format = new Intl.DateTimeFormat('en-US', { timeZone: zone, timeZoneName: 'longOffset', year: 'numeric' })
  return (moment) => {
    const [, sign, hours, minutes, seconds = '0'] = OFFSET.exec(format.format(moment * 1000)) ?? []
    const offset = Number(hours ?? 0) * 3600 + Number(minutes ?? 0) * 60 + Number(seconds)
    return sign === '-' ? -offset : offset
  }
}

const OFFSET = /GMT([+-])(\d\d):(\d\d)(?::(\d\d))?$/
