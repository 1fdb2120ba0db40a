// The songs that `lake simulate` writes.
import { describe, expect, it } from 'vitest'
import { songJson } from '../../../framework/simulate/json.ts'
import { createRandom } from '../../../framework/simulate/random.ts'
import { generateSongs, type Song, songPath } from '../../../framework/simulate/songs.ts'

const random = createRandom(11)
const songs = generateSongs(random, 4000)
const files = songs.map((song) => songJson(random, song))
const records = files.map((text) => JSON.parse(text) as Record<string, unknown>)

function groups<T>(items: readonly T[], key: (item: T) => string): T[][] {
  const found = new Map<string, T[]>()
  for (const item of items) found.set(key(item), [...(found.get(key(item)) ?? []), item])
  return [...found.values()]
}

const shared = (key: (song: Song) => string) => groups(songs, key).filter((group) => group.length > 1)
const numbers = (field: string) => records.filter((record) => typeof record[field] === 'number').length
const share = (test: (song: Song) => boolean) => songs.filter(test).length / songs.length

describe('generated songs', () => {
  it('have the requested number and distinct ids', () => {
    expect(songs).toHaveLength(4000)
    expect(new Set(songs.map((song) => song.song_id)).size).toBe(4000)
    expect(songs.every((song) => /^SO[A-Z]{7}[0-9A-F]{9}$/.test(song.song_id))).toBe(true)
  })

  it('have ids that end with their ordinal number, so that no two are the same', () => {
    expect(songs.map((song) => Number.parseInt(song.song_id.slice(9), 16))).toEqual([...songs.keys()])
  })

  it('have years and durations like those of real songs', () => {
    expect(songs.every((song) => song.year === 0 || (song.year >= 1927 && song.year <= 2010))).toBe(true)
    expect(songs.every((song) => song.duration >= 30 && song.duration <= 480)).toBe(true)
    expect(songs.every((song) => /^\d+(\.\d{1,5})?$/.test(String(song.duration)))).toBe(true)
    expect(share((song) => song.year === 0)).toBeCloseTo(0.32, 1)
  })

  it('sometimes share a title, and sometimes share title, artist name and duration', () => {
    expect(shared((song) => song.title).length).toBeGreaterThan(50)
    expect(shared((song) => JSON.stringify([song.title, song.artist_name, song.duration])).length).toBeGreaterThan(5)
  })

  it('describe some artists in different ways', () => {
    const credits = (group: Song[]) =>
      new Set(group.map((song) => JSON.stringify([song.artist_name, song.artist_location, song.artist_latitude]))).size
    const byArtist = groups(songs, (song) => song.artist_id)
    expect(byArtist.length).toBeGreaterThan(2000)
    expect(byArtist.filter((group) => credits(group) > 1).length).toBeGreaterThan(20)
  })

  it('lack places and coordinates about as often as the public data does', () => {
    expect(share((song) => song.artist_location === '')).toBeCloseTo(0.45, 1)
    expect(share((song) => song.artist_latitude === null)).toBeCloseTo(0.65, 1)
    expect(songs.every((song) => (song.artist_latitude === null) === (song.artist_longitude === null))).toBe(true)
    expect(songs.some((song) => song.artist_location === null)).toBe(true)
    expect(songs.some((song) => song.artist_location?.includes('<a href='))).toBe(true)
  })

  it('have white space at the edge of some titles', () => {
    expect(songs.filter((song) => song.title !== song.title.trim()).length).toBeGreaterThan(3)
  })
})

describe('the JSON of a song', () => {
  it('has the ten fields, and contains a text of digits as a number', () => {
    for (const [index, record] of records.entries()) {
      const { title, artist_name, artist_location, ...rest } = record
      expect({ ...rest, title: String(title), artist_name: String(artist_name) }).toEqual({
        ...songs[index],
        artist_location: undefined,
      })
      expect(artist_location === null ? null : String(artist_location)).toBe(songs[index]?.artist_location)
    }
    expect(numbers('title')).toBeGreaterThan(5)
    expect(numbers('artist_name')).toBeGreaterThan(1)
    expect(numbers('artist_location')).toBeGreaterThan(1)
    expect(records.some((record) => Number(record.title) % 1 === 0.5)).toBe(true)
  })

  it('has its keys in random order, with random spacing and escapes, and without a newline', () => {
    expect(new Set(records.map((record) => Object.keys(record).join())).size).toBeGreaterThan(1000)
    expect(files.some((text) => text.includes('": '))).toBe(true)
    expect(files.some((text) => /":[^ ]/.test(text))).toBe(true)
    expect(files.some((text) => text.includes('" : '))).toBe(true)
    expect(files.some((text) => /\\u00[0-9a-f]{2}/.test(text))).toBe(true)
    expect(files.some((text) => /[é-ö]/.test(text))).toBe(true)
    expect(files.some((text) => text.includes('\n'))).toBe(false)
  })
})

describe('the path of a song file', () => {
  it('consists of letters of the song’s own name, and is unique', () => {
    const paths = songs.map((_, ordinal) => songPath(random, ordinal))
    expect(new Set(paths).size).toBe(4000)
    expect(paths.every((path) => /^(A)\/([A-Z])\/([A-Z])\/TR\1\2\3[A-Z]{4}[0-9A-F]{9}\.json$/.test(path))).toBe(true)
  })

  it('uses the next first letter for every 40,000 files', () => {
    const letters = [39_999, 40_000, 1_039_999, 1_040_000].map((ordinal) => songPath(random, ordinal).charAt(0))
    expect(letters).toEqual(['A', 'B', 'Z', 'A'])
  })
})
