// lake converts values of Parquet files exactly. A value that does not fit the declared type is a
// reject, or the whole file is refused.
import {
  array,
  bigint,
  binary,
  boolean,
  date,
  decimal,
  double,
  emptyAsNull,
  int,
  json,
  map,
  oneOf,
  struct,
  text,
  timestamp,
} from 'lake'
import { describe, expect, it } from 'vitest'
import type { ColumnSchemas } from '../../../framework/declare/columns.ts'
import { bench, ingestOnce, program, rowsIn, setUpParquet, writeAll } from '../../support/engines/parquet-ingest.ts'
import type { WrittenValue } from '../../support/projects/written-formats.ts'

setUpParquet()

/**
 * The type in the file, its values, the declared type, and the result: a list of values, or the
 * reasons for rejects by row.
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
  ['pa.binary()', ['AP+A', '', null], binary().nullable(), ['AP+A', '', null]],
  ['pa.binary(2)', ['AP8=', 'gIA='], binary(), ['AP8=', 'gIA=']],
  ['pa.list_(pa.binary())', [['/w==', null], []], array(binary().nullable()), [['/w==', null], []]],
  ["pa.struct([('a', pa.binary())])", [{ a: '/w==' }], struct({ a: binary() }), [{ a: '/w==' }]],
  ['pa.binary()', ['QQ==', '/w=='], text(), ['A'], ['2: v: \\xFF does not fit text']],
  ['pa.null()', [null, null], decimal(5, 2).nullable(), [null, null]],
  ['pa.null()', [null], text(), [], ['1: v is null']],
  ['pa.list_(pa.int32())', [[1, 2], [], null], array(double()).nullable(), [[1, 2], [], null]],
  [
    'pa.list_(pa.float64())',
    [[1.5, 'NaN'], ['-Infinity']],
    array(double({ special: true })),
    [[1.5, 'NaN'], ['-Infinity']],
  ],
  [
    'pa.list_(pa.float64())',
    [[1.5], ['NaN']],
    array(double()),
    [[1.5]],
    ['2: v: a part of it does not fit array(double)'],
  ],
  [
    "pa.struct([('a', pa.timestamp('us'))])",
    [{ a: 0 }],
    struct({ a: timestamp({ zone: 'Europe/Paris' }) }),
    [{ a: '1969-12-31T23:00:00.000Z' }],
  ],
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
  [
    'pa.map_(pa.string(), pa.int64())',
    [
      [
        ...[
          ['b', 1],
          ['😀', 2],
          ['\uffff', 3],
          ['', 4],
          ['a', null],
        ],
      ],
      [],
      [
        ['a', 1],
        ['b', 2],
        ['a', 3],
      ],
      null,
      [['a', MAX_INT + 1]],
    ],
    map(text(), int().nullable()).nullable(),
    [{ '': 4, a: null, b: 1, '\uffff': 3, '😀': 2 }, {}, { a: 3, b: 2 }, null],
    ['5: v: a part of it does not fit map(text, int null)'],
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
  ['pa.string()', 'QQ==', binary(), 'v: expected binary, and the file has text'],
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
  it('gives the values that fit the declared type, and a reject for each other row', async () => {
    const used = bench()
    for (const [written, values, declared, expected, reasons = []] of CASES) {
      const root = used.directory()
      await writeAll(root, { f: { types: { v: written }, rows: values.map((v) => ({ v })) } })
      const { files, rejects, read } = await ingestOnce(used, root, { columns: { v: declared } })
      const rows = await rowsIn(files)
      const counts = read.map(({ rows, rejected }) => [rows, rejected])
      expect({ written, values: rows.map(({ v }) => v), rejects, counts }).toEqual({
        ...{ written, values: expected, rejects: reasons, counts: [[expected.length, reasons.length]] },
      })
    }
  })

  it('is refused as a whole if no value of its type can fit the declared type', async () => {
    const used = bench()
    for (const [written, v, declared, reason] of NOT_FITTING) {
      const root = used.directory()
      await writeAll(root, { f: { types: { v: written }, rows: [{ v }] } })
      const { files, rejects, read } = await ingestOnce(used, root, { columns: { v: declared } })
      const rows = await rowsIn(files)
      expect({ written, rows, rejects, read }).toMatchObject({
        ...{ written, rows: [], rejects: [`0: ${reason}`], read: [{ rows: 0, rejected: 1 }] },
      })
    }
  })
})
