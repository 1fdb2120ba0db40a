// Which columns of its upstreams a query reads.
import { type QueryCreator, sql } from 'kysely'
import { describe, expect, it } from 'vitest'
import * as assets from '../../../assets/index.ts'
import { INT, TEXT } from '../../../framework/expression/value-type.ts'
import { buildGraph } from '../../../framework/graph/asset-graph.ts'
import { buildQuery, type QueryBuilder } from '../../../framework/query/query.ts'
import {
  columnsRead,
  type ReadQuery,
  readQuery,
  type UpstreamTables,
} from '../../../framework/query/reader/read-query.ts'
import type { LooseFunctions } from '../../support/engines/loose-functions.ts'

interface Database {
  readonly plays: { id: number; song: string; user: string; at: number; note: string }
  readonly songs: { song: string; title: string; at: number; length: number; note: string }
}

const UPSTREAMS = new Map([
  ['plays', ['id', 'song', 'user', 'at', 'note']],
  ['songs', ['song', 'title', 'at', 'length', 'note']],
])
const EVERYTHING = Object.fromEntries(UPSTREAMS)

type Query = (db: QueryCreator<Database>, fn: LooseFunctions) => Pick<QueryBuilder<unknown>, 'toOperationNode'>

const NUMBERS: ReadonlySet<string> = new Set(['id', 'at', 'length'])

const TABLES: UpstreamTables = new Map(
  [...UPSTREAMS].map(([alias, names]) => {
    const columns = names.map((name) => ({ name, type: NUMBERS.has(name) ? INT : TEXT, nullable: true }))
    return [alias, { columns, keys: [] }]
  }),
)

function read(query: Query): ReadQuery {
  const tree = buildQuery(
    ({ db, fn }) => query(db as unknown as QueryCreator<Database>, fn as unknown as LooseFunctions) as never,
  )
  return readQuery(tree, TABLES)
}

function readBy(query: Query): Record<string, readonly string[]> {
  const found = read(query)
  if (found.kind === 'refused') throw new Error(`${found.reason}: ${found.remedy}`)
  const columns = columnsRead(found.relation)
  return Object.fromEntries(
    [...UPSTREAMS].map(([alias, names]) => [alias, names.filter((name) => columns.get(alias)?.has(name))]),
  )
}

