/**
 * Parquet files become rows exactly: what a declared type holds is taken, all else is a reject or
 * refuses the file.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  array,
  bigint,
  boolean,
  date,
  decimal,
  defineSource,
  double,
  emptyAsNull,
  int,
  json,
  oneOf,
  parquet,
  struct,
  text,
  timestamp,
} from 'lake'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ColumnSchemas } from '../../../framework/declare/columns.ts'
import type { SourceOptions } from '../../../framework/declare/definition.ts'
import type { WrittenFile } from '../../../framework/engine/data-file.ts'
import { DuckDbSession } from '../../../framework/engines/duckdb/duckdb-session.ts'
import { localMoment } from '../../../framework/engines/duckdb/ingest/parquet/local-moment.ts'
import { lineColumns } from '../../../framework/ingest/lines/line-columns.ts'
import { timeReader } from '../../../framework/ingest/lines/parse-time.ts'
import { localStorage } from '../../../framework/storage/local/local-storage.ts'
import type { Storage } from '../../../framework/storage/storage.ts'
import { type EngineBench, engineBench, LOCAL_ENGINES, resolveAll } from '../../support/engines/engine-bench.ts'
import {
  type FormatWriter,
  startFormatWriter,
  type WrittenRow,
  type WrittenValue,
} from '../../support/projects/written-formats.ts'
import { python } from '../../support/python/python.ts'

const program = python('requirements.txt', 'no Parquet file of another writer is read')
let writer: FormatWriter
beforeAll(() => {
  if (program) writer = startFormatWriter(program)
})
afterAll(() => writer?.end())

type Written = readonly WrittenRow[]
type Types = Readonly<Record<string, string>>

interface Files {
  readonly [path: string]: { readonly types: Types; readonly rows: Written; readonly write?: object }
}

async function writeAll(root: string, files: Files): Promise<void> {
  for (const [path, { types, rows, write }] of Object.entries(files)) {
    const options = { types, write, columns: Object.keys(types) }
    await writer.write({ format: 'parquet', path: join(root, path), rows, options })
  }
}

type Declared = Omit<SourceOptions<ColumnSchemas>, 'key'>

function sourceOf(declared: Declared) {
  const declaration = defineSource({ maxRejected: 1, ...declared, key: 'things', format: parquet(), pattern: '*' })
  const source = resolveAll([declaration]).get('things')
  if (source?.kind !== 'source') throw new Error('things is a source')
  return source
}

/** What one ingest of the files below `root` gives. */
async function ingested(bench: EngineBench, root: string, declared: Declared, storage: Storage = localStorage(root)) {
  const source = sourceOf(declared)
  const files = await storage.list('')
  const result = await bench.engine.ingest({
    ...{ source, storage, table: undefined, files, listed: files },
    rewritten: { columns: source.columns, files: [] },
    ...{ replacedPaths: [], directory: bench.directory(), signal: new AbortController().signal },
    progress: () => undefined,
  })
  const rejects = result.rejects.toSorted((one, other) => one.line - other.line)
  const read = result.read.toSorted((one, other) => (one.path < other.path ? -1 : 1))
  return { ...result, read, rejects: rejects.map(({ line, reason }) => `${line}: ${reason}`), full: rejects }
}

let reader: DuckDbSession
beforeAll(async () => {
  reader = await DuckDbSession.open({ memoryLimit: '500MB', threads: 1 }, tmpdir())
})
afterAll(() => reader.close())

/** The rows as JSON shows them, in order. */
async function rowsOf(files: readonly WrittenFile[]): Promise<readonly Readonly<Record<string, unknown>>[]> {
  if (files.length === 0) return []
  const paths = files.map(({ location }) => `'${location}'`).join(', ')
  const rows = await reader.withConnection((db) =>
    db.plainRows(`SELECT * FROM read_parquet([${paths}]) ORDER BY _file, _line`),
  )
  return JSON.parse(JSON.stringify(rows))
}

