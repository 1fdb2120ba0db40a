/** The songs. */
import { byKey, defineAsset, double, int, text } from 'lake'
import { catalogSongs } from './catalog.ts'
import { songData } from './sources.ts'

export const songs = defineAsset({
  key: 'songs',
  description: 'One row per song.',
  tags: ['dimension'],
  columns: {
    song_id: text(),
    title: text(),
    artist_id: text(),
    year: int(),
    duration: double(),
  },
  primaryKey: ['song_id'],
  partitionBy: ['year'],
  incremental: byKey('song_id'),
  upstream: { catalog: songData },
  query: ({ db }) => catalogSongs(db).select(['song_id', 'title', 'artist_id', 'year', 'duration']),
})
