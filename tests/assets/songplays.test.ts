// The rules of the songplays table, and how a play finds its song.
import { createHash } from 'node:crypto'
import { testAsset } from 'lake'
import { describe, expect, it } from 'vitest'
import { songplays } from '../../assets/songplays.ts'
import { play, song } from './rows.ts'

/** The song with which the only play is matched. */
async function match(catalog: readonly ReturnType<typeof song>[], event = play()) {
  const [row] = await testAsset(songplays, { plays: [event], catalog })
  return row && [row.song_id, row.artist_id]
}

describe('songplays', () => {
  it('has one row for each play, with the matching song', async () => {
    const plays = [play({ location: 'Chicago', userAgent: '"Mozilla' }), play({ page: 'Home', itemInSession: 6n })]
    expect(await testAsset(songplays, { plays, catalog: [song()] })).toEqual([
      {
        songplay_id: createHash('md5').update('818-5').digest('hex'),
        start_time: new Date('2018-11-21T21:56:47.796Z'),
        ...{ user_id: '15', level: 'paid', song_id: 'SO1', artist_id: 'AR1', session_id: 818n },
        ...{ location: 'Chicago', user_agent: '"Mozilla', year: 2018, month: 11 },
      },
    ])
  })

  it.each([
    ['title', { title: 'Setanta' }],
    ['artist name', { artist_name: 'Helena' }],
    ['duration', { duration: 269.58321 }],
  ])('leaves a play unmatched if the %s differs', async (_, changes) => {
    expect(await match([song(changes)])).toEqual([null, null])
  })

  it('keeps a play that names no song', async () => {
    expect(await match([song()], play({ song: null, artist: null, length: null }))).toEqual([null, null])
  })

  it('takes the smallest of several matching song_ids, and its artist', async () => {
    const catalog = [song({ song_id: 'SO3' }), song({ song_id: 'SO2', artist_id: 'AR2' }), song({ song_id: 'SO4' })]
    expect(await match(catalog)).toEqual(['SO2', 'AR2'])
  })

  it('does not match a song that another file replaced', async () => {
    const catalog = [song({ _file: 'A.json' }), song({ _file: 'B.json', title: 'Setanta nits' })]
    expect(await match(catalog)).toEqual([null, null])
  })
})
