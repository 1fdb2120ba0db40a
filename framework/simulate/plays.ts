/** Generates plays of songs, some of which match the catalogue. */
import type { Random } from './random.ts'
import { artistName, type Song, songLength, title } from './songs.ts'
import { encodedTwice } from './words.ts'

/** A played song in the log. */
export interface Play {
  readonly song: string
  readonly artist: string
  /** In seconds. */
  readonly length: number
}

/**
 * About one play in three matches a song of the catalogue exactly. Most others are of unknown
 * songs; a few differ slightly from a song. `catalogue` must not be empty. Its first songs are
 * played most.
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