const [duckdb] = LOCAL_ENGINES
const bench = () => {
  if (!duckdb) throw new Error('DuckDB is an engine')
  return engineBench(duckdb.open)
}

/**
 * The type in the file, its values, the declared type, and what comes of them: a list of values, or
 * reasons by row.
 */
type Case = readonly [
  written: string,
  values: readonly WrittenValue[],
  declared: ColumnSchemas[string],
  rows: readonly unknown[],
  rejects?: readonly string[],
]

const MAX_INT = 2_147_483_647
const CASES: readonly Case[] = [
  ['pa.int8()', [-128, null], int().nullable(), [-128, null]],
  ['pa.int64()', [5, MAX_INT, MAX_INT + 1], int(), [5, MAX_INT], ['3: v: 2147483648 does not fit int']],
  ['pa.uint32()', [4_294_967_295], bigint(), ['4294967295']],
  ['pa.uint64()', [7, '9223372036854775808'], bigint(), ['7'], ['2: v: 9223372036854775808 does not fit bigint']],
  [
    'pa.float64()',
    [3, 3.5, -0, 2 ** 63],
    bigint(),
    ['3', '0'],
    ['2: v: 3.5 does not fit bigint', '4: v: 9.223372036854776e+18 does not fit bigint'],
  ],
  ['pa.decimal128(10, 2)', ['7.00', '7.10'], int(), [7], ['2: v: 7.10 does not fit int']],
  ['pa.float32()', [0.5, null], double().nullable(), [0.5, null]],
  ['pa.int64()', ['9007199254740993', 4], double(), [4], ['1: v: 9007199254740993 does not fit double']],
  ['pa.decimal128(15, 3)', ['0.125'], double(), [0.125]],
  ['pa.decimal128(10, 2)', ['1.25', '-99999999.99'], decimal(20, 4), ['1.2500', '-99999999.9900']],
  ['pa.decimal128(10, 3)', ['1.250', '1.255'], decimal(10, 2), ['1.25'], ['2: v: 1.255 does not fit decimal(10,2)']],
  [
    'pa.decimal128(10, 2)',
    ['12345678.00', '1.00'],
    decimal(5, 2),
    ['1.00'],
    ['1: v: 12345678.00 does not fit decimal(5,2)'],
  ],
  ['pa.int64()', [12, 1_000_000], decimal(8, 2), ['12.00'], ['2: v: 1000000 does not fit decimal(8,2)']],
  ['pa.int32()', [7], text(), ['7']],
  ['pa.dictionary(pa.int32(), pa.string())', ['a', null], text().nullable(), ['a', null]],
  ['pa.string()', ['a', '', null], emptyAsNull(), ['a', null, null]],
  ['pa.string()', ['free', 'gold'], oneOf('free', 'paid'), ['free'], ['2: v: expected one of free, paid, got "gold"']],
  ['pa.int32()', [1, -1], int().min(0), [1], ['2: v: expected >= 0, got -1']],
  ['pa.date32()', ['2018-11-30', '0001-01-01'], date(), ['2018-11-30', '0001-01-01']],
  ["pa.timestamp('ms', 'UTC')", [1543536000123], timestamp(), ['2018-11-30T00:00:00.123Z']],
  ["pa.timestamp('ns', 'UTC')", [1999], timestamp(), ['1970-01-01T00:00:00.000001Z']],
  ["pa.timestamp('us', 'Europe/Paris')", [0], timestamp(), ['1970-01-01T00:00:00.000Z']],
  [
    "pa.timestamp('us', 'UTC')",
    [0, '253402300800000000'],
    timestamp(),
    ['1970-01-01T00:00:00.000Z'],
    ['2: v: 10000-01-01 00:00:00+00 does not fit timestamp'],
  ],
  ["pa.timestamp('us')", [0], timestamp({ zone: 'UTC' }), ['1970-01-01T00:00:00.000Z']],
  ["pa.timestamp('ns')", [1001], timestamp({ zone: 'America/New_York' }), ['1970-01-01T05:00:00.000001Z']],
  [
    "pa.timestamp('ns')",
    [-1, -999999999, 1],
    timestamp({ zone: 'UTC' }),
    ['1969-12-31T23:59:59.999999Z', '1969-12-31T23:59:59.000Z', '1970-01-01T00:00:00.000Z'],
  ],
  [
    "pa.timestamp('s')",
    ['9999-12-31T00:00:00', '2150-03-29T02:30:00'],
    timestamp({ zone: 'Europe/Berlin' }),
    ['9999-12-30T23:00:00.000Z'],
    ['2: v: 2150-03-29 02:30:00 does not fit timestamp in Europe/Berlin, where clocks skip or repeat it'],
  ],
  [
    "pa.timestamp('s')",
    ['2018-03-25T02:30:00', '2018-10-28T02:30:00', '2018-07-01T00:00:00'],
    timestamp({ zone: 'Europe/Paris' }),
    ['2018-06-30T22:00:00.000Z'],
    [
      '1: v: 2018-03-25 02:30:00 does not fit timestamp in Europe/Paris, where clocks skip or repeat it',
      '2: v: 2018-10-28 02:30:00 does not fit timestamp in Europe/Paris, where clocks skip or repeat it',
    ],
  ],
  [
    "pa.timestamp('s')",
    ['2018-10-28T02:30:00'],
    timestamp({ zone: 'Europe/Paris', ambiguous: 'later' }),
    ['2018-10-28T01:30:00.000Z'],
  ],
  ['pa.int64()', [1543536000123], timestamp({ epoch: 'milliseconds' }), ['2018-11-30T00:00:00.123Z']],
  [
    'pa.int64()',
    [1, '4611686018427387904'],
    timestamp({ epoch: 'seconds' }),
    ['1970-01-01T00:00:01.000Z'],
    ['2: v: 4611686018427387904 does not fit timestamp'],
  ],
  ['pa.null()', [null, null], decimal(5, 2).nullable(), [null, null]],
  ['pa.null()', [null], text(), [], ['1: v is null']],
  ['pa.list_(pa.int32())', [[1, 2], [], null], array(double()).nullable(), [[1, 2], [], null]],
  ['pa.list_(pa.int64())', [[1], [2, null]], array(int()), [[1]], ['2: v: a part of it does not fit array(int)']],
  [
    'pa.list_(pa.int64())',
    [[1, null], [2 ** 40]],
    array(int().nullable()),
    [[1, null]],
    ['2: v: a part of it does not fit array(int null)'],
  ],
  ['pa.list_(pa.list_(pa.string()))', [[['a'], []]], array(array(text())), [[['a'], []]]],
  [
    "pa.struct([('b', pa.int32()), ('a', pa.string()), ('more', pa.bool_())])",
    [{ a: 'x', b: 1, more: true }, { a: null, b: 2, more: null }, null],
    struct({ a: text(), b: double(), c: date().nullable() }).nullable(),
    [{ a: 'x', b: 1, c: null }, null],
    ['2: v: a part of it does not fit struct(a text, b double, c date null)'],
  ],
  [
    "pa.list_(pa.struct([('n', pa.float64())]))",
    [[{ n: 1 }, { n: 2 }], [{ n: 1.5 }]],
    array(struct({ n: int() })),
    [[{ n: 1 }, { n: 2 }]],
    ['2: v: a part of it does not fit array(struct(n int))'],
  ],
  ['pa.map_(pa.string(), pa.int64())', [{ k: 1 }, null], json().nullable(), ['{"k":1}', null]],
  ["pa.struct([('a', pa.list_(pa.date32()))])", [{ a: null }], json(), ['{"a":null}']],
]

