import type { Random } from './random.ts'
import { artistName, type Song, songLength, title } from './songs.ts'
import { encodedTwice } from './words.ts'

/** What the log tells of a song that was played. */
export interface Play {
  readonly song: string
  readonly artist: string
  /** Seconds. */
  readonly length: number
}

/**
 * A play: of three, about one is of a song in the catalogue, to the letter; most others are of songs that the catalogue lacks. A few miss
 * their song by a little. `catalogue` must not be empty; its first songs are played most.
 */
export function generatePlay(random: Random, catalogue: readonly Song[]): Play {
  const roll = random.next()
  if (roll >= 0.36) return { song: title(random), artist: artistName(random), length: songLength(random) }
  const song = random.pickSkewed(catalogue)
  const exact = { song: song.title, artist: song.artist_name, length: song.duration }
  if (roll < 0.33) return exact
  if (roll < 0.34) return { ...exact, length: songLength(random) }
  if (roll < 0.345) return { ...exact, artist: artistName(random) }
  return { ...exact, song: encodedTwice(exact.song), artist: encodedTwice(exact.artist) }
}
