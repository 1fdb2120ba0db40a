/** The row of each song that counts, for the assets that read the catalogue of songs. */
import type { Queries } from 'lake'
import type { songData } from './sources.ts'

/** A query over `song_data` under the name `catalog`. */
type Catalog = Queries<{ catalog: typeof songData }>

/**
 * The row of each song_id that counts: the one with the greatest file, then line. All other rows
 * are ignored.
 */
export function catalogSongs(db: Catalog) {
  return db
    .selectFrom(
      db
        .selectFrom('catalog')
        .select(['song_id', 'title', 'artist_id', 'artist_name', 'year', 'duration'])
        .select(['artist_location', 'artist_latitude', 'artist_longitude'])
        .select(({ fn }) =>
          fn
            .rowNumber()
            .over((over) => over.partitionBy('song_id').orderBy('_file', 'desc').orderBy('_line', 'desc'))
            .as('rank'),
        )
        .as('ranked'),
    )
    .where('rank', '=', 1)
}
