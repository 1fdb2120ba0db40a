// Programs read tables without an engine: the same rows as DuckDB, of the right versions and files.
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import {
  bigint,
  binary,
  boolean,
  date,
  decimal,
  defineAsset,
  defineSource,
  double,
  int,
  openLake,
  text,
  timestamp,
} from 'lake'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readSnapshot } from '../../../framework/delta/snapshot.ts'
import { type DuckDb, DuckDbSession } from '../../../framework/engines/duckdb/duckdb-session.ts'
import { identifier, inputSql, textLiteral } from '../../../framework/engines/duckdb/sql.ts'
import { tableOf } from '../../../framework/tables/table-version.ts'
import { graphOf } from '../../support/lakes/graph-of.ts'
import { TestLake } from '../../support/lakes/test-lake.ts'
import { nameSong, PLAYS, playAssets, titledPlays, writePlays } from '../../support/projects/marked-plays.ts'
import { python, runPython } from '../../support/python/python.ts'

const program = python()

const columns = {
  t: text().nullable(),
  b: boolean().nullable(),
  i: int().nullable(),
  n: bigint().nullable(),
  m: decimal(38, 10).nullable(),
  p: decimal(9, 2).nullable(),
  day: date().nullable(),
  at: timestamp().nullable(),
  x: binary().nullable(),
}
const lines = defineSource({ key: 'lines', columns: { ...columns, d: text().nullable() } })
const valuesOf = (key: string, partitionBy: readonly ('t' | 'b' | 'i' | 'n' | 'p' | 'day')[]) =>
  defineAsset({
    key,
    columns: { ...columns, d: double().nullable() },
    partitionBy,
    upstream: { lines },
    query: ({ db, fn }) =>
      db
        .selectFrom('lines')
        .select(['t', 'b', 'i', 'n', 'm', 'p', 'day', 'at', 'x'])
        .select(({ ref }) => fn.toDouble(ref('d')).as('d'))
        // Delta does not distinguish '' from null in partitions, so lake refuses '' there.
        .where('t', 'is distinct from', key === 'by_text' ? '' : 'none'),
  })
const values = valuesOf('all_values', [])
const byText = valuesOf('by_text', ['t'])
const byDay = valuesOf('by_day', ['day', 'p'])

/**
 * Gives a column as many values as there are rows, so that all values occur. A shorter list of
 * values begins again at its end.
 */
const EDGES: Readonly<Record<string, readonly unknown[]>> = {
  t: ['', 'a', 'ab', 'é', '\ufeffmark', '\uffff', '😀', 'a\nb', "it's", null],
  b: [true, false, null],
  i: [0, 1, -1, 2147483647, -2147483648, null],
  n: ['0', '9223372036854775807', '-9223372036854775808', '9007199254740993', '1', null],
  m: ['0', '9999999999999999999999999999.9999999999', '-9999999999999999999999999999.9999999999', '0.0000000001', null],
  p: ['0.00', '1.5', '-1.50', '9999999.99', '-0.01', null],
  day: ['0001-01-01', '1582-10-10', '1969-12-31', '1970-01-01', '2024-02-29', '9999-12-31', null],
  at: [
    '0001-01-01T00:00:00Z',
    '1969-12-31T23:59:59.999999Z',
    '1970-01-01T00:00:00.000001Z',
    '2024-02-29T12:00:00Z',
    null,
  ],
  x: ['', 'AA==', 'AAA=', 'fw==', 'gA==', '/w==', '/wA=', null],
  d: ['0', '-0.0', '1.5', 'NaN', 'Infinity', '-Infinity', '5e-324', '1e300', null],
}
const ROWS = 60

function lineOf(row: number): string {
  const members = Object.entries(EDGES).map(([name, all]) => {
    const value = all[row % all.length]
    const isNumber = typeof value === 'string' && ['n', 'm', 'p'].includes(name)
    return `${JSON.stringify(name)}:${isNumber ? value : JSON.stringify(value)}`
  })
  return `{${members.join(',')}}`
}

/** A constant of a program, and the same constant in DuckDB. */
function constants(name: string): readonly { readonly value: unknown; readonly sql: string }[] {
  return (EDGES[name] ?? []).flatMap((value) => {
    if (value === null) return []
    if (name === 'n') return [{ value: BigInt(String(value)), sql: `${textLiteral(String(value))}::BIGINT` }]
    if (name === 'd') return [{ value: Number(value), sql: `${textLiteral(String(value))}::DOUBLE` }]
    if (name === 'at') {
      // A Date has no microseconds.
      const moment = new Date(String(value))
      return [{ value: moment, sql: `${textLiteral(moment.toISOString())}::TIMESTAMPTZ` }]
    }
    if (name === 'm' || name === 'p')
      return [
        { value: String(value), sql: `${textLiteral(String(value))}::DECIMAL(${name === 'm' ? '38,10' : '9,2'})` },
      ]
    if (name === 'x') {
      const bytes = new Uint8Array(Buffer.from(String(value), 'base64'))
      return [{ value: bytes, sql: `from_base64(${textLiteral(String(value))})` }]
    }
    if (name === 'day') return [{ value, sql: `${textLiteral(String(value))}::DATE` }]
    return [{ value, sql: typeof value === 'string' ? `(${textLiteral(value)})` : String(value) }]
  })
}

