// The rules of the artists table, on a few songs.
import { testAsset } from 'lake'
import { describe, expect, it } from 'vitest'
import { artists } from '../../assets/artists.ts'
import { song } from './rows.ts'

const TOKYO = { artist_latitude: 35.7, artist_longitude: 139.7 }

/** The names of the artists in the table of these songs. */
async function names(...catalog: readonly ReturnType<typeof song>[]): Promise<readonly string[]> {
  return (await testAsset(artists, { catalog })).map(({ name }) => name)
}

describe('artists', () => {
  it('has one row for each artist_id, with the values of its song', async () => {
    const catalog = [
      song({ artist_location: 'Ōsaka', ...TOKYO }),
      song({ song_id: 'SO2', artist_id: 'AR2', artist_name: '311' }),
    ]
    expect(await testAsset(artists, { catalog })).toEqual([
      { artist_id: 'AR1', name: 'Elena', location: 'Ōsaka', latitude: 35.7, longitude: 139.7 },
      { artist_id: 'AR2', name: '311', location: null, latitude: null, longitude: null },
    ])
  })

  it('prefers a row with both coordinates to a row with a location, and takes all of its values', async () => {
    const located = song({ song_id: 'SO1', artist_name: 'located', artist_location: 'Ōsaka', artist_latitude: 1 })
    const placed = song({ song_id: 'SO2', artist_name: 'placed', ...TOKYO })
    expect(await testAsset(artists, { catalog: [located, placed] })).toEqual([
      { artist_id: 'AR1', name: 'placed', location: null, latitude: 35.7, longitude: 139.7 },
    ])
  })

  it('otherwise prefers a location, then the greatest year, then the smallest song_id', async () => {
    const old = song({ song_id: 'SO1', artist_name: 'old', year: 1999 })
    const late = song({ song_id: 'SO2', artist_name: 'late', year: 2001 })
    const alike = song({ song_id: 'SO3', artist_name: 'alike', year: 2001 })
    expect(
      await names(old, late, alike, song({ song_id: 'SO4', artist_name: 'located', artist_location: 'x' })),
    ).toEqual(['located'])
    expect(await names(old, late, alike)).toEqual(['late'])
  })

  it('ignores a song if another file has replaced it', async () => {
    const lost = song({ artist_id: 'AR9', _file: 'A.json' })
    expect(await names(lost, song({ _file: 'B.json' }))).toEqual(['Elena'])
  })
})
