// The times of schedules in every zone of the tz database, compared with the clocks minute by
// minute.
import { describe, expect, it } from 'vitest'
import { nextTimes } from '../../../framework/schedule/schedule-times.ts'

const MINUTE = 60_000
const DAY = 86_400_000
/** No zone changes its clocks twice within this time. */
const STRIDE = 10 * DAY
const FROM = Date.parse('2026-01-01T00:00:00Z')
const TO = Date.parse('2036-01-01T00:00:00Z')

/** A time such as `2027-03-27 23:45`, as clocks show it. The test calculates no part of it. */
const shower = (timeZone: string) => {
  const format = new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'short' })
  return (moment: number) => format.format(moment)
}

const zones = Intl.supportedValuesOf('timeZone')

/** The minutes at whose beginning the clocks of the zone have changed. */
function changesOf(shown: (moment: number) => string): readonly number[] {
  const ahead = (moment: number) => Date.parse(`${shown(moment).replace(' ', 'T')}:00Z`) - moment
  const changes: number[] = []
  for (let day = FROM; day < TO; day += STRIDE) {
    if (ahead(day) === ahead(day + STRIDE)) continue
    let [before, after] = [day, day + STRIDE]
    while (after - before > MINUTE) {
      const middle = before + Math.floor((after - before) / MINUTE / 2) * MINUTE
      if (ahead(middle) === ahead(day)) before = middle
      else after = middle
    }
    changes.push(after)
  }
  return changes
}

interface Change {
  readonly timeZone: string
  readonly at: number
  readonly shown: (moment: number) => string
}

/**
 * One zone for each group of zones that change their clocks at the same moments by the same offset.
 */
const changes = [
  ...new Map(
    zones.flatMap((timeZone) => {
      const shown = shower(timeZone)
      return changesOf(shown).map((at): readonly [string, Change] => {
        const change = { timeZone, at, shown }
        return [`${at} ${shown(at - MINUTE)} ${shown(at)}`, change]
      })
    }),
  ).values(),
]

/** The minutes around the change at which the clocks show the only time of the cron expression. */
function showing({ at, shown }: Change, wall: string): readonly number[] {
  const minutes = Array.from({ length: 12 * 60 }, (_, index) => at + (index - 6 * 60) * MINUTE)
  return minutes.filter((moment) => shown(moment) === wall)
}

function dated(wall: string): string {
  const [, month, day, hour, minute] = /^\d+-(\d+)-(\d+) (\d+):(\d+)$/.exec(wall)?.map(Number) ?? []
  return `${minute} ${hour} ${day} ${month} *`
}

const wallOf = (milliseconds: number) => new Date(milliseconds).toISOString().slice(0, 16).replace('T', ' ')
const asUtc = (wall: string) => Date.parse(`${wall.replace(' ', 'T')}:00Z`)
const iso = (moments: readonly (number | Date)[]) => moments.map((moment) => new Date(moment).toISOString())

describe('in every zone, over ten years', () => {
  it('the clocks change at certain times, in some zones across midnight', () => {
    expect(zones.length).toBeGreaterThan(400)
    expect(changes.length).toBeGreaterThan(100)
    const midnight = changes.filter(({ at, shown }) => shown(at - MINUTE).slice(0, 10) !== shown(at).slice(0, 10))
    expect(midnight.length).toBeGreaterThan(10)
  })

  it('a skipped time comes right after the jump, and a repeated time comes at its first occurrence', () => {
    for (const change of changes) {
      const { timeZone, at, shown } = change
      const [before, after] = [asUtc(shown(at - MINUTE)) + MINUTE, asUtc(shown(at))]
      const [from, to] = [Math.min(before, after), Math.max(before, after)]
      for (const wall of [from, (from + to) / 2, to - MINUTE].map(wallOf)) {
        const [first = at] = showing(change, wall)
        const found = nextTimes({ cron: dated(wall), timeZone }, new Date(at - 2 * DAY), 1)
        expect({ timeZone, wall, found: iso(found) }).toEqual({ timeZone, wall, found: iso([first]) })
      }
    }
  })

  it('a daily time comes once a day across each change', () => {
    for (const { timeZone, at, shown } of changes) {
      const [before, after] = [asUtc(shown(at - MINUTE)) + MINUTE, asUtc(shown(at))]
      const wall = wallOf((before + after) / 2).slice(11)
      const [hour, minute] = wall.split(':').map(Number)
      const found = nextTimes({ cron: `${minute} ${hour} * * *`, timeZone }, new Date(at - 3 * DAY), 6)
      const gaps = found.slice(1).map((moment, index) => moment.getTime() - (found[index]?.getTime() ?? 0))
      for (const gap of gaps)
        expect({ timeZone, wall, day: gap > 0.8 * DAY && gap < 1.2 * DAY }).toMatchObject({ day: true })
    }
  })

  it('an interval comes in every minute in which the clocks show one of its times, across each change', () => {
    for (const { timeZone, at, shown } of changes) {
      const minutes = Array.from({ length: 6 * 60 }, (_, index) => at + (index - 3 * 60) * MINUTE)
      const expected = minutes.filter((moment) => shown(moment).endsWith(':30') || shown(moment).endsWith(':00'))
      const found = nextTimes({ cron: '0,30 * * * *', timeZone }, new Date(at - 3 * 60 * MINUTE - 1), expected.length)
      expect({ timeZone, found: iso(found) }).toEqual({ timeZone, found: iso(expected) })
    }
  })
})
