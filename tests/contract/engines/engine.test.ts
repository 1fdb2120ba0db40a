// What every engine does with rows: types, functions, aggregates, fingerprints and partitions.
import { bigint, boolean, date, decimal, defineAsset, defineSource, double, int, text, timestamp } from 'lake'
import { describe, expect, it } from 'vitest'
import { contractEngines, engineBench, resolveAll } from '../../support/engines/engine-bench.ts'

const source = defineSource({
  key: 'things',
  columns: {
    id: bigint(),
    n: bigint().nullable(),
    t: text().nullable(),
    d: double().nullable(),
    b: boolean().nullable(),
    on: date().nullable(),
    at: timestamp().nullable(),
    money: decimal(20, 4).nullable(),
  },
})

describe.each(contractEngines())('$name', ({ open }) => {
  it('keeps the smallest and largest values of every type', async () => {
    const bench = engineBench(open)
    const copy = defineAsset({
      key: 'copy',
      columns: source.columns,
      primaryKey: ['id'],
      upstream: { source },
      query: ({ db }) => db.selectFrom('source').select(['id', 't', 'd', 'n', 'b', 'on', 'at', 'money']),
    })
    const { files, checks } = await bench.build([source, copy], 'copy', [
      {
        id: 1,
        n: Number.MIN_SAFE_INTEGER,
        t: '',
        d: -0.0,
        b: true,
        on: '0001-01-01',
        at: '1969-12-31T23:59:59.999999Z',
        money: 0.0001,
      },
      {
        id: 2,
        n: Number.MAX_SAFE_INTEGER,
        t: 'a\0b\n"\\ć😀',
        d: 1.7976931348623157e308,
        b: false,
        on: '9999-12-31',
        at: '2016-12-31T23:59:59+02:00',
        money: -12345.67,
      },
      { id: 3 },
      { id: 4, d: 5e-324, t: '\u2028 \u00a0' },
    ])
    expect(checks).toEqual([])
    expect(await bench.rows(files, 'id')).toEqual([
      {
        id: 1n,
        n: -9007199254740991n,
        t: '',
        d: 0,
        b: true,
        on: '0001-01-01',
        at: '1969-12-31T23:59:59.999999Z',
        money: '0.0001',
      },
      {
        id: 2n,
        n: 9007199254740991n,
        t: 'a\0b\n"\\ć😀',
        d: 1.7976931348623157e308,
        b: false,
        on: '9999-12-31',
        at: '2016-12-31T21:59:59.000Z',
        money: '-12345.6700',
      },
      { id: 3n, n: null, t: null, d: null, b: null, on: null, at: null, money: null },
      { id: 4n, n: null, t: '\u2028 \u00a0', d: 5e-324, b: null, on: null, at: null, money: null },
    ])
    const [file] = files
    expect(file?.stats).toMatchObject({
      rows: 4,
      columns: {
        id: { min: 1n, max: 4n, nulls: 0 },
        at: { min: -1n, max: 1483221599000000n, nulls: 2 },
        on: { min: '0001-01-01', max: '9999-12-31', nulls: 2 },
      },
    })
  })

  it('writes zero without a sign', async () => {
    const bench = engineBench(open)
    const copy = defineAsset({
      key: 'copy',
      columns: { id: bigint(), d: double().nullable() },
      primaryKey: ['id'],
      upstream: { source },
      query: ({ db }) => db.selectFrom('source').select(['id', 'd']),
    })
    // DuckDB writes no dictionary for 3,000 different values. In a dictionary it would drop the
    // sign of zero.
    const lines = Array.from({ length: 3000 }, (_, id) => ({ id, d: id === 7 ? -0 : id + 0.5 }))
    const { files } = await bench.build([source, copy], 'copy', lines)
    const rows = await bench.rows(files, 'id')
    expect(rows).toHaveLength(lines.length)
    expect(rows[7]).toEqual({ id: 7n, d: 0 })
  })

  it('gives the portable functions the same meaning as every other engine', async () => {
    const bench = engineBench(open)
    const functions = defineAsset({
      key: 'functions',
      columns: {
        id: bigint(),
        at: timestamp().nullable(),
        year: int().nullable(),
        month: int().nullable(),
        day: int().nullable(),
        hour: int().nullable(),
        week: int().nullable(),
        weekday: int().nullable(),
        joined: text().nullable(),
        hashed: text().nullable(),
        digits: text().nullable(),
        lower: text().nullable(),
        trimmed: text().nullable(),
        nothing: text().nullable(),
        divided: bigint().nullable(),
        inexact: double().nullable(),
      },
      primaryKey: ['id'],
      upstream: { source },
      query: ({ db, fn }) =>
        db
          .selectFrom(
            db
              .selectFrom('source')
              .select(['id', 'n', 't'])
              .select(({ ref }) => fn.timestampMillis(ref('n')).as('at'))
              .as('timed'),
          )
          .select(({ ref, val }) => [
            'id',
            'at',
            fn.year(ref('at')).as('year'),
            fn.month(ref('at')).as('month'),
            fn.day(ref('at')).as('day'),
            fn.hour(ref('at')).as('hour'),
            fn.isoWeek(ref('at')).as('week'),
            fn.isoWeekday(ref('at')).as('weekday'),
            fn.concat(ref('t'), '-', ref('t')).as('joined'),
            fn.md5(ref('t')).as('hashed'),
            fn.toText(ref('n')).as('digits'),
            fn.lowerAscii(ref('t')).as('lower'),
            fn.trimSpaces(ref('t')).as('trimmed'),
            fn.nullIf(ref('t'), ' AĆ ').as('nothing'),
            fn.intDivide(fn.toBigint(ref('id')), fn.toBigint(val(-2n))).as('divided'),
            fn.toDouble(ref('n')).as('inexact'),
          ]),
    })
    const { files } = await bench.build([source, functions], 'functions', [
      // The last second of 2018 in UTC: a Monday, in the first ISO week of 2019.
      { id: 3, n: 1546300799999, t: ' AĆ ' },
      { id: 4, n: -1, t: '' },
      { id: 5 },
    ])
    expect(await bench.rows(files, 'id')).toEqual([
      {
        ...{ id: 3n, at: '2018-12-31T23:59:59.999Z', year: 2018, month: 12, day: 31, hour: 23, week: 1, weekday: 1 },
        ...{
          joined: ' AĆ - AĆ ',
          hashed: 'f805e974f5a12987e1e5dda8c9ea854d',
          digits: '1546300799999',
          lower: ' aĆ ',
          trimmed: 'AĆ',
        },
        ...{ nothing: null, divided: -1n, inexact: 1546300799999 },
      },
      {
        ...{ id: 4n, at: '1969-12-31T23:59:59.999Z', year: 1969, month: 12, day: 31, hour: 23, week: 1, weekday: 3 },
        ...{
          joined: '-',
          hashed: 'd41d8cd98f00b204e9800998ecf8427e',
          digits: '-1',
          lower: '',
          trimmed: '',
          nothing: '',
        },
        ...{ divided: -2n, inexact: -1 },
      },
      {
        ...{ id: 5n, at: null, year: null, month: null, day: null, hour: null, week: null, weekday: null },
        ...{
          joined: null,
          hashed: null,
          digits: null,
          lower: null,
          trimmed: null,
          nothing: null,
          divided: -2n,
          inexact: null,
        },
      },
    ])
  })

  it('aggregates without losing a row: nulls, empty groups, sums of integers', async () => {
    const bench = engineBench(open)
    const groups = defineAsset({
      key: 'groups',
      columns: {
        t: text().nullable(),
        rows: bigint(),
        total: bigint().nullable(),
        first: text().nullable(),
        last: double().nullable(),
      },
      upstream: { source },
      query: ({ db, fn }) =>
        db
          .selectFrom('source')
          .groupBy('t')
          .select(({ ref }) => [
            't',
            fn.countRows().as('rows'),
            fn.sumBigint(ref('n')).as('total'),
            fn.minBy(ref('t'), ref('id')).as('first'),
            fn.maxBy(ref('d'), ref('id')).as('last'),
          ]),
    })
    const { files } = await bench.build([source, groups], 'groups', [
      { id: 1, t: 'a', n: 2 ** 40, d: 1 },
      { id: 2, t: 'a', n: 2 ** 40 },
      { id: 3, d: 7 },
    ])
    expect(await bench.rows(files, 't NULLS LAST')).toEqual([
      { t: 'a', rows: 2n, total: 2n ** 41n, first: 'a', last: null },
      { t: null, rows: 1n, total: null, first: null, last: 7 },
    ])
  })

  it('makes the same fingerprint for the same rows in any order, and another one for other rows', async () => {
    const bench = engineBench(open)
    const pairs = defineAsset({
      key: 'pairs',
      columns: { id: bigint(), t: text().nullable(), n: bigint().nullable() },
      primaryKey: ['id'],
      upstream: { source },
      query: ({ db }) => db.selectFrom('source').select(['id', 't', 'n']),
    })
    const sums = async (lines: readonly object[]) => {
      const { files } = await bench.build([source, pairs], 'pairs', lines)
      return files.map(({ fingerprint }) => fingerprint.columns)[0]
    }
    const straight = await sums([
      { id: 1, t: 'a', n: 1 },
      { id: 2, t: 'b', n: 2 },
    ])
    expect(
      await sums([
        { id: 2, t: 'b', n: 2 },
        { id: 1, t: 'a', n: 1 },
      ]),
    ).toEqual(straight)
    const swapped = await sums([
      { id: 1, t: 'b', n: 1 },
      { id: 2, t: 'a', n: 2 },
    ])
    expect(swapped?.t).not.toBe(straight?.t)
    expect(swapped?.n).toBe(straight?.n)
  })

  it('writes each partition to its own files, and the partition of null too', async () => {
    const bench = engineBench(open)
    const parts = defineAsset({
      key: 'parts',
      columns: { id: bigint(), t: text().nullable(), n: bigint().nullable() },
      partitionBy: ['t', 'n'],
      upstream: { source },
      query: ({ db }) => db.selectFrom('source').select(['id', 't', 'n']),
    })
    const { files } = await bench.build([source, parts], 'parts', [{ id: 1, t: 'a/b%c=é', n: 7 }, { id: 2 }])
    const found = files.map(({ partitionValues, stats }) => ({
      ...partitionValues,
      rows: stats.rows,
      id: stats.columns.id?.min,
    }))
    expect(found.toSorted((left, right) => Number(left.id) - Number(right.id))).toEqual([
      { t: 'a/b%c=é', n: '7', rows: 1, id: 1n },
      { t: null, n: null, rows: 1, id: 2n },
    ])
    expect(await bench.rows(files, 'id')).toEqual([
      { id: 1n, t: 'a/b%c=é', n: 7n },
      { id: 2n, t: null, n: null },
    ])
  })

  it('writes partitions whose values are too long for a file name, or contain characters with a special meaning', async () => {
    const bench = engineBench(open)
    const parts = defineAsset({
      key: 'parts',
      columns: { id: bigint(), t: text().nullable() },
      partitionBy: ['t'],
      upstream: { source },
      query: ({ db }) => db.selectFrom('source').select(['id', 't']),
    })
    const values = [
      '語'.repeat(28),
      '語'.repeat(2000),
      `${'a'.repeat(64)}`,
      `${'a'.repeat(65)}`,
      '..',
      'h',
      's',
      'null',
      null,
    ]
    const lines = values.map((t, id) => (t === null ? { id } : { id, t }))
    const { files } = await bench.build([source, parts], 'parts', lines)
    const byId = files.toSorted(
      (left, right) => Number(left.stats.columns.id?.min) - Number(right.stats.columns.id?.min),
    )
    expect(byId.map(({ partitionValues }) => partitionValues.t)).toEqual(values)
    expect((await bench.rows(files, 'id')).map(({ t }) => t)).toEqual(values)
  })

  it('accepts any column name, even one that the engine uses itself', async () => {
    const bench = engineBench(open)
    const names = ['filename', 'file', 'rows', 'lake_file', 'lake_key', 's0', 'c0', 'result', 'select'] as const
    const columns = Object.fromEntries(names.map((name) => [name, bigint().min(1n)])) as Record<
      'file',
      ReturnType<typeof bigint>
    >
    const named = defineAsset({
      key: 'named',
      columns,
      primaryKey: ['file'],
      upstream: { source },
      query: ({ db }) => db.selectFrom('source').select(names.map((name) => `id as ${name}` as 'id as file')),
    })
    const { files, checks } = await bench.build([source, named], 'named', [{ id: 1 }, { id: 2 }])
    expect(checks).toEqual([])
    expect((await bench.rows(files, 'file'))[1]).toEqual(Object.fromEntries(names.map((name) => [name, 2n])))
  })

  it('writes no file if there are no rows', async () => {
    const bench = engineBench(open)
    const none = defineAsset({
      key: 'none',
      columns: { id: bigint() },
      upstream: { source },
      query: ({ db }) => db.selectFrom('source').select('id').where('id', '<', 0n),
    })
    expect(await bench.build([source, none], 'none', [{ id: 1 }])).toEqual({ files: [], checks: [] })
  })

  it('stops when the signal is aborted, and then takes the next request', async () => {
    const bench = engineBench(open)
    const { files } = await bench.build([source, slow()], 'slow', [{ id: 1 }])
    expect(files).toHaveLength(1)
    const controller = new AbortController()
    controller.abort()
    const asset = resolveAll([source, slow()]).get('slow')
    if (asset?.kind !== 'table') throw new Error('not a table')
    const inputs = new Map([['source', { columns: asset.columns, files: [] }]])
    const request = { asset, inputs, referenced: new Map(), directory: bench.directory(), signal: controller.signal }
    await expect(bench.engine.build(request)).rejects.toThrow()
    expect((await bench.build([source, slow()], 'slow', [{ id: 2 }])).files).toHaveLength(1)
  })
})

function slow() {
  return defineAsset({
    key: 'slow',
    columns: { id: bigint() },
    upstream: { source },
    query: ({ db }) => db.selectFrom('source').select('id'),
  })
}
