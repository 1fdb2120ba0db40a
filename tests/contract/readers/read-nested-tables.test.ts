// Programs read arrays, structs and maps as rows and as Arrow. They get exactly the values that
// were written, whichever program wrote the files.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { tableFromIPC } from 'apache-arrow'
import {
  array,
  bigint,
  binary,
  boolean,
  date,
  decimal,
  defineSource,
  double,
  int,
  map,
  openLake,
  struct,
  text,
  timestamp,
} from 'lake'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readSnapshot } from '../../../framework/delta/snapshot.ts'
import { graphOf } from '../../support/lakes/graph-of.ts'
import { TestLake } from '../../support/lakes/test-lake.ts'
import { copies, orders, ordersOf, VARIANTS } from '../../support/projects/nested-assets.ts'
import { python, runPython } from '../../support/python/python.ts'

const program = python()

const lake = new TestLake()
afterAll(() => lake.close())

/** In JavaScript, an object keeps a key `__proto__` only if it is parsed from JSON text. */
const ODD_KEYS = { counts: JSON.parse('{"__proto__": 7, "constructor": null, "": 1, "10": 2, "9": 3}') }

const lines = ordersOf([...VARIANTS, ODD_KEYS]).map((line, row) => ({ ...(line as Order), id: `o-${row}` }))

interface Order {
  readonly id: string
  readonly tags: readonly string[] | null
  readonly scores: readonly (number | string | null)[] | null
  readonly address: { readonly city: string; readonly zip?: string | null; readonly since?: string | null } | null
  readonly items: readonly { readonly sku?: string; readonly qty?: number; readonly price?: number }[]
  readonly days: readonly (readonly (string | null)[] | null)[] | null
  readonly counts: Readonly<Record<string, number | null>> | null
  readonly marks: Readonly<Record<string, Readonly<Record<string, readonly Mark[]>>>> | null
  readonly cover: string | null
  readonly pages: readonly (string | null)[] | null
  readonly sealed: { readonly seal: string; readonly by?: Readonly<Record<string, string | null>> } | null
}

interface Mark {
  readonly at?: string | null
  readonly score: number
}

/** The line as a row of the library, except for -0, which JSON lacks. */
const rowOf = ({ address, items, scores, marks, cover, pages, sealed, ...line }: Order) => ({
  ...line,
  scores: scores?.map((score) => (score === null ? null : Number(score) + 0)) ?? null,
  address: address && {
    ...{ city: address.city, zip: address.zip ?? null },
    since: address.since ? new Date(address.since) : null,
  },
  items: items.map(({ sku = null, qty = null, price }) => ({ sku, qty, price: price?.toFixed(2) ?? null })),
  cover: bytesOf(cover),
  pages: pages?.map(bytesOf) ?? null,
  sealed: sealed && { seal: bytesOf(sealed.seal), by: sealed.by ? mapped(sealed.by, bytesOf) : null },
  marks: marks && mapped(marks, (days) => mapped(days, (all) => all.map(markOf))),
})

const bytesOf = (base64: string | null) => (base64 === null ? null : new Uint8Array(Buffer.from(base64, 'base64')))

const markOf = ({ at, score }: Mark) => ({ at: at ? new Date(at) : null, score: score + 0 })

const mapped = <From, To>(map: Readonly<Record<string, From>>, change: (value: From) => To) =>
  Object.fromEntries(Object.entries(map).map(([key, value]) => [key, change(value)] as const))

const byId = <Row extends { readonly id: string }>(rows: readonly Row[]) =>
  rows.toSorted((left, right) => left.id.localeCompare(right.id))

const NESTED = [
  'id',
  'tags',
  'scores',
  'address',
  'items',
  'days',
  'counts',
  'marks',
  'cover',
  'pages',
  'sealed',
] as const

beforeAll(async () => {
  lake.write('orders/a.json', lines)
  const { result } = await lake.run(graphOf([orders, copies]))
  expect(result.error?.message).toBeUndefined()
})