const NOT_FITTING: readonly (readonly [
  written: string,
  value: WrittenValue,
  declared: ColumnSchemas[string],
  reason: string,
])[] = [
  ['pa.string()', 'a', int(), 'v: expected int, and the file has text'],
  ['pa.float64()', 1.5, decimal(5, 2), 'v: expected decimal(5,2), and the file has numbers of 64 bits'],
  ['pa.decimal256(40, 2)', '1.50', double(), 'v: expected double, and the file has decimal(40,2)'],
  ['pa.int32()', 1, boolean(), 'v: expected boolean, and the file has integers of 32 bits'],
  [
    "pa.timestamp('us')",
    0,
    timestamp(),
    "v: expected timestamp, and the file has timestamps without a zone, which need a zone: declare timestamp({ zone: 'UTC' }) or another one",
  ],
  ["pa.timestamp('us', 'UTC')", 0, date(), 'v: expected date, and the file has timestamps'],
  ['pa.time64("us")', 0, text(), 'v: expected text, and the file has TIME'],
  ['pa.list_(pa.string())', ['a'], array(int()), 'v: expected array(int), and the file has text in its lists'],
  [
    "pa.struct([('a', pa.string())])",
    { a: 'x' },
    struct({ a: text(), b: int() }),
    'v: expected struct(a text, b int), and the file has no b in its structs',
  ],
  ["pa.struct([('a', pa.string())])", { a: 'x' }, text(), 'v: expected text, and the file has structs of a'],
]

