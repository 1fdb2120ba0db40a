/**
 * Assets for tests of deletion vectors: 12,000 plays of 100 songs in two data files, and how often
 * each title was played.
 */
import { bigint, byKey, defineAsset, defineSource, int, text } from 'lake'
import type { TestLake } from '../lakes/test-lake.ts'

export const PLAYS = 12_000
const SONGS = 100

const songList = defineSource({ key: 'song_list', columns: { song: int(), title: text() } })
const playLog = defineSource({ key: 'play_log', columns: { n: int(), song: int() } })

/**
 * Each title has plays in all parts of both files. So a changed title concerns rows of both files.
 */
export const titledPlays = (deletionVectors: boolean) =>
  defineAsset({
    key: 'titled_plays',
    columns: { n: int(), half: int(), title: text().nullable() },
    primaryKey: ['n'],
    partitionBy: ['half'],
    incremental: byKey('n'),
    deletionVectors,
    upstream: { playLog, songList },
    query: ({ db }) =>
      db
        .selectFrom('playLog as play')
        .leftJoin('songList as song', 'song.song', 'play.song')
        .select(({ fn, eb }) => ['play.n', fn.toInt(eb('play.n', '%', 2)).as('half'), 'song.title']),
  })

export function playAssets(deletionVectors: boolean) {
  const plays = titledPlays(deletionVectors)
  const playCounts = defineAsset({
    key: 'play_counts',
    columns: { title: text().nullable(), plays: bigint() },
    incremental: byKey('title'),
    upstream: { plays },
    query: ({ db }) =>
      db
        .selectFrom('plays')
        .groupBy('title')
        .select(({ fn }) => ['title', fn.countAll().as('plays')]),
  })
  return [songList, playLog, plays, playCounts]
}

/** Song `n` is played in every hundredth play. */
export function writePlays(lake: TestLake): void {
  lake.write(
    'play_log/plays.json',
    Array.from({ length: PLAYS }, (_, n) => ({ n, song: Math.floor(n / 2) % SONGS })),
  )
  for (let song = 0; song < SONGS; song++) nameSong(lake, song, `Title ${song}`)
}

export const nameSong = (lake: TestLake, song: number, title: string): void =>
  lake.write(`song_list/${String(song).padStart(3, '0')}.json`, [{ song, title }])