describe('the rows of nested columns', () => {
  it('are the values that were written', async () => {
    const table = (await openLake(lake.lake.uri)).table(copies)
    expect(byId(await table.select(NESTED).all())).toEqual(byId(lines.map(rowOf)))
    const [first] = await table.where('id', '=', 'o-0').select(['id', 'place', 'words']).all()
    expect(first).toEqual({ id: 'o-0', place: { city: 'Lyon', many: null }, words: ['o', '0'] })
  })

  it('have each key of a map as it is written', async () => {
    const rows = (await openLake(lake.lake.uri)).table(copies).select(['id', 'counts'])
    const [odd] = (await rows.all()).filter(({ id }) => id === `o-${VARIANTS.length}`)
    expect(Object.entries(odd?.counts ?? {}).toSorted()).toEqual([
      ...[['', 1] as const, ['10', 2] as const, ['9', 3] as const],
      ...[['__proto__', 7] as const, ['constructor', null] as const],
    ])
    const keys = lines.filter(({ counts }) => counts !== null).flatMap(({ counts }) => Object.keys(counts ?? {}))
    const read = (await rows.all()).flatMap(({ counts }) => Object.keys(counts ?? {}))
    expect(read.toSorted()).toEqual(keys.toSorted())
  })

  it('can be filtered by null, but not by a comparison', async () => {
    const table = (await openLake(lake.lake.uri)).table(copies)
    const without = await table.where('tags', 'is', null).select('id').all()
    expect(without).toEqual(lines.filter(({ tags }) => tags === null).map(({ id }) => ({ id })))
    expect(() => table.where('tags', '=', ['x'])).toThrow('no value compares with an array')
    expect(() => table.where('counts', '=', { a: 1 })).toThrow('no value compares with a map')
  })

  it('are refused if a part is null although the asset declares it without nullable()', async () => {
    const stricter = { ...copies, columns: { ...copies.columns, scores: array(double()).nullable() } }
    const rows = (await openLake(lake.lake.uri)).table(stricter).select(['id', 'scores'])
    await expect(rows.all()).rejects.toThrow('a null in scores.element, where the table has none')
    await expect(rows.arrow()).rejects.toThrow('a null in scores.element, where the table has none')
    const fuller = { ...copies, columns: { ...copies.columns, counts: map(text(), int()).nullable() } }
    const maps = (await openLake(lake.lake.uri)).table(fuller).select(['id', 'counts'])
    await expect(maps.all()).rejects.toThrow('a null in counts.value, where the table has none')
    await expect(maps.arrow()).rejects.toThrow('where the table has none')
  })

  it('are complete in files of many pages and with fields of any name', async () => {
    const odd = struct({ __proto__x: int(), _: text().nullable(), ['__proto__']: int(), constructor: int().nullable() })
    const many = defineSource({ key: 'many', columns: { n: int(), list: array(array(odd.nullable())) } })
    const listOf = (n: number) =>
      Array.from({ length: n % 16 < 4 ? n % 4 : 0 }, (_, outer) =>
        Array.from({ length: (n + outer) % 3 }, (_, inner) =>
          (n + inner) % 5 === 0
            ? null
            : Object.fromEntries([
                ...[['__proto__x', n] as const, ['_', n % 2 === 0 ? null : `text ${n} ${inner}`] as const],
                ...[['__proto__', outer] as const, ['constructor', inner === 1 ? null : n] as const],
              ]),
        ),
      )
    const ROWS = 130_000
    lake.write(
      'many/a.json',
      Array.from({ length: ROWS }, (_, n) => ({ n, list: listOf(n) })),
    )
    expect((await lake.run(graphOf([many]))).result.error?.message).toBeUndefined()
    let rows = 0
    for await (const { n, list } of (await openLake(lake.lake.uri)).table(many).select(['n', 'list']).rows()) {
      rows++
      if (JSON.stringify(list) !== JSON.stringify(listOf(n))) expect(list).toEqual(listOf(n))
    }
    expect(rows).toBe(ROWS)
  })
})