describe.runIf(program)('a Parquet file', () => {
  it('gives the values that the declared type holds, and a reject for each other row', async () => {
    const used = bench()
    for (const [written, values, declared, expected, reasons = []] of CASES) {
      const root = used.directory()
      await writeAll(root, { f: { types: { v: written }, rows: values.map((v) => ({ v })) } })
      const { files, rejects, read } = await ingested(used, root, { columns: { v: declared } })
      const rows = await rowsOf(files)
      const counts = read.map(({ rows, rejected }) => [rows, rejected])
      expect({ written, values: rows.map(({ v }) => v), rejects, counts }).toEqual({
        ...{ written, values: expected, rejects: reasons, counts: [[expected.length, reasons.length]] },
      })
    }
  })

  it('is refused as a whole if its type can have no value of the declared one', async () => {
    const used = bench()
    for (const [written, v, declared, reason] of NOT_FITTING) {
      const root = used.directory()
      await writeAll(root, { f: { types: { v: written }, rows: [{ v }] } })
      const { files, rejects, read } = await ingested(used, root, { columns: { v: declared } })
      const rows = await rowsOf(files)
      expect({ written, rows, rejects, read }).toMatchObject({
        ...{ written, rows: [], rejects: [`0: ${reason}`], read: [{ rows: 0, rejected: 1 }] },
      })
    }
  })
})

