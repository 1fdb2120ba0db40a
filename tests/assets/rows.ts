/** Rows of the sources, for tests that care about only some of their columns. */
import type { FixtureRow, RowOf } from 'lake'
import type { logData, songData } from '../../assets/sources.ts'

type Song = FixtureRow<RowOf<typeof songData>>
type Play = FixtureRow<RowOf<typeof logData>>

export function song(changes: Partial<Song> = {}): Song {
  const recording = {
    song_id: 'SO1',
    title: 'Setanta matins',
    artist_id: 'AR1',
    artist_name: 'Elena',
    duration: 269.58322,
  }
  return { ...recording, year: 0, ...changes }
}

export function play(changes: Partial<Play> = {}): Play {
  const played = { song: 'Setanta matins', artist: 'Elena', length: 269.58322 }
  const event = { ts: 1_542_837_407_796n, page: 'NextSong', userId: '15', level: 'paid', sessionId: 818n }
  return { ...played, ...event, itemInSession: 5n, ...changes }
}
