/** Generates the catalogue of songs. */
import type { Random } from './random.ts'
import { metropolis, phrase, word } from './words.ts'

/** The record of a song file. The file contains text that is a number (`5`, `4.6`) as a number. */
export interface Song {
  readonly num_songs: 1
  readonly artist_id: string
  readonly artist_latitude: number | null
  readonly artist_longitude: number | null
  readonly artist_location: string | null
  readonly artist_name: string
  readonly song_id: string
  readonly title: string
  /** In seconds, with five decimal places. */
  readonly duration: number
  /** 0 if unknown. */
  readonly year: number
}

/** The description of an artist in a song file. Files can describe the same artist differently. */
type Credit = Pick<Song, 'artist_name' | 'artist_location' | 'artist_latitude' | 'artist_longitude'>

interface Artist {
  readonly artist_id: string
  readonly credits: readonly Credit[]
}

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ'
const ARTISTS_PER_SONG = 0.8
const NOWHERE: Pick<Credit, 'artist_latitude' | 'artist_longitude'> = { artist_latitude: null, artist_longitude: null }

/** Returns `count` songs with distinct song_ids, most popular first. */
export function generateSongs(random: Random, count: number): readonly Song[] {
  const artists = Array.from({ length: Math.ceil(count * ARTISTS_PER_SONG) }, (_, ordinal) => artist(random, ordinal))
  const songs: Song[] = []
  for (let ordinal = 0; ordinal < count; ordinal += 1) {
    songs.push({ ...recording(random, artists, songs), song_id: identifier(random, 'SO', ordinal) })
  }
  return songs
}

/**
 * Returns the path of a song file below `song_data`: `A/B/C/TRABC....json`. Each first letter has
 * 40,000 files, as in the Million Song Dataset, so that a small catalogue has the same folders as
 * its `A` part.
 */
export function songPath(random: Random, ordinal: number): string {
  const volume = LETTERS.charAt(Math.floor(ordinal / 40_000) % LETTERS.length)
  const name = identifier(random, `TR${volume}`, ordinal)
  return `${name.charAt(2)}/${name.charAt(3)}/${name.charAt(4)}/${name}.json`
}

/** Returns seconds with five decimal places, mostly two to six minutes. */
export function songLength(random: Random): number {
  return hundredThousandths(30 + 150 * (random.next() + random.next() + random.next()))
}

/** Returns 18 characters that end with the ordinal, which makes them unique. */
function identifier(random: Random, prefix: string, ordinal: number): string {
  let text = prefix
  while (text.length < 9) text += LETTERS.charAt(random.int(0, 25))
  return text + ordinal.toString(16).toUpperCase().padStart(9, '0')
}

function artist(random: Random, ordinal: number): Artist {
  const name = random.chance(0.004) ? String(random.int(2, 2999)) : artistName(random)
  const credits = [credit(random, name)]
  while (random.chance(0.06)) credits.push(credit(random, `${name} feat. ${word(random)}`), credit(random, name))
  return { artist_id: identifier(random, 'AR', ordinal), credits }
}

/** Returns the name of one artist or of two. */
export function artistName(random: Random): string {
  return random.chance(0.04) ? `${phrase(random, 2)} / ${phrase(random, 2)}` : phrase(random, 3)
}

function credit(random: Random, artist_name: string): Credit {
  const coordinates = random.chance(0.35)
    ? { artist_latitude: coordinate(random, 70), artist_longitude: coordinate(random, 180) }
    : NOWHERE
  return { artist_name, artist_location: artistLocation(random), ...coordinates }
}

function artistLocation(random: Random): string | null {
  if (random.chance(0.45)) return ''
  const roll = random.next()
  if (roll < 0.002) return null
  if (roll < 0.006) return String(random.int(20, 800))
  if (roll < 0.02) return `<a href="http://example.com/${random.int(1, 999)}">${word(random)}</a>`
  if (roll < 0.03) return `Born in ${word(random)}; now of ${word(random)}, "the city of ${word(random)}".`
  return roll < 0.5 ? word(random) : metropolis(random)
}

function coordinate(random: Random, furthest: number): number {
  return hundredThousandths((random.next() * 2 - 1) * furthest)
}

/** Returns a song without its song_id. In rare cases it is an earlier song that is issued again. */
function recording(random: Random, artists: readonly Artist[], earlier: readonly Song[]): Omit<Song, 'song_id'> {
  if (earlier.length > 0 && random.chance(0.003)) return { ...random.pick(earlier), year: year(random) }
  const { artist_id, credits } = random.pick(artists)
  return {
    num_songs: 1,
    artist_id,
    ...random.pick(credits),
    title: earlier.length > 0 && random.chance(0.03) ? random.pick(earlier).title : title(random),
    duration: songLength(random),
    year: year(random),
  }
}

/**
 * Returns a title with the quirks of real ones: numbers, `_` for punctuation, quotes, slashes,
 * white space at the end.
 */
export function title(random: Random): string {
  const roll = random.next()
  if (roll < 0.002) return String(random.int(1, 2100))
  if (roll < 0.004) return String(random.int(1, 99) + 0.5)
  if (roll < 0.007) return `${phrase(random, 3)} `
  if (roll < 0.04) return `${word(random)}_ ${phrase(random, 2)}`
  if (roll < 0.06) return `"${word(random)}" / ${phrase(random, 2)} (Live)`
  return phrase(random, 4)
}

function year(random: Random): number {
  return random.chance(0.32) ? 0 : 2010 - Math.floor(random.skewed() * 84)
}

function hundredThousandths(value: number): number {
  return Math.round(value * 1e5) / 1e5
}
