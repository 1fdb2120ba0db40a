/**
 * Several tables follow the same change of an upstream correctly, although lake compares its files
 * only once for all of them.
 */
import { bigint, byKey, defineAsset, defineSource, int, text } from 'lake'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { DuckDb } from '../../../framework/engines/duckdb/duckdb-session.ts'
import { graphOf } from '../../support/lakes/graph-of.ts'
import { TestLake } from '../../support/lakes/test-lake.ts'
import { errors, modes } from '../../support/lakes/test-run.ts'

const plays = defineSource({ key: 'plays', columns: { user: int(), song: text(), seconds: int(), place: text() } })

const long = defineAsset({
  key: 'long_plays',
  columns: { user: int(), song: text(), seconds: int() },
  incremental: byKey('user'),
  upstream: { plays },
  query: ({ db }) => db.selectFrom('plays').where('seconds', '>', 9).select(['user', 'song', 'seconds']),
})

const byUser = defineAsset({
  key: 'by_user',
  columns: { user: int(), plays: bigint(), longest: int() },
  primaryKey: ['user'],
  incremental: byKey('user'),
  upstream: { plays },
  query: ({ db }) =>
    db
      .selectFrom('plays')
      .groupBy('user')
      .select(({ fn }) => ['user', fn.countRows().as('plays'), fn.max('seconds').as('longest')]),
})

const bySong = defineAsset({
  key: 'by_song',
  columns: { song: text(), plays: bigint() },
  primaryKey: ['song'],
  incremental: byKey('song'),
  upstream: { long_plays: long },
  query: ({ db }) =>
    db
      .selectFrom('long_plays')
      .groupBy('song')
      .select(({ fn }) => ['song', fn.countRows().as('plays')]),
})

/** Reads the same upstream twice, so that unchanged rows are joined with changed rows. */
const pairs = defineAsset({
  key: 'pairs',
  columns: { user: int(), pairs: bigint() },
  primaryKey: ['user'],
  incremental: byKey('user'),
  upstream: { a: plays, b: plays },
  query: ({ db }) =>
    db
      .selectFrom('a')
      .innerJoin('b', 'a.user', 'b.user')
      .groupBy('a.user')
      .select(({ fn, ref }) => [ref('a.user').as('user'), fn.countRows().as('pairs')]),
})

/** Plays of songs that no other user has played for long. */
const alone = defineAsset({
  key: 'alone',
  columns: { place: text(), plays: bigint() },
  primaryKey: ['place'],
  incremental: byKey('place'),
  upstream: { a: plays, b: long },
  query: ({ db }) =>
    db
      .selectFrom('a')
      .where(({ not, exists, selectFrom }) =>
        not(
          exists(selectFrom('b').whereRef('b.song', '=', 'a.song').whereRef('b.user', '<>', 'a.user').select('b.user')),
        ),
      )
      .groupBy('a.place')
      .select(({ fn, ref }) => [ref('a.place').as('place'), fn.countRows().as('plays')]),
})

const graph = graphOf([plays, long, pairs, alone, byUser, bySong])
const FOLLOWING = graph.assets.flatMap(({ key, kind }) => (kind === 'table' ? [key] : []))

const play = (user: number, song: string, seconds: number, place = 'home') => ({ user, song, seconds, place })
const FIRST = [play(1, 'a', 10), play(1, 'a', 10), play(2, 'a', 20), play(2, 'b', 5), play(3, 'c', 30, 'work')]

let lake: TestLake
let compared: number
beforeEach(async () => {
  lake = new TestLake()
  compared = 0
  const rows = DuckDb.prototype.rows
  vi.spyOn(DuckDb.prototype, 'rows').mockImplementation(function (this: DuckDb, sql) {
    if (/^CREATE TABLE shared_\d+ AS/.test(sql)) compared += 1
    return rows.call(this, sql)
  })
  lake.write('plays/one.json', FIRST)
  lake.write('plays/two.json', [play(4, 'a', 40), play(4, 'd', 1)])
  expect(errors(await lake.run(graph))).toEqual([])
})
afterEach(() => {
  vi.restoreAllMocks()
  lake.close()
})

/** Runs with these lines in the first file. Returns how often lake compared files. */
async function after(lines: readonly object[]): Promise<number> {
  compared = 0
  lake.write('plays/one.json', lines)
  const run = await lake.run(graph)
  expect(errors(run)).toEqual([])
  const followed = Object.entries(modes(run)).flatMap(([key, mode]) => (mode === 'keys' ? [key] : []))
  expect(FOLLOWING).toEqual(expect.arrayContaining(followed))
  expect(await lake.differences(graph)).toEqual({})
  return compared
}

it('each table follows a changed line, a lost copy and a new line, with one comparison of each upstream', async () => {
  const changed = [play(1, 'a', 10), play(2, 'a', 21), play(2, 'b', 5), play(3, 'c', 30, 'work'), play(3, 'a', 12)]
  expect(await after(changed)).toBe(2)
})

it('a change of a column reaches only the tables that read the column', async () => {
  expect(await after(FIRST.map((line) => ({ ...line, place: 'car' })))).toBe(1)
  expect(await after(FIRST.map((line) => ({ ...line, seconds: line.seconds + 1 })))).toBeGreaterThan(0)
})

it('each table follows copies of rows that are added and removed', async () => {
  const copies = [...FIRST, ...FIRST, play(5, 'c', 9)]
  for (const lines of [copies, FIRST, FIRST.slice(1), [...FIRST].reverse(), copies]) await after(lines)
})
