/** The plays of songs. */
import { bigint, byKey, defineAsset, int, references, text, timestamp } from 'lake'
import { artists } from './artists.ts'
import { catalogSongs } from './catalog.ts'
import { songs } from './songs.ts'
import { logData, songData } from './sources.ts'

export const songplays = defineAsset({
  key: 'songplays',
  description: 'One row per song play.',
  tags: ['fact'],
  columns: {
    songplay_id: text(),
    start_time: timestamp(),
    user_id: text(),
    level: text(),
    song_id: text().nullable(),
    artist_id: text().nullable(),
    session_id: bigint(),
    location: text().nullable(),
    user_agent: text().nullable(),
    year: int(),
    month: int().min(1).max(12),
  },
  primaryKey: ['songplay_id'],
  partitionBy: ['year', 'month'],
  incremental: byKey('songplay_id'),
  upstream: { plays: logData, catalog: songData },
  checks: [references('song_id', songs), references('artist_id', artists)],
  query: ({ db }) => {
    const recordings = catalogSongs(db)
      .groupBy(['title', 'artist_name', 'duration'])
      .select(({ fn }) => [
        'title',
        'artist_name',
        'duration',
        fn.min('song_id').as('song_id'),
        fn.minBy('artist_id', 'song_id').as('artist_id'),
      ])
    const plays = db
      .selectFrom('plays')
      .where('page', '=', 'NextSong')
      .select(['song', 'artist', 'length', 'userId', 'level', 'sessionId', 'itemInSession', 'location', 'userAgent'])
      .select(({ fn }) => fn.timestampMillis('ts').as('start_time'))
    return db
      .selectFrom(plays.as('play'))
      .leftJoin(recordings.as('recording'), (join) =>
        join
          .onRef('recording.title', '=', 'play.song')
          .onRef('recording.artist_name', '=', 'play.artist')
          .onRef('recording.duration', '=', 'play.length'),
      )
      .select(({ fn }) => [
        fn.md5(fn.concat(fn.toText('play.sessionId'), '-', fn.toText('play.itemInSession'))).as('songplay_id'),
        'play.start_time',
        'play.userId as user_id',
        'play.level',
        'recording.song_id',
        'recording.artist_id',
        'play.sessionId as session_id',
        'play.location',
        'play.userAgent as user_agent',
        fn.year('play.start_time').as('year'),
        fn.month('play.start_time').as('month'),
      ])
  },
})