describe('the rows as Arrow', () => {
  const columns = {
    id: text(),
    t: text().nullable(),
    b: boolean().nullable(),
    i: int().nullable(),
    n: bigint().nullable(),
    m: decimal(38, 10).nullable(),
    day: date().nullable(),
    at: timestamp().nullable(),
    x: binary().nullable(),
    deep: struct({ d: double().nullable(), in: struct({ m: decimal(5, 0) }).nullable() }).nullable(),
  }
  const types = defineSource({ key: 'types', columns })
  const ROWS: readonly string[] = [
    '"t": "", "b": true, "i": -2147483648, "n": 9223372036854775807, "m": -9999999999999999999999999999.9999999999',
    '"t": "😀é", "x": "AP+A", "b": false, "day": "0001-01-01", "at": "0001-01-01T00:00:00.000001Z", "deep": {"d": -0.0}',
    '"x": "", "day": "9999-12-31", "at": "9999-12-31T23:59:59.999999Z", "deep": {"d": 5e-324, "in": {"m": -99999}}',
    '"m": 0.0000000001, "n": -9223372036854775808, "deep": {"in": {"m": 1}}',
    '"t": null',
    ...['"b": true', '"b": null', '"b": false', '"i": 1'],
  ]

  beforeAll(async () => {
    lake.writeText('types/a.json', ROWS.map((members, row) => `{"id": "r${row}", ${members}}`).join('\n'))
    expect((await lake.run(graphOf([types]))).result.error?.message).toBeUndefined()
  })

  it('have the types and the exact values of the columns', async () => {
    const bytes = await (await openLake(lake.lake.uri)).table(types).where('id', '<', 'r4').arrow()
    const table = tableFromIPC(bytes)
    expect(table.schema.fields.map(String)).toEqual([
      ...['id: Utf8', 't: Utf8', 'b: Bool', 'i: Int32', 'n: Int64', 'm: Decimal[38e+10]', 'day: Date32<DAY>'],
      ...['at: Timestamp<MICROSECOND, UTC>', 'x: Binary', 'deep: Struct<{d:Float64, in:Struct<{m:Decimal[5e0]}>}>'],
      ...['_file: Utf8', '_line: Int64'],
    ])
    expect(table.schema.fields.map(({ nullable }) => nullable)).toEqual([
      ...[false, ...Array(9).fill(true)],
      ...[false, false],
    ])
    const at = (name: string) => table.getChild(name)
    expect([...(at('t') ?? [])]).toEqual(['', '😀é', null, null])
    expect([...(at('x') ?? [])]).toEqual([null, new Uint8Array([0, 255, 128]), new Uint8Array(), null])
    expect([...(at('b') ?? [])]).toEqual([true, false, null, null])
    expect([...(at('n') ?? [])]).toEqual([9223372036854775807n, null, null, -9223372036854775808n])
    expect(at('at')?.data[0]?.values.slice(1, 3)).toEqual(BigInt64Array.of(-62135596799999999n, 253402300799999999n))
  })

  it('are empty, with the same columns, if no row of the table matches', async () => {
    const table = (await openLake(lake.lake.uri)).table(types).select(['id', 'deep'])
    for (const none of [table.where('id', '=', 'none'), table.limit(0)]) {
      const read = tableFromIPC(await none.arrow())
      expect([read.numRows, read.schema.names]).toEqual([0, ['id', 'deep']])
    }
    expect(tableFromIPC(await table.limit(3).arrow()).numRows).toBe(3)
  })

  it.skipIf(program === undefined).each([types, copies])('of $key are those that pyarrow reads', async (asset) => {
    const stream = join(lake.directory, `${asset.key}.arrows`)
    writeFileSync(stream, await (await openLake(lake.lake.uri)).table(asset).arrow())
    const place = lake.lake.locate(asset.key)
    const found = runPython(program ?? '', 'read_arrow.py', [place, stream, 'id']) as {
      readonly fields: Readonly<Record<string, string>>
    }
    expect(found).toMatchObject({ same: true, rows: asset === types ? ROWS.length : lines.length })
    expect(found.fields).toMatchObject(
      asset === types
        ? {
            ...{ id: 'string not null', t: 'string', b: 'bool', i: 'int32', n: 'int64', m: 'decimal128(38, 10)' },
            ...{ day: 'date32[day]', at: 'timestamp[us, tz=UTC]', x: 'binary' },
            deep: 'struct<d: double, in: struct<m: decimal128(5, 0) not null>>',
          }
        : {
            scores: 'list<element: double>',
            items: 'list<element: struct<sku: string, qty: int32, price: decimal128(10, 2)> not null> not null',
            days: 'list<element: list<element: date32[day]>>',
            counts: 'map<string, int32>',
            ...{ cover: 'binary', pages: 'list<element: binary>' },
            sealed: 'struct<seal: binary not null, by: map<string, binary>>',
            marks:
              'map<int32, map<date32[day], list<element: struct<at: timestamp[us, tz=UTC], score: double not null> not null>>>',
          },
    )
  })

  it.skipIf(program === undefined)('can come from files that another writer made', async () => {
    const place = lake.lake.locate(copies.key)
    const before = byId(await (await openLake(lake.lake.uri)).table(copies).all())
    expect(runPython(program ?? '', 'change_delta.py', [place, 'rewrite'])).toBe(before.length)
    expect((await readSnapshot(lake.lake, copies.key))?.version).toBe(1)
    expect(byId(await (await openLake(lake.lake.uri)).table(copies).all())).toEqual(before)
  })
})
