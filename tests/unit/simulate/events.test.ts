// The simulated log.
import { describe, expect, it } from 'vitest'
import { generateDays } from '../../../framework/simulate/events.ts'
import { logJson } from '../../../framework/simulate/json.ts'
import { createRandom } from '../../../framework/simulate/random.ts'
import type { LogEvent } from '../../../framework/simulate/sessions.ts'
import { generateSongs, type Song } from '../../../framework/simulate/songs.ts'
import { encodedTwice } from '../../../framework/simulate/words.ts'

const catalogue = generateSongs(createRandom(1), 1000)
const days = [...generateDays(createRandom(21), catalogue, { events: 20_000, days: 7 })]
const events = days.flatMap((day) => day.events)
const plays = events.flatMap(({ play }) => (play ? [play] : []))
const loggedIn = events.filter((event) => event.person)

const naturalKey = (song: string, artist: string, length: number) => JSON.stringify([song, artist, length])
const inCatalogue = new Set(catalogue.map((song) => naturalKey(song.title, song.artist_name, song.duration)))
const missed = plays.filter(({ song, artist, length }) => !inCatalogue.has(naturalKey(song, artist, length)))

/** The levels of each user, in the order in which the user had them. */
function levelHistories(): string[] {
  const histories = new Map<string, string[]>()
  for (const { person, level } of loggedIn) {
    const history = histories.get(person?.userId ?? '') ?? []
    if (history.at(-1) !== level) history.push(level)
    histories.set(person?.userId ?? '', history)
  }
  return [...histories.values()].map((history) => history.join(' '))
}

describe('the days of a log', () => {
  it('follow each other from 2018-11-01, across the end of a month and of a year', () => {
    expect(days.map((day) => day.date)).toEqual([1, 2, 3, 4, 5, 6, 7].map((day) => `2018-11-0${day}`))
    const long = [...generateDays(createRandom(2), catalogue, { events: 62, days: 62 })]
    expect([long[29], long[30], long[61]].map((day) => day?.date)).toEqual(['2018-11-30', '2018-12-01', '2019-01-01'])
  })

  it('together have all requested events, about as many on each day', () => {
    expect(events).toHaveLength(20_000)
    expect(new Set(days.map((day) => day.events.length))).toEqual(new Set([2857, 2858]))
  })

  it('can be more than there are events', () => {
    const sparse = [...generateDays(createRandom(4), catalogue, { events: 2, days: 5 })]
    expect(sparse.map((day) => day.events.length)).toEqual([0, 0, 1, 0, 1])
  })

  it('each have only events of this day in UTC, ordered by time', () => {
    for (const day of days) {
      const times = day.events.map((event) => event.ts)
      expect(new Set(times.map((ts) => new Date(ts).toISOString().slice(0, 10)))).toEqual(new Set([day.date]))
      expect(times).toEqual([...times].sort((one, other) => one - other))
    }
  })

  it('can share sessions that run past midnight', () => {
    const daysOf = (sessionId: number) =>
      days.filter((day) => day.events.some((event) => event.sessionId === sessionId)).length
    expect([...new Set(events.map((event) => event.sessionId))].some((id) => daysOf(id) === 2)).toBe(true)
  })
})

describe('events', () => {
  it('are identified by session and item', () => {
    expect(new Set(events.map((event) => `${event.sessionId}-${event.itemInSession}`)).size).toBe(events.length)
  })

  it('can have the same time, but not for one user', () => {
    expect(new Set(events.map((event) => event.ts)).size).toBeLessThan(events.length)
    expect(new Set(loggedIn.map((event) => `${event.person?.userId} ${event.ts}`)).size).toBe(loggedIn.length)
  })

  it('of one user belong to one session until the next session begins, at least an hour later', () => {
    const latest = new Map<string, LogEvent>()
    for (const event of loggedIn) {
      const before = latest.get(event.person?.userId ?? '')
      const another = before !== undefined && before.sessionId !== event.sessionId
      if (another) expect(event.ts - before.ts).toBeGreaterThanOrEqual(3_600_000)
      if (before && !another) expect(event.itemInSession).toBeGreaterThan(before.itemInSession)
      latest.set(event.person?.userId ?? '', event)
    }
  })

  it('are plays in about 85 of 100 cases if the user is logged in, and never if not', () => {
    expect(plays.length / loggedIn.length).toBeCloseTo(0.86, 1)
    expect(events.every((event) => (event.page === 'NextSong') === (event.play !== null))).toBe(true)
    expect(events.some((event) => event.play && !event.person)).toBe(false)
  })

  it('show all thirteen pages', () => {
    expect(new Set(events.map((event) => event.page)).size).toBe(13)
  })

  it('belong to users of both levels, some of whom change their level, and some of whom change it back', () => {
    const histories = levelHistories()
    for (const history of ['free', 'paid', 'free paid', 'paid free']) expect(histories).toContain(history)
    expect(histories.some((history) => history === 'paid free paid' || history === 'free paid free')).toBe(true)
  })

  it('belong to a person who registered before the event', () => {
    expect(loggedIn.every((event) => (event.person?.registration ?? event.ts) < event.ts)).toBe(true)
  })
})