const lake = new TestLake()
afterAll(() => lake.close())

describe('the rows of tables with all types', () => {
  let session: DuckDbSession

  beforeAll(async () => {
    lake.writeText('lines/1.json', Array.from({ length: ROWS }, (_, row) => lineOf(row)).join('\n'))
    const { result } = await lake.run(graphOf([lines, values, byText, byDay]))
    expect(result.error?.message).toBeUndefined()
    session = await DuckDbSession.open({ memoryLimit: '500MB', threads: 1 }, lake.directory)
  })
  afterAll(() => session.close())

  const memory = new Set<string>()

  /**
   * The rows of the table as DuckDB reads them, in memory. (In files, a filter of DuckDB for -0.0
   * does not find 0.0.)
   */
  async function loaded(db: DuckDb, key: string): Promise<string> {
    const name = identifier(`rows of ${key}`)
    if (memory.has(key)) return name
    const snapshot = await readSnapshot(lake.lake, key)
    if (!snapshot) throw new Error(key)
    await db.run(`CREATE TABLE ${name} AS FROM ${inputSql(await tableOf(lake.lake, key, snapshot))}`)
    memory.add(key)
    return name
  }

  /** The rows of DuckDB as texts. */
  async function expected(key: string, condition: string): Promise<readonly string[]> {
    return session.withConnection(async (db) => {
      const texts = Object.keys(EDGES).map((name) => {
        const column = identifier(name)
        if (name === 'at') return `CAST(epoch_us(date_trunc('millisecond', ${column})) AS VARCHAR)`
        if (name === 'x') return `hex(${column})`
        return name === 'd' ? `CAST(${column} + 0e0 AS VARCHAR)` : `CAST(${column} AS VARCHAR)`
      })
      const rows = await db.connection.runAndReadAll(
        `SELECT ${texts.join(', ')} FROM ${await loaded(db, key)} WHERE ${condition}`,
      )
      return rows
        .getRows()
        .map((row) => JSON.stringify(row))
        .sort()
    })
  }

  /** The rows of the library in the same form. */
  const shown = (rows: readonly Readonly<Record<string, unknown>>[]) =>
    rows.map((row) => JSON.stringify(Object.keys(EDGES).map((name) => textOf(name, row[name])))).sort()

  function textOf(name: string, value: unknown): string | null {
    if (value === null) return null
    if (value instanceof Date) return String(value.getTime() * 1000)
    if (value instanceof Uint8Array) return Buffer.from(value).toString('hex').toUpperCase()
    if (name === 'd') return DOUBLES.get(value as number) ?? String(value)
    return String(value)
  }
  const DOUBLES = new Map([
    ...[
      [0, '0.0'],
      [Number.POSITIVE_INFINITY, 'inf'],
      [Number.NEGATIVE_INFINITY, '-inf'],
      [1e300, '1e+300'],
    ],
    [Number.NaN, 'nan'],
  ] as [number, string][])

  it.each([
    ['all_values', Object.keys(EDGES)],
    ['by_text', ['t', 'd', 'm']],
    ['by_day', ['day', 'p']],
  ] as const)('%s: are those of DuckDB under every condition on %j', async (key, names) => {
    const asset = { all_values: values, by_text: byText, by_day: byDay }[key]
    const table = (await openLake(lake.lake.uri)).table(asset) as unknown as AnyTable
    expect(shown(await table.all())).toEqual(await expected(asset.key, 'true'))
    for (const name of names) {
      const column = identifier(name)
      for (const { value, sql } of constants(name)) {
        for (const operator of ['=', '!=', '<', '<=', '>', '>=']) {
          const rows = shown(await table.where(name, operator, value).all())
          expect({ name, operator, value, rows }).toEqual({
            ...{ name, operator, value, rows: await expected(asset.key, `${column} ${operator} ${sql}`) },
          })
        }
      }
      const some = constants(name).slice(1, 3)
      const list = some.map(({ sql }) => sql).join(', ')
      for (const [operator, value, sql] of [
        ['in', some.map(({ value }) => value), `IN (${list})`],
        ['not in', some.map(({ value }) => value), `NOT IN (${list})`],
        ['is', null, 'IS NULL'],
        ['is not', null, 'IS NOT NULL'],
      ] as const) {
        const rows = shown(await table.where(name, operator, value).all())
        expect({ name, operator, rows }).toEqual({
          name,
          operator,
          rows: await expected(asset.key, `${column} ${sql}`),
        })
      }
    }
  })

  it('have the types of the columns, and contain only the selected columns', async () => {
    const table = (await openLake(lake.lake.uri)).table(values)
    const first = table
      .where('n', '=', 9007199254740993n)
      .where('t', '=', 'a\nb')
      .where('day', 'is not', null)
      .where('d', '=', Number.NaN)
    expect(await first.all()).toEqual([
      {
        ...{ t: 'a\nb', b: true, i: 2147483647, n: 9007199254740993n, m: '-9999999999999999999999999999.9999999999' },
        ...{ p: '9999999.99', day: '1582-10-10', at: new Date(0), d: Number.NaN, x: expect.any(Uint8Array) },
      },
    ])
    const days: string[] = []
    for await (const { day } of table.select('day').where('at', '>', new Date('2000-01-01')).rows()) {
      if (day !== null) days.push(day)
      if (days.length === 2) break
    }
    expect(days).toHaveLength(2)
    expect(
      await table.select(['i', 'p']).where('t', '=', '\ufeffmark').where('i', 'is not', null).limit(1).all(),
    ).toEqual([{ i: -2147483648, p: '-0.01' }])
  })

  it('are refused if the program names a column, an operator or a constant that does not fit the asset', async () => {
    const table = (await openLake(lake.lake.uri)).table(values) as unknown as AnyTable
    expect(() => table.where('nothing', '=', 1)).toThrow(/all_values has no column "nothing"; it has t, b/)
    expect(() => table.where('t', 'like', 'a%')).toThrow(/the operator "like" is none of =, !=/)
    expect(() => table.where('t', '=', null)).toThrow(/use is or is not/)
    expect(() => table.where('p', '=', '1.005')).toThrow(/at most 2 digits after the point/)
    expect(() => table.where('day', '<', '2023-02-29')).toThrow(/compares with a date/)
    expect(() => table.select('nothing')).toThrow(/no column/)
    const other = defineSource({ key: 'all_values', columns: { t: text().nullable(), extra: int().nullable() } })
    await expect((await openLake(lake.lake.uri)).table(other).all()).rejects.toThrow(
      /another declaration: it has no column extra/,
    )
    await expect(openLake(join(lake.lake.uri, 'elsewhere'))).rejects.toThrow(/There is no lake in .*elsewhere/)
  })
})