describe('the columns that a query reads', () => {
  it('are those that it selects or filters by', () => {
    expect(readBy((db) => db.selectFrom('plays').select('song as s').where('at', '>', 1))).toEqual({
      plays: ['song', 'at'],
      songs: [],
    })
  })

  it('belong to the upstream to which the name refers, even if other upstreams have a column of that name', () => {
    const query: Query = (db) =>
      db.selectFrom('plays as p').innerJoin('songs', 'songs.song', 'p.song').select(['p.at', 'title'])
    expect(readBy(query)).toEqual({ plays: ['song', 'at'], songs: ['song', 'title'] })
  })

  it('belong to the table of the subquery that names them, not to a table of the outer query', () => {
    const query: Query = (db) =>
      db
        .selectFrom(db.selectFrom('plays').select(['song', 'note', 'at']).as('p'))
        .innerJoin(db.selectFrom('songs').select(['song', 'title']).where('note', '=', 'a').as('s'), 's.song', 'p.song')
        .select(['title', 'at'])
    expect(readBy(query)).toEqual({ plays: ['song', 'at'], songs: ['song', 'title', 'note'] })
  })

  it('include those that it reads under either name of an upstream that is joined with itself', () => {
    const query: Query = (db) =>
      db
        .selectFrom('plays as a')
        .innerJoin('plays as b', (join) => join.onRef('a.user', '=', 'b.user').onRef('a.at', '<', 'b.at'))
        .select('b.note')
    expect(readBy(query).plays).toEqual(['user', 'at', 'note'])
  })

  it('do not include outputs of a subquery that nothing outside of it names', () => {
    const query: Query = (db, fn) =>
      db
        .selectFrom(
          db
            .selectFrom('plays')
            .select(['song', 'user as who', 'note'])
            .select(({ ref }) => fn.toText(ref('id')).as('name'))
            .where('at', '>', 1)
            .as('some'),
        )
        .select('some.who')
    expect(readBy(query).plays).toEqual(['user', 'at'])
  })

  it('include those by which a subquery groups, joins or limits, even if the query does not name its outputs', () => {
    const query: Query = (db) =>
      db
        .selectFrom(
          db
            .selectFrom('plays')
            .leftJoin('songs', 'songs.song', 'plays.song')
            .groupBy('user')
            .having(({ eb, fn }) => eb(fn.max('length'), '>', 1))
            .select(({ fn }) => ['user', fn.min('plays.note').as('note'), fn.countAll<number>().as('count')])
            .orderBy((eb) => eb.fn.min('id'), 'desc')
            .limit(3)
            .as('some'),
        )
        .select('count')
    expect(readBy(query)).toEqual({ plays: ['id', 'song', 'user', 'note'], songs: ['song', 'length'] })
  })

  it('are all that a subquery selects if the query compares complete rows', () => {
    const pairs = (db: QueryCreator<Database>) => db.selectFrom('plays').select(['song', 'user'])
    const others = (db: QueryCreator<Database>) => db.selectFrom('songs').select(['song', 'title as user'])
    const both = { plays: ['song', 'user'], songs: ['song', 'title'] }
    expect(readBy((db) => db.selectFrom(pairs(db).distinct().as('x')).select('song')).plays).toEqual(['song', 'user'])
    expect(readBy((db) => db.selectFrom(pairs(db).union(others(db)).as('x')).select('song'))).toEqual(both)
    expect(readBy((db) => db.selectFrom(pairs(db).exceptAll(others(db)).as('x')).select('song'))).toEqual(both)
    expect(readBy((db) => db.selectFrom(pairs(db).intersect(others(db)).as('x')).select('song'))).toEqual(both)
  })

  it('are matched by position in UNION ALL', () => {
    const query: Query = (db) =>
      db
        .selectFrom(
          db
            .selectFrom('plays')
            .select(['song', 'user'])
            .unionAll(db.selectFrom('songs').select(['title as user', 'note as song']))
            .as('x'),
        )
        .select('user')
    expect(readBy(query)).toEqual({ plays: ['user'], songs: ['note'] })
  })

  it('include those by which a window ranks only if the query uses the rank', () => {
    const ranked = (db: QueryCreator<Database>) =>
      db
        .selectFrom('plays')
        .select(['song', 'note'])
        .select(({ fn }) =>
          fn
            .agg<number>('row_number')
            .over((over) => over.partitionBy('user').orderBy('at', 'desc').orderBy('id'))
            .as('rank'),
        )
        .as('ranked')
    expect(readBy((db) => db.selectFrom(ranked(db)).where('rank', '=', 1).select('song')).plays).toEqual([
      'id',
      'song',
      'user',
      'at',
    ])
    expect(readBy((db) => db.selectFrom(ranked(db)).select('song')).plays).toEqual(['song'])
  })

  it('are found through WITH, whose name can hide an upstream', () => {
    const query: Query = (db) =>
      db
        .with('recent', (cte) => cte.selectFrom('plays').select(['song', 'user', 'note']).where('at', '>', 1))
        .with('songs(tune, who)', (cte) => cte.selectFrom('recent').select(['song', 'user']) as never)
        .selectFrom('songs' as never)
        .select('who' as never)
    expect(readBy(query)).toEqual({ plays: ['user', 'at'], songs: [] })
  })

  it('are found through selectAll', () => {
    const all: Query = (db) => db.selectFrom('plays').selectAll()
    expect(readBy(all)).toEqual({ plays: EVERYTHING.plays, songs: [] })
    const one: Query = (db) => db.selectFrom('plays').innerJoin('songs', 'songs.song', 'plays.song').selectAll('songs')
    expect(readBy(one)).toEqual({ plays: ['song'], songs: EVERYTHING.songs })
    const named: Query = (db) => db.selectFrom(db.selectFrom('plays').selectAll().as('x')).select('x.note')
    expect(readBy(named)).toEqual({ plays: ['note'], songs: [] })
  })

  it('are none if the query only counts rows', () => {
    expect(readBy((db, fn) => db.selectFrom('plays').select(fn.countRows().as('n')))).toEqual({ plays: [], songs: [] })
    expect(readBy((db) => db.selectFrom('plays').select(({ fn }) => fn.countAll().as('n')))).toEqual({
      plays: [],
      songs: [],
    })
  })

  it('include those in the conditions of an EXISTS, but not its outputs; those of an IN are all included', () => {
    const exists: Query = (db) =>
      db
        .selectFrom('plays')
        .select('id')
        .where(({ exists, selectFrom }) =>
          exists(selectFrom('songs').select('title').whereRef('songs.song', '=', 'plays.song').where('user', '=', 'a')),
        )
    expect(readBy(exists)).toEqual({ plays: ['id', 'song', 'user'], songs: ['song'] })
    const among: Query = (db) =>
      db.selectFrom('plays').select('id').where('note', 'in', db.selectFrom('songs').select('title'))
    expect(readBy(among)).toEqual({ plays: ['id', 'note'], songs: ['title'] })
  })

  it('include those of an output that a clause or another output names', () => {
    const grouped: Query = (db, fn) =>
      db
        .selectFrom(
          db
            .selectFrom('plays')
            .select(({ ref }) => fn.lowerAscii(ref('user')).as('who'))
            .groupBy('who' as never)
            .as('x'),
        )
        .select(fn.countRows().as('n'))
    expect(readBy(grouped).plays).toEqual(['user'])
    const ordered: Query = (db) =>
      db.selectFrom(db.selectFrom('plays').select(['id', 'user as note']).orderBy('note').limit(1).as('x')).select('id')
    expect(readBy(ordered).plays).toEqual(['id', 'user'])
  })

  it('are found whether names are in upper or lower case', () => {
    expect(readBy((db) => db.selectFrom('Plays' as 'plays').select('NOTE' as 'note')).plays).toEqual(['note'])
  })
})

