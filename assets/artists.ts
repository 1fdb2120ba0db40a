/** The artists of the songs. */
import { byKey, defineAsset, double, text } from 'lake'
import { catalogSongs } from './catalog.ts'
import { songData } from './sources.ts'

export const artists = defineAsset({
  key: 'artists',
  description: 'One row per artist, as the most telling of the artist’s songs describes them.',
  tags: ['dimension'],
  columns: {
    artist_id: text(),
    name: text(),
    location: text().nullable(),
    latitude: double().nullable(),
    longitude: double().nullable(),
  },
  primaryKey: ['artist_id'],
  incremental: byKey('artist_id'),
  upstream: { catalog: songData },
  query: ({ db }) =>
    db
      .selectFrom(
        catalogSongs(db)
          .select(['artist_id', 'artist_name', 'artist_location', 'artist_latitude', 'artist_longitude'])
          .select(({ eb, fn }) => {
            const hasCoordinates = eb
              .case()
              .when(eb.and([eb('artist_latitude', 'is not', null), eb('artist_longitude', 'is not', null)]))
              .then(1)
              .else(0)
              .end()
            const hasLocation = eb.case().when('artist_location', 'is not', null).then(1).else(0).end()
            return fn
              .rowNumber()
              .over((over) =>
                over
                  .partitionBy('artist_id')
                  .orderBy(hasCoordinates, 'desc')
                  .orderBy(hasLocation, 'desc')
                  .orderBy('year', 'desc')
                  .orderBy('song_id'),
              )
              .as('place')
          })
          .as('described'),
      )
      .where('place', '=', 1)
      .select(['artist_id', 'artist_name as name', 'artist_location as location'])
      .select(['artist_latitude as latitude', 'artist_longitude as longitude']),
})