describe('the files of a table', () => {
  const own = new TestLake()
  afterAll(() => own.close())
  const plays = titledPlays(true)
  const graph = graphOf(playAssets(true))

  it('lose the rows that deletion vectors mark, and are read only if they can contain a matching row', async () => {
    writePlays(own)
    await own.run(graph)
    nameSong(own, 3, 'Another title')
    await own.run(graph, { alwaysFollow: true })
    const table = (await openLake(own.lake.uri)).table(plays)
    const rows = await table.select(['n', 'title']).all()
    expect(rows).toHaveLength(PLAYS)
    expect(new Set(rows.map(({ n }) => n)).size).toBe(PLAYS)
    expect(rows.filter(({ title }) => title === 'Another title')).toHaveLength(PLAYS / 100)
    expect(await table.where('title', '=', 'Title 3').all()).toEqual([])

    const files = [...((await readSnapshot(own.lake, plays.key))?.files.values() ?? [])]
    expect(files.some(({ deletionVector }) => deletionVector)).toBe(true)
    for (const { path } of files.filter(({ partitionValues }) => partitionValues.half === '0'))
      rmSync(own.lake.locate(`${plays.key}/${path}`))
    expect(await table.where('half', '=', 1).all()).toHaveLength(PLAYS / 2)
    await expect(table.where('title', '=', 'Another title').all()).rejects.toThrow(
      /titled_plays has lost rows of its version 1: .* is missing/,
    )
  })

  it.skipIf(program === undefined)('can be written by another program, and can be older than a column', async () => {
    const songList = playAssets(true)[0]
    if (songList?.kind !== 'source') throw new Error('the first asset is the list of songs')
    const place = own.lake.locate(songList.key)
    expect(runPython(program ?? '', 'change_delta.py', [place, 'add_column'])).toBe(100)
    expect(runPython(program ?? '', 'change_delta.py', [place, 'append'])).toBe(101)
    const columns = { song: int(), title: text(), mood: text().nullable() }
    const moody = defineSource({ key: songList.key, columns })
    const rows = await (await openLake(own.lake.uri)).table(moody).all()
    expect(rows).toHaveLength(101)
    expect(rows[0]).toEqual({ song: 0, title: 'Title 0', mood: null, _file: '000.json', _line: 1n })
  })
})

/** A call that only a program without types can make. */
interface AnyTable {
  where(column: string, operator: string, value: unknown): AnyTable
  select(columns: string): AnyTable
  all(): Promise<Readonly<Record<string, unknown>>[]>
}