describe.runIf(program)('Parquet files of one source', () => {
  const declared = {
    columns: {
      id: bigint(),
      fee: double().nullable(),
      agent: text().from('user-agent').nullable(),
      city: text().from('$.home.address.city').nullable(),
      year: int().fromPath('year'),
    },
  }

  it('can each have other columns and types, and their rows are numbered in each file', async () => {
    const used = bench()
    const root = used.directory()
    const home = "pa.struct([('address', pa.struct([('City', pa.string()), ('city', pa.string())]))])"
    await writeAll(root, {
      'year=2018/a': {
        types: { id: 'pa.int64()', fee: 'pa.int32()', home, extra: 'pa.list_(pa.int8())' },
        rows: [
          { id: 1, fee: 5, home: { address: { City: 'no', city: 'Rome' } }, extra: [1] },
          { id: null, fee: 5, home: null, extra: null },
          { id: 3, fee: null, home: null, extra: null },
        ],
        write: { row_group_size: 1 },
      },
      "year=2019/b [1]* 'x'?": {
        types: { 'user-agent': 'pa.string()', fee: 'pa.float64()', id: 'pa.int16()' },
        rows: [{ 'user-agent': 'curl', fee: 0.5, id: 4 }],
      },
      'year=2019/c': { types: { ID: 'pa.int64()', fee: 'pa.float64()' }, rows: [{ ID: 1, fee: 1 }] },
      'year=2019/empty': { types: { other: 'pa.string()' }, rows: [] },
      'year=20x/d': { types: { id: 'pa.int64()' }, rows: [{ id: 1 }] },
    })
    const { files, full, read } = await ingested(used, root, declared)
    const nothing = { fee: null, agent: null, city: null }
    expect(await rowsOf(files)).toEqual([
      { ...nothing, id: '1', fee: 5, city: 'Rome', year: 2018, _file: 'year=2018/a', _line: '1' },
      { ...nothing, id: '3', year: 2018, _file: 'year=2018/a', _line: '3' },
      { ...nothing, id: '4', fee: 0.5, agent: 'curl', year: 2019, _file: "year=2019/b [1]* 'x'?", _line: '1' },
    ])
    expect(full).toEqual([
      {
        ...{ file: 'year=2019/c', line: 0, text: '' },
        reason: 'id is missing: the file has no column id: it has ID, which differs in case',
      },
      {
        ...{ file: 'year=20x/d', line: 0, text: '' },
        reason: 'year: expected an integer, got "20x", from the path of the file',
      },
      { file: 'year=2018/a', line: 2, reason: 'id is null', text: '{"id":null,"fee":5,"home":null}' },
    ])
    expect(read.map(({ path, rows, rejected, keys }) => [path, rows, rejected, keys])).toEqual([
      [
        ...['year=2018/a', 2, 1],
        {
          ...{ unknown: [{ name: 'extra', rows: 2, example: 'an array' }], more: 0, bare: 0 },
          absent: ['agent'],
        },
      ],
      ["year=2019/b [1]* 'x'?", 1, 0, { unknown: [], more: 0, bare: 0, absent: ['city'] }],
      ['year=2019/c', 0, 1, { unknown: [], more: 0, bare: 0, absent: [] }],
      ['year=2019/empty', 0, 0, { unknown: [], more: 0, bare: 0, absent: [] }],
      ['year=20x/d', 0, 1, { unknown: [], more: 0, bare: 0, absent: [] }],
    ])
  })

  it('are refused for a column that no column of the source takes, if the source refuses those', async () => {
    const used = bench()
    const root = used.directory()
    await writeAll(root, { f: { types: { id: 'pa.int64()', more: 'pa.bool_()' }, rows: [{ id: 1, more: true }] } })
    const columns = { id: bigint() }
    expect((await ingested(used, root, { columns, unknownKeys: 'reject' })).rejects).toEqual(['0: unknown key: more'])
    expect((await ingested(used, root, { columns, unknownKeys: 'ignore' })).read).toEqual([
      expect.not.objectContaining({ keys: expect.anything() }),
    ])
  })

  it('are each one reject if none of their many rows fits', async () => {
    const used = bench()
    const root = used.directory()
    const rows = Array.from({ length: 1_500 }, (_, index) => ({ id: index }))
    await writeAll(root, { f: { types: { id: 'pa.int64()' }, rows } })
    const { rejects } = await ingested(used, root, { columns: { id: int().min(1_000_000) } })
    expect(rejects).toEqual(['0: none of its 1500 rows fits: id: expected >= 1000000, got 0 (row 1)'])
  })

  it('are read again if they change while they are read', async () => {
    const used = bench()
    const root = used.directory()
    const types = { id: 'pa.int64()' }
    const written = (ids: readonly number[], more = '') => ({
      ...{ types: { ...types, more: 'pa.string()' }, rows: ids.map((id) => ({ id, more })) },
    })
    await writeAll(root, { changing: written([1, 2]), other: written([3]) })
    const storage = localStorage(root)
    let isChanged = false
    const changing: Storage = {
      ...storage,
      // The file changes between its listing and its reading by the engine.
      stream: async (path) => {
        const opened = await storage.stream(path)
        if (path === 'other' && !isChanged) {
          isChanged = true
          await writeAll(root, { changing: written([7, 8, 9], 'x'.repeat(500)) })
        }
        return opened
      },
    }
    const { files, read } = await ingested(used, root, { columns: { id: bigint() } }, changing)
    expect((await rowsOf(files)).map(({ id }) => id)).toEqual(['7', '8', '9', '3'])
    expect(read.map(({ rows }) => rows)).toEqual([3, 1])
    // What is recorded belongs to the content that was read.
    expect(read.map(({ size }) => size)).toEqual((await storage.list('')).map(({ size }) => size))
  })

  it('lose no row and keep none of a damaged file', async () => {
    const used = bench()
    const root = used.directory()
    const rows = Array.from({ length: 300 }, (_, index) => ({
      id: index,
      name: `name ${index % 7}`,
      list: [index, null],
    }))
    const types = { id: 'pa.int64()', name: 'pa.string()', list: 'pa.list_(pa.int32())' }
    await writeAll(root, { good: { types, rows, write: { row_group_size: 100 } } })
    const good = readFileSync(join(root, 'good'))
    // Every 97th byte of the file in turn, the footer included.
    for (let at = 1; at < good.length; at += 97) {
      const damaged = Buffer.from(good)
      damaged[at] = (good[at] ?? 0) ^ 0xff
      writeFileSync(join(root, `damaged-${at}`), damaged)
    }
    const columns = { id: bigint(), name: text(), list: array(int().nullable()) }
    const { files, full, read } = await ingested(used, root, { columns })
    expect(read.find(({ path }) => path === 'good')).toMatchObject({ rows: 300, rejected: 0 })
    expect(full.length).toBeGreaterThan(10)
    for (const { path, rows: kept, rejected } of read) {
      const own = full.filter(({ file }) => file === path)
      expect([kept, rejected, own.map(({ line }) => line)]).toEqual(own.length === 0 ? [300, 0, []] : [0, 1, [0]])
    }
    const written = files.reduce((sum, { stats }) => sum + stats.rows, 0)
    expect(written).toBe(read.reduce((sum, entry) => sum + entry.rows, 0))
  })
})