describe('a query that engines do not all run alike', () => {
  it.each<[string, Query, string]>([
    ['raw SQL', (db) => db.selectFrom('plays').select(sql<string>`upper(note)`.as('note')), 'raw SQL, "upper(note)"'],
    ['raw SQL in an order', (db) => db.selectFrom('plays').select('id').orderBy(sql`id desc, note`), 'raw SQL'],
    ['a raw table', (db) => db.selectFrom(sql<{ x: number }>`range(3)`.as('r')).select('r.x'), 'RawNode'],
    [
      'a function whose name is more than a name',
      (db) => db.selectFrom('plays').select(({ fn }) => fn('(note) ||', []).as('x')),
      'the function (note) || is not part of lake’s expressions',
    ],
    [
      'a function that makes rows',
      (db) => db.selectFrom('plays').select(({ fn, ref }) => fn('unnest', [ref('note')]).as('x')),
      'fn.unnest gives rows, and no value for an expression',
    ],
    ['a modifier', (db) => db.selectFrom('plays').select('id').modifyEnd(sql`qualify note = 'a'`), 'a modifier after'],
    [
      'a table that is no upstream',
      (db) => db.selectFrom('others' as 'plays').select('plays.id'),
      'others, which is no',
    ],
    ['a table of another schema', (db) => db.selectFrom('main.plays' as 'plays').select('id'), 'no upstream'],
    [
      'a column that is nowhere',
      (db) => db.selectFrom('plays').select('titel' as never),
      'titel is no column of plays',
    ],
    [
      'a column of two tables',
      (db) => db.selectFrom(['plays', 'songs']).select('note'),
      'note can mean plays.note or songs.note',
    ],
    ['the first row of each value', (db) => db.selectFrom('plays').distinctOn('user').select('id'), 'DISTINCT ON'],
    [
      'distinct rows that are counted',
      (db) => db.selectFrom('plays').select(({ fn }) => fn.countAll().distinct().as('n')),
      'distinct rows',
    ],
    ['a limit without an order', (db) => db.selectFrom('plays').select('id').limit(1), 'a LIMIT without an ORDER BY'],
    [
      'a position in GROUP BY',
      (db) =>
        db
          .selectFrom('plays')
          .select('user')
          .groupBy(({ lit }) => lit(1)),
      'a constant',
    ],
    [
      'a lateral join',
      (db) =>
        db
          .selectFrom('plays')
          .leftJoinLateral(
            (eb) => eb.selectFrom('songs').whereRef('songs.song', '=', 'plays.song').select('title').as('match'),
            (join) => join.onTrue(),
          )
          .select('match.title'),
      'a lateral join',
    ],
    [
      'a query that names itself',
      (db) =>
        db
          .withRecursive('plays', (cte) => cte.selectFrom('songs').select(['song', 'title']))
          .selectFrom('plays')
          .select('song'),
      'a recursive query',
    ],
    [
      'text that is compared with a number',
      (db) =>
        db
          .selectFrom('plays')
          .select('id')
          .where('note', '=', 1 as never),
      'note (text) and 1 (int) cannot be compared',
    ],
    [
      'an aggregate beside a column',
      (db) => db.selectFrom('plays').select(({ fn }) => ['id', fn.max('at').as('at')]),
      'id is selected, but neither grouped by nor aggregated',
    ],
    [
      'a comparison with null',
      (db) =>
        db
          .selectFrom('plays')
          .select('id')
          .where('note', '=', null as never),
      'compares with null',
    ],
    ['ilike', (db) => db.selectFrom('plays').select('id').where('note', 'ilike', 'a%'), 'the operator ilike'],
  ])('does not load with %s', (_, query, message) => {
    const found = read(query)
    expect(found.kind === 'refused' && found.reason).toContain(message)
    expect(found.kind === 'refused' && found.remedy).not.toBe('')
  })
})

