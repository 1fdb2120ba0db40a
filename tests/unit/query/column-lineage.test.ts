// Which columns a column of a query comes from.
import { type Asset, bigint, defineAsset, defineSource, text } from 'lake'
import { describe, expect, it } from 'vitest'
import * as assets from '../../../assets/index.ts'
import { buildGraph } from '../../../framework/graph/asset-graph.ts'
import { columnLineage, type Dependence } from '../../../framework/relation/column-lineage.ts'

const plays = defineSource({
  key: 'plays',
  columns: { song: text(), user: text(), at: bigint(), length: bigint() },
})
const songs = defineSource({ key: 'songs', columns: { song: text(), title: text(), year: bigint() } })
const upstream = { plays, songs }

/** The lineage as lines: `plays.at transformation`. */
function lineageOf(asset: Asset, others: readonly Asset[] = [plays, songs]) {
  const built = buildGraph([...others, asset])
  if (built.kind !== 'graph') throw new Error(built.problems.map(({ message }) => message).join('\n'))
  const resolved = built.graph.get(asset.key)
  if (resolved.kind !== 'table') throw new Error('only a table has a query')
  const { columns, rows } = columnLineage(resolved.query.relation, resolved.query.outputs)
  return { ...Object.fromEntries([...columns].map(([name, all]) => [name, texts(all)])), rows: texts(rows) }
}

const texts = (all: readonly Dependence<string>[]) =>
  all.map(({ alias, column, how }) => `${alias}.${column} ${[...how].sort().join('+')}`).sort()

describe('the lineage of a column', () => {
  it('distinguishes copied values, computed values and constants', () => {
    const table = defineAsset({
      ...{ key: 'copied', upstream, columns: { name: text(), loud: text(), same: text() } },
      query: ({ db }) =>
        db
          .selectFrom('plays')
          .select(({ fn, eb }) => ['song as name', fn.upper('user').as('loud'), eb.val('x').as('same')]),
    })
    expect(lineageOf(table)).toEqual({
      ...{ name: ['plays.song identity'], loud: ['plays.user transformation'], same: [] },
      rows: [],
    })
  })

  it('goes through joins; their conditions decide about the rows', () => {
    const table = defineAsset({
      ...{ key: 'joined', upstream, columns: { user: text(), title: text().nullable() } },
      query: ({ db }) =>
        db
          .selectFrom('plays')
          .leftJoin('songs', 'songs.song', 'plays.song')
          .where('plays.at', '>', 1n)
          .select(['plays.user', 'songs.title']),
    })
    expect(lineageOf(table)).toEqual({
      ...{ user: ['plays.user identity'], title: ['songs.title identity'] },
      rows: ['plays.at filter', 'plays.song join', 'songs.song join'],
    })
  })

  it('distinguishes group columns, aggregates and the filters of aggregates', () => {
    const table = defineAsset({
      ...{ key: 'grouped', upstream, columns: { user: text(), longest: bigint().nullable(), n: bigint() } },
      query: ({ db }) =>
        db
          .selectFrom('plays')
          .groupBy('user')
          .select(({ fn }) => [
            'user',
            fn.max('length').filterWhere('at', '>', 5n).as('longest'),
            fn.countAll().as('n'),
          ]),
    })
    expect(lineageOf(table)).toEqual({
      ...{ user: ['plays.user identity'], longest: ['plays.at condition', 'plays.length aggregation'], n: [] },
      rows: ['plays.user group'],
    })
  })

  it('names the columns that decide about windows and cases, even through subqueries', () => {
    const table = defineAsset({
      ...{ key: 'ranked', upstream, columns: { song: text(), weight: bigint() } },
      query: ({ db }) =>
        db
          .selectFrom(
            db
              .selectFrom('plays')
              .select(({ fn }) => [
                'song',
                'length',
                fn
                  .rowNumber()
                  .over((over) => over.partitionBy('user').orderBy('at', 'desc').orderBy('_line'))
                  .as('place'),
              ])
              .as('ranked'),
          )
          .where('place', '=', 1n)
          .select(({ eb }) => [
            'song',
            eb.case().when('song', '=', 'x').then(1n).else(eb.ref('length')).end().as('weight'),
          ]),
    })
    expect(lineageOf(table)).toEqual({
      ...{ song: ['plays.song identity'], weight: ['plays.length transformation', 'plays.song condition'] },
      rows: ['plays._line filter', 'plays.at filter', 'plays.user filter'],
    })
  })

  it('comes from every side of a union, but only from the left side of an except', () => {
    const columns = { song: text(), at: bigint() }
    const united = defineAsset({
      ...{ key: 'united', upstream, columns },
      query: ({ db }) =>
        db
          .selectFrom('plays')
          .select(['song', 'at'])
          .unionAll(db.selectFrom('songs').select(['song', 'year as at'])),
    })
    expect(lineageOf(united)).toEqual({
      song: ['plays.song identity', 'songs.song identity'],
      at: ['plays.at identity', 'songs.year identity'],
      rows: [],
    })
    const lessened = defineAsset({
      ...{ key: 'lessened', upstream, columns },
      query: ({ db }) =>
        db
          .selectFrom('plays')
          .select(['song', 'at'])
          .except(db.selectFrom('songs').select(['song', 'year as at'])),
    })
    expect(lineageOf(lessened)).toEqual({
      song: ['plays.song identity'],
      at: ['plays.at identity'],
      rows: ['plays.at filter', 'plays.song filter', 'songs.song filter', 'songs.year filter'],
    })
  })

  it('names both sides of a comparison with a subquery, because both decide about the rows', () => {
    const table = defineAsset({
      ...{ key: 'known', upstream, columns: { user: text() } },
      query: ({ db }) =>
        db
          .selectFrom('plays')
          .where('song', 'in', db.selectFrom('songs').where('year', '>', 1990n).select('song'))
          .select('user'),
    })
    expect(lineageOf(table)).toEqual({
      user: ['plays.user identity'],
      rows: ['plays.song join', 'songs.song join', 'songs.year filter'],
    })
  })

  it('of the sample’s fact table leads from each column to the source', () => {
    const lineage = lineageOf(
      assets.songplays,
      Object.values(assets).filter(({ key }) => key !== 'songplays'),
    )
    expect(lineage).toMatchObject({
      songplay_id: ['plays.itemInSession transformation', 'plays.sessionId transformation'],
      start_time: ['plays.ts transformation'],
      user_id: ['plays.userId identity'],
      song_id: ['catalog.song_id aggregation'],
      artist_id: ['catalog.artist_id aggregation', 'catalog.song_id aggregation'],
      year: ['plays.ts transformation'],
    })
    expect(lineage.rows).toContain('plays.page filter')
    expect(lineage.rows).toContain('plays.song join')
  })
})