describe('plays', () => {
  it('match a song of the catalogue exactly in about one of three cases', () => {
    expect(1 - missed.length / plays.length).toBeGreaterThan(0.28)
    expect(1 - missed.length / plays.length).toBeLessThan(0.4)
  })

  it('have some songs far more often than others', () => {
    const [popular] = catalogue
    const ofPopular = plays.filter((play) => play.song === popular?.title && play.artist === popular.artist_name)
    expect(ofPopular.length).toBeGreaterThan((plays.length * 0.3 * 5) / catalogue.length)
  })

  it('sometimes miss their song because of the length, the artist, or an encoding', () => {
    const pairs = (fields: (song: Song) => unknown) => new Set(catalogue.map((song) => JSON.stringify(fields(song))))
    const works = pairs((song) => [song.title, song.artist_name])
    const recordings = pairs((song) => [song.title, song.duration])
    const encoded = pairs((song) => [encodedTwice(song.title), encodedTwice(song.artist_name)])
    const ascii = missed.filter((play) => !/[^ -~]/.test(play.artist))
    const beyond = missed.filter((play) => /[^ -~]/.test(play.song))
    expect(missed.some((play) => works.has(JSON.stringify([play.song, play.artist])))).toBe(true)
    expect(ascii.some((play) => recordings.has(JSON.stringify([play.song, play.length])))).toBe(true)
    expect(beyond.some((play) => encoded.has(JSON.stringify([play.song, play.artist])))).toBe(true)
  })

  it('sometimes have titles that are numbers', () => {
    expect(plays.some((play) => /^\d+$/.test(play.song))).toBe(true)
  })
})

describe('the line of an event', () => {
  const lines = events.map(logJson)
  const records = lines.map((line) => JSON.parse(line) as Record<string, unknown>)

  it('has the eighteen fields by their names', () => {
    const fields = 'artist auth firstName gender itemInSession lastName length level location method page registration'
    const more = 'sessionId song status ts userAgent userId'
    expect(new Set(records.map((record) => Object.keys(record).join(' ')))).toEqual(new Set([`${fields} ${more}`]))
  })

  it('is written as in the public data: registration with a point, slashes escaped, all in ASCII', () => {
    const line = logJson({
      ts: 1541990258796,
      sessionId: 345,
      itemInSession: 2,
      level: 'paid',
      page: 'NextSong',
      play: { song: 'Café', artist: 'A/B', length: 200 },
      person: {
        userId: '10',
        firstName: 'Nani',
        lastName: 'Sote',
        gender: 'F',
        location: 'Bago-Ön, TX',
        registration: 1540266185796,
        userAgent: '"Mozilla/5.0"',
      },
    })
    expect(line).toBe(
      String.raw`{"artist":"A\/B","auth":"Logged In","firstName":"Nani","gender":"F","itemInSession":2,"lastName":"Sote",` +
        String.raw`"length":200.0,"level":"paid","location":"Bago-\u00d6n, TX","method":"PUT","page":"NextSong",` +
        String.raw`"registration":1540266185796.0,"sessionId":345,"song":"Caf\u00e9","status":200,"ts":1541990258796,` +
        String.raw`"userAgent":"\"Mozilla\/5.0\"","userId":"10"}`,
    )
  })

  it('contains only the level if the user is logged out', () => {
    const line = logJson({
      ts: 1,
      sessionId: 2,
      itemInSession: 0,
      level: 'free',
      page: 'Login',
      play: null,
      person: null,
    })
    expect(line).toBe(
      '{"artist":null,"auth":"Logged Out","firstName":null,"gender":null,"itemInSession":0,"lastName":null,"length":null,' +
        '"level":"free","location":null,"method":"PUT","page":"Login","registration":null,"sessionId":2,"song":null,' +
        '"status":307,"ts":1,"userAgent":null,"userId":""}',
    )
    expect(records.filter((record) => record.userId === '').length).toBeGreaterThan(200)
  })

  it('sometimes contains text that was encoded twice', () => {
    expect(lines.some((line) => line.includes('\\u00c3\\u00a9'))).toBe(true)
  })
})