describe('the columns that the assets of the lake read', () => {
  const built = buildGraph(Object.values(assets))
  if (built.kind === 'problems') throw new Error(JSON.stringify(built.problems))
  const uses = (key: string) => {
    const asset = built.graph.get(key)
    return asset.kind === 'table'
      ? Object.fromEntries(asset.upstream.map(({ alias, columns }) => [alias, columns]))
      : {}
  }

  it('for songs and artists include `_file` and `_line`, which decide which row of a song counts', () => {
    expect(uses('songs')).toEqual({
      catalog: ['song_id', 'title', 'artist_id', 'year', 'duration', '_file', '_line'],
    })
    expect(uses('artists')).toEqual({
      catalog: [
        'song_id',
        'artist_id',
        'artist_name',
        'artist_location',
        'artist_latitude',
        'artist_longitude',
        'year',
        '_file',
        '_line',
      ],
    })
  })

  it('for users and time are columns of plays, without `_line`', () => {
    expect(uses('users')).toEqual({
      plays: ['ts', 'page', 'userId', 'firstName', 'lastName', 'gender', 'level', 'sessionId', 'itemInSession'],
    })
    expect(uses('time')).toEqual({ plays: ['ts', 'page'] })
  })

  it('for songplays are those that it shows of a play, and those by which it finds the song', () => {
    expect(uses('songplays')).toEqual({
      plays: [
        'ts',
        'page',
        'userId',
        'location',
        'userAgent',
        'level',
        'sessionId',
        'itemInSession',
        'song',
        'artist',
        'length',
      ],
      catalog: ['song_id', 'title', 'artist_id', 'artist_name', 'duration', '_file', '_line'],
    })
  })
})
