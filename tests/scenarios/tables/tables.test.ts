// An independent program computes the same five tables from the same files.
import { renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { lake, temporaryDirectory, writeFiles } from '../../support/programs/lake-process.ts'
import { document } from '../../support/programs/run-events.ts'
import { playLine, songLine } from '../../support/projects/source-lines.ts'
import { type Oracle, type OracleRow, oracle, withBigints } from '../../support/random/oracle.ts'

const TABLES = ['songs', 'artists', 'users', 'time', 'songplays'] as const

/** One row with the rows of all tables, so that one process can read all of them. */
const ALL_ROWS = `select ${TABLES.map((table) => `(select list(r) from ${table} as r) as ${table}`).join(', ')}`

/** A zone other than UTC, whose clocks change. */
const env = { TZ: 'America/New_York' }

function compareTables(tables: string, input: string): Oracle {
  const places = ['--lake', tables, '--input', input]
  const { status, stderr, stdout } = lake(['materialize', ...places], { env })
  expect(status, `${stdout}\n${stderr}`).toBe(0)
  const expected = oracle(input)
  const read = lake(['query', ALL_ROWS, '--format', 'json', ...places], { env })
  expect(read.status, read.stderr).toBe(0)
  const [actual] = JSON.parse(read.stdout)
  for (const table of TABLES)
    expect(lines(actual[table] ?? []), table).toEqual(lines(expected.tables[table].map(withBigints)))
  const sources = document(lake(['status', '--json', ...places], { env })).assets
  for (const key of ['song_data', 'log_data'] as const) {
    const { rows, rejected } = sources.find((asset: { key: string }) => asset.key === key)
    expect({ key, rows, rejected }).toEqual({ key, rows: expected.rows[key], rejected: expected.rejects[key].length })
    const { rejects } = document(lake(['rejects', key, '--json', ...places], { env }))
    expect(rejects.map(({ file, line }: { file: string; line: number }) => `${file}:${line}`).toSorted()).toEqual(
      expected.rejects[key].toSorted(),
    )
  }
  return expected
}

/** Rows as sorted lines, with duplicates. The columns have to be in their order too. */
const lines = (rows: readonly OracleRow[]) => rows.map((row) => JSON.stringify(row)).toSorted()

describe('the five tables have exactly the rows that the rules give', () => {
  it('for simulated data, even after files were added, changed and removed', () => {
    const directory = temporaryDirectory()
    const [tables, input] = [join(directory, 'tables'), join(directory, 'input')]
    const sizes = ['--songs', '300', '--events', '12000', '--days', '45', '--seed', '21']
    expect(lake(['simulate', '--out', input, ...sizes]).status).toBe(0)
    const first = compareTables(tables, input)
    const matched = first.tables.songplays.filter(({ song_id }) => song_id !== null)
    expect(matched.length).toBeGreaterThan(100)

    const more = join(directory, 'more')
    expect(lake(['simulate', '--out', more, ...sizes.with(-1, '22').with(1, '120').with(3, '900')]).status).toBe(0)
    renameSync(join(more, 'song_data'), join(input, 'song_data/more'))
    compareTables(tables, input)
    rmSync(join(input, 'song_data/A'), { recursive: true, force: true })
    rmSync(join(input, 'song_data/more/B'), { recursive: true, force: true })
    compareTables(tables, input)
  })

  it('for difficult lines, which are edited one by one', () => {
    const directory = temporaryDirectory()
    const [tables, input] = [join(directory, 'tables'), join(directory, 'input')]
    writeFiles(input, NASTY)
    // The difficult lines exceed the share that a source may refuse, so the test adds good lines.
    writeFiles(input, {
      'song_data/filler.json': many(1_500, (n) =>
        songLine({ song_id: `F${n}`, artist_id: `AF${n % 400}`, title: `t${n}` }),
      ),
      'log_data/filler.json': many(1_500, (n) =>
        playLine({ sessionId: 5_000, itemInSession: n, userId: `f${n % 40}` }),
      ),
    })
    compareTables(tables, input)
    for (const [change, edit] of EDITS) {
      edit(input)
      const { rejects } = compareTables(tables, input)
      expect(rejects.song_data.length, change).toBeGreaterThan(0)
    }
    const clean = join(directory, 'clean')
    compareTables(clean, input)
  })
})

const many = (count: number, line: (n: number) => string) => Array.from({ length: count }, (_, n) => line(n)).join('\n')

const DAY = 86_400_000
const at = (time: string) => Date.parse(time)
let item = 0
/** A play with a session item of its own. */
const play = (fields: Readonly<Record<string, unknown>> = {}) =>
  playLine({ sessionId: 77, itemInSession: item++, ...fields })

const NASTY: Readonly<Record<string, string>> = {
  // The same song in several paths and lines: the greatest path by its bytes counts, then the
  // greatest line.
  'song_data/A/first.json': songLine({ song_id: 'DUP', title: 'loser', artist_id: 'LOST', artist_name: 'Loser' }),
  'song_data/Z/last.json': [
    songLine({ song_id: 'DUP', title: 'loser too', artist_id: 'LOST' }),
    songLine({ song_id: 'DUP', title: 'winner', artist_id: 'ARW', artist_name: 'Winner', year: 1999 }),
  ].join('\n'),
  'song_data/Z/name-\uff5e.json': songLine({ song_id: 'ASTRAL', title: 'smaller in UTF-8, greater in UTF-16' }),
  'song_data/Z/name-\u{1f600}.json': songLine({ song_id: 'ASTRAL', title: 'winner' }),
  // Numbers in text columns, titles of several songs, and two songs that no play can distinguish.
  'song_data/numbers.json': [
    '{"song_id": 17, "title": 4.60, "artist_id": "AR311", "artist_name": 311, "artist_location": 1e2, "year": 2e3, "duration": 1}',
    songLine({ song_id: '18', title: '4.60', artist_id: 'AR312', artist_name: '311', duration: 1.0, year: 2001 }),
    songLine({ song_id: '170', title: '4.6', artist_id: 'AR313', artist_name: '311', duration: 1.0, year: 2001 }),
    songLine({ song_id: 'T1', title: 'Intro', artist_id: 'T', artist_name: 'T', duration: 10 }),
    songLine({ song_id: 'T2', title: 'Intro', artist_id: 'T', artist_name: 'T', duration: 11 }),
    songLine({ song_id: 'T3', title: 'Intro', artist_id: 'U', artist_name: 'U', duration: 10 }),
    songLine({ song_id: 'same-\u{1f600}', title: 'Same', artist_id: 'S1', artist_name: 'S', duration: 5 }),
    songLine({ song_id: 'same-\uff5e', title: 'Same', artist_id: 'S2', artist_name: 'S', duration: 5 }),
  ].join('\r\n'),
  // An artist whose songs describe the artist differently.
  'song_data/artist.json': [
    songLine({
      song_id: 'a1',
      artist_id: 'ART',
      artist_name: 'one',
      artist_latitude: 1,
      artist_location: 'half',
      year: 2009,
    }),
    songLine({
      song_id: 'a2',
      artist_id: 'ART',
      artist_name: 'two',
      artist_latitude: 0,
      artist_longitude: -0.5,
      year: 0,
    }),
    songLine({
      song_id: 'a4',
      artist_id: 'ART',
      artist_name: 'four',
      artist_latitude: 5,
      artist_longitude: 6,
      artist_location: ' ',
      year: 1990,
    }),
    songLine({
      song_id: 'a3',
      artist_id: 'ART',
      artist_name: 'three',
      artist_latitude: 7,
      artist_longitude: 8,
      artist_location: 'x',
      year: 1990,
    }),
    songLine({ song_id: 'c1', artist_id: 'ARL', artist_name: 'nowhere', year: 2010 }),
    songLine({ song_id: 'c2', artist_id: 'ARL', artist_name: 'somewhere', artist_location: 'here', year: 1950 }),
    songLine({ song_id: 'c3', artist_id: 'ARL', artist_name: 'earlier', artist_location: 'there', year: 1949 }),
    songLine({ song_id: 'b1', artist_id: 'ARN', artist_name: 'null', artist_location: null, year: 2010 }),
    songLine({ song_id: 'b2', artist_id: 'ARN', artist_name: 'empty', artist_location: '', year: 2010 }),
    songLine({ song_id: 'b3', artist_id: 'ARN', artist_name: 'absent', artist_location: undefined, year: 2010 }),
  ].join('\n'),
  'song_data/unicode.json': [
    `\ufeff${songLine({ song_id: 'u1', title: 'Caf\u00c3\u0083\u00c2\u00a9', artist_name: 'na\u00efve' })}`,
    songLine({ song_id: 'u2', title: 'cafe\u0301' }),
    songLine({ song_id: 'u3', title: 'caf\u00e9' }).replace('\u00e9', '\\u00e9'),
    songLine({ song_id: 'u4', title: 'nul\0, "quoted", \\ and \u{1f600}' }),
    songLine({ song_id: '', title: '', artist_id: '', artist_name: '' }),
    songLine({ song_id: ' u5 ', title: ' Setanta matins' }),
    '',
    songLine({ song_id: 'refused', title: ['no'] }),
    `{"song_id":"twice","year":"bad",${songLine({ song_id: 'u6' }).slice(1)}`,
    '{"song_id": "cut", "title": "',
    '   ',
  ].join('\n'),
  'log_data/2018/plays.json': [
    play(),
    play({ song: 'winner', artist: 'Winner' }),
    play({ song: 'loser', artist: 'Loser' }),
    play({ song: '4.60', artist: 311, length: 1 }),
    play({ song: 4.6, artist: '311', length: 1 }),
    play({ song: 'Intro', artist: 'T', length: 11 }),
    play({ song: 'Intro', artist: 'T', length: 12 }),
    play({ song: 'Same', artist: 'S', length: 5 }),
    play({ song: 'cafe\u0301', userAgent: '"Mozilla' }),
    play({ song: 'caf\u00e9', location: null, userAgent: null }),
    play({ song: 'nul\0, "quoted", \\ and \u{1f600}' }),
    play({ song: '', artist: '' }),
    play({ song: null, artist: null, length: null }),
    play({ song: ' Setanta matins' }),
    play({ song: 'setanta matins' }),
    play({ page: 'Home', userId: 'home-only', ts: at('2018-11-30T00:00:00Z') }),
    play({ page: 'nextsong', userId: 'home-only' }),
  ].join('\r\n'),
  'log_data/2018/users.json': [
    play({ userId: 'u', level: 'free', ts: 1000, sessionId: 5 }),
    play({ userId: 'u', level: 'paid', ts: 2000, sessionId: 5, firstName: null }),
    play({ userId: 'u', level: 'middle', ts: 2000, sessionId: 4 }),
    playLine({ userId: 'v', level: 'free', ts: 3000, sessionId: 6, itemInSession: 10 }),
    playLine({ userId: 'v', level: 'paid', ts: 3000, sessionId: 6, itemInSession: 9 }),
    play({ userId: 'V', gender: null }),
    play({ userId: '', firstName: null, lastName: null, gender: null, level: 'free' }),
    play({ userId: 39, level: 'paid' }),
    play({ userId: null }),
    play({ userId: undefined }),
    play({ sessionId: '7' }),
    playLine({ sessionId: 9_007_199_254_740_993n.toString() }).replace(/"(9007199254740993)"/, '$1'),
    playLine({ sessionId: -1, itemInSession: 0 }),
  ].join('\n'),
  'log_data/2018/time.json': [
    ...['2018-12-31T23:59:59.999Z', '2019-01-01T00:00:00Z', '2016-01-01T04:59:59.001Z', '2017-01-01T12:00:00Z'],
    ...['2018-11-04T05:59:59.999Z', '2018-11-04T06:00:00Z', '2018-03-11T07:00:00Z', '2020-02-29T23:30:00Z'],
    ...['2018-12-01T04:59:59.999Z', '1970-01-01T00:00:00Z', '1969-12-31T23:59:59.999Z', '2018-11-30T23:59:59.999Z'],
  ]
    .flatMap((time) => [play({ ts: at(time) }), play({ ts: at(time) })])
    .join('\n'),
  'log_data/2018/.hidden.json': 'hidden',
  'log_data/2018/notes.txt': 'no log',
}

const EDITS: readonly (readonly [string, (input: string) => void])[] = [
  ['the winner of a song goes, and the loser comes back', (input) => rmSync(join(input, 'song_data/Z/last.json'))],
  [
    'a file is moved: its songs win over others by its new path',
    (input) => renameSync(join(input, 'song_data/A/first.json'), join(input, 'song_data/Z/zz-first.json')),
  ],
  [
    'a refused line becomes valid, and a valid one invalid',
    (input) =>
      writeFiles(input, {
        'song_data/unicode.json': `${NASTY['song_data/unicode.json']}`
          .replace('["no"]', '"mended"')
          .replace('"title":"cafe\u0301"', '"title":{}'),
      }),
  ],
  [
    'the latest event of a user goes, and late events come',
    (input) => {
      rmSync(join(input, 'log_data/2018/users.json'))
      writeFiles(input, {
        'log_data/late/late.json': `${play({ userId: 'u', ts: -DAY })}\n${play({ userId: '8', ts: 0 })}`,
      })
    },
  ],
  [
    'a play finds its song only now',
    (input) => writeFiles(input, { 'song_data/late.json': songLine({ song_id: 'late', title: 'setanta matins' }) }),
  ],
]