/** Hours at which clocks change, in years for which time zone data has no changes. */
const LATER_TIMES = [2101, 2104, 2127, 2128, 2199, 2400, 2796, 9998, 9999].flatMap((year) =>
  ['03', '04', '10', '11', '12'].flatMap((month) =>
    Array.from({ length: 30 }, (_, day) => `${year}-${month}-${String(day + 1).padStart(2, '0')}T02:30:00`),
  ),
)

describe('a local time of a Parquet file', () => {
  it('is the moment that it is in lines of JSON', async () => {
    const around = [-7200, -1800, -1, 0, 1799, 3600, 7200, 90_000]
    for (const zone of [
      'Europe/Paris',
      'America/Sao_Paulo',
      'Australia/Lord_Howe',
      'Africa/Casablanca',
      'Asia/Kolkata',
    ]) {
      for (const ambiguous of ['refuse', 'earlier', 'later'] as const) {
        const { columns } = sourceOf({ columns: { at: timestamp({ zone, ambiguous }) } })
        const format = lineColumns(columns)[0]?.format
        if (format?.kind !== 'time' || !format.zone) throw new Error('it is a time in a zone')
        const read = timeReader(format)
        const { until, offsets } = format.zone
        const times = until
          .flatMap((change, index) => around.map((seconds) => change + (offsets[index] ?? 0) + seconds))
          .map((seconds) => new Date(seconds * 1000).toISOString().slice(0, 19))
          .concat(LATER_TIMES)
        const values = times.map((time) => `(TIMESTAMP '${time}')`).join(', ')
        const sql = localMoment('local', format.zone, ambiguous)
        const rows = await reader.withConnection((db) =>
          db.rows(`SELECT epoch_us(${sql}) AS micros FROM (VALUES ${values}) AS times(local)`),
        )
        const expected = times.map((time) => read(time)).map((time) => (time.kind === 'time' ? time.iso : null))
        const found = rows.map(({ micros }) =>
          micros === null ? null : `${new Date(Number(micros) / 1000).toISOString().slice(0, 19)}.000000Z`,
        )
        expect({ zone, ambiguous, found }).toEqual({ zone, ambiguous, found: expected })
      }
    }
  })
})
