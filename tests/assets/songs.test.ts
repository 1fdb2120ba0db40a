// The rules of the songs table, on a few lines.
import { testAsset } from 'lake'
import { describe, expect, it } from 'vitest'
import { songs } from '../../assets/songs.ts'
import { song } from './rows.ts'

describe('songs', () => {
  it('has one row for each song_id', async () => {
    const catalog = [song({ year: 1999 }), song({ song_id: 'SO2', title: '5' })]
    expect(await testAsset(songs, { catalog })).toEqual([
      { song_id: 'SO1', title: 'Setanta matins', artist_id: 'AR1', year: 1999, duration: 269.58322 },
      { song_id: 'SO2', title: '5', artist_id: 'AR1', year: 0, duration: 269.58322 },
    ])
  })

  it('takes the row from the greatest line of the greatest file', async () => {
    const catalog = [
      song({ title: 'B, line 1', _file: 'B.json', _line: 1n }),
      song({ title: 'B, line 10', _file: 'B.json', _line: 10n }),
      song({ title: 'B, line 9', _file: 'B.json', _line: 9n }),
      song({ title: 'A', _file: 'A.json', _line: 99n }),
    ]
    expect((await testAsset(songs, { catalog })).map(({ title }) => title)).toEqual(['B, line 10'])
  })

  it('is empty if the catalogue is empty', async () => {
    expect(await testAsset(songs, { catalog: [] })).toEqual([])
  })
})
