// The Spark job parses lines by the same rules as the program.
import { Buffer } from 'node:buffer'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  array,
  bigint,
  binary,
  boolean,
  type ColumnSchemas,
  date,
  decimal,
  double,
  emptyAsNull,
  int,
  oneOf,
  struct,
  text,
  timestamp,
} from '../../../framework/declare/columns.ts'
import type { LineColumn } from '../../../framework/ingest/lines/line-columns.ts'
import { FILES, LONG_NUMBERS, VALUES, WHOLE_LINES } from '../../support/engines/line-cases.ts'
import { lineColumnsOf, logColumns, songColumns } from '../../support/lines/declared.ts'
import {
  hasPython,
  type ParsedAs,
  type PythonParser,
  parsedByPacking,
  startPythonParser,
} from '../../support/lines/line-parsers.ts'
import { mixedColumns, randomFiles } from '../../support/lines/random-lines.ts'
import { playLine, songLine } from '../../support/projects/source-lines.ts'
import { checkProperty } from '../../support/random/property.ts'

const RUNS = 150
const LINES_A_RUN = 20

const TYPES: ColumnSchemas = {
  text: text(),
  'text that may be null': text().nullable(),
  'empty text is null': emptyAsNull(),
  int: int(),
  bigint: bigint().nullable(),
  double: double(),
  'decimal(5,2)': decimal(5, 2),
  'decimal(38,2)': decimal(38, 2),
  'decimal(38,0)': decimal(38, 0),
  'decimal(3,3)': decimal(3, 3),
  boolean: boolean(),
  date: date(),
  timestamp: timestamp().nullable(),
  binary: binary(),
  'array(binary)': array(binary()),
  'array(int)': array(int()),
  'array(text) with nulls': array(text().nullable()).nullable(),
  struct: struct({ t: text(), a: int().nullable() }),
  'array of structs': array(struct({ a: array(double().nullable()).nullable(), d: decimal(5, 2).nullable() })),
}

/** Columns with refinements, each with values at and around its limits. */
const REFINED: Readonly<Record<string, readonly [ColumnSchemas[string], readonly string[]]>> = {
  'int within bounds': [int().min(-5).max(100), ['-6', '-5', '-0', '0', '99.0', '100', '1e2', '101', '-5.0', '"5"']],
  'int above a fraction': [int().gt(0.5).lt(9.5), ['0', '1', '9', '10', '0.5']],
  'int far out': [int().gt(-1).lt(2_000_000_000), ['-1', '0', '1999999999', '2000000000', '2147483647']],
  'bigint within bounds': [
    bigint().min(-62_135_596_800_000n).max(253_402_300_799_999n),
    [
      ...[
        '-62135596800000',
        '-62135596800001',
        '253402300799999',
        '253402300800000',
        '9999999999999',
        '-9999999999999',
      ],
      ...[
        '999999999999999',
        '9223372036854775807',
        '-9223372036854775808',
        '2.53402300799999e14',
        '0',
        '1542837407796',
      ],
    ],
  ],
  'bigint beyond doubles': [
    bigint().gt(9_007_199_254_740_992n).lt(9_223_372_036_854_775_807n).nullable(),
    ['9007199254740992', '9007199254740993', '9223372036854775806', '9223372036854775807', 'null'],
  ],
  'double within bounds': [
    double().min(0).lt(1e21),
    ['-0', '-0.0', '-1e-300', '0', '0.5', '999999999999999999999', '1e21', '1e22', '5e-324'],
  ],
  'multiples of an int': [int().multipleOf(5), ['0', '5', '-5', '6', '5.0', '1e1', '-0']],
  'multiples of a bigint': [bigint().multipleOf(3n), ['0', '9223372036854775807', '9223372036854775806', '-3', '-4']],
  'multiples of a double': [double().multipleOf(0.5), ['0', '0.5', '0.75', '-1.5', '1e300', '-0.0', '0.1']],
  'text of a length': [
    text().min(2).max(3),
    ['""', '"a"', '"ab"', '"abc"', '"abcd"', '"😀"', '"😀😀"', '"e\u0301"', '12', '1.50', '"\u0000\u0000"'],
  ],
  'text of one length, or null': [
    emptyAsNull().unwrap().length(1).nullable(),
    ['""', 'null', '"a"', '"😀"', '"ab"', '7'],
  ],
  'text that is one of some': [
    oneOf('free', 'paid', '{}', ''),
    ['"free"', '"paid"', '"Free"', '"{}"', '""', '"fr\u0065e"', '1'],
  ],
  'text that matches': [
    text().regex(/^[A-Z]{2}\d+(?:-\w+|\.)?$/),
    ['"AB1"', '"AB1\n"', '"AB"', '"AB12-é"', '"AB12-x_1"', '"AB1."', '"ab1"', '"AB１"', '12'],
  ],
  'text with a space, a dot and a word': [
    text().regex(/\s.\b/u),
    ['" ab"', '"\u00a0ab"', '"\u000bab"', '" \n"', '" \u2028b"', '" éa"', '" 😀a"', '"\tx"', '"  "'],
  ],
  'text with signs': [
    text().regex(/^["'\-/\\.[\]{}&~]+$/),
    ['""\u0027-/"', '"\\\\."', '"[]{}&~"', '"a"', '"-"', '"^"'],
  ],
  'text that repeats within a repetition': [
    text().regex(/^(?:[a-z]+\s?)+$/),
    [`"${'a'.repeat(5_000)}!"`, `"${'a '.repeat(5_000)}"`, '"a  b"', '""', '"é"'],
  ],
  'text between edges of words': [
    text().regex(/\bé?a\b|^$|^😀{2,3}[^\w😀]$/u),
    ['"a"', '"éa"', '"éab"', '"xa"', '"-a_"', '""', '"😀😀!"', '"😀!"', '"😀😀😀😀!"', '"\\ud83d\\ude00😀\\n"'],
  ],
  'a moment within bounds': [
    timestamp().min(new Date('2018-11-30T00:00:00.001Z')).max(new Date('2018-11-30T23:59:59Z')),
    [
      ...['"2018-11-30T00:00:00.000999Z"', '"2018-11-30T00:00:00.001Z"', '"2018-11-30T23:59:59.000001Z"'],
      ...['"2018-11-30T23:59:59Z"', '"2018-12-01T01:59:59+02:00"', '"0001-01-01T00:00:00Z"', '"1542837407796"'],
    ],
  ],
}

describe.skipIf(!hasPython())('the line parsers of Node and of Python', () => {
  let python: PythonParser
  beforeAll(() => {
    python = startPythonParser()
  })
  afterAll(() => python.end())

  /** How many rows and refused lines both parsers find, and why they refuse lines. */
  async function agreed(columns: readonly LineColumn[], content: string | Uint8Array, as: ParsedAs = {}) {
    const { unknownKeys = 'report' } = as
    const bytes = Buffer.from(content)
    const packed = await parsedByPacking(columns, bytes, { ...as, unknownKeys })
    expect(await python.parse(columns, bytes, unknownKeys)).toEqual(packed)
    return {
      keys: packed.keys,
      values: packed.rows.map(([, ...values]) => values),
      rows: packed.rows.length,
      rejects: packed.rejects.length,
      reasons: packed.rejects.map(([, reason]) => reason),
    }
  }

  describe('find the same rows and rejects in a value of', () => {
    for (const [name, schema] of Object.entries(TYPES)) {
      it(name, async () => {
        // The space before it makes Python take its slow path.
        const lines = VALUES.flatMap((value) => [`{"v":${value}}`, ` {"v":${value}}`])
        const columns = lineColumnsOf({ v: schema })
        const { rows, rejects } = await agreed(columns, lines.join('\n'))
        expect(rows).toBeGreaterThan(1)
        expect(rejects).toBeGreaterThan(100)
      })
    }
  })

  describe('find the same rows and rejects if a column has a refinement:', () => {
    for (const [name, [schema, values]] of Object.entries(REFINED)) {
      it(name, async () => {
        const lines = [...values, ...VALUES].flatMap((value) => [`{"v":${value}}`, ` {"v":${value}}`])
        const { rows, reasons } = await agreed(lineColumnsOf({ v: schema }), lines.join('\n'))
        expect(rows).toBeGreaterThan(1)
        expect(
          reasons.filter((reason) => /^v: expected (>|<|a length|one of|a multiple|text that)/.test(reason)),
        ).not.toEqual([])
      })
    }
  })

  it('find the same in numbers that are longer than Python accepts', async () => {
    const lines = LONG_NUMBERS.flatMap((value) => ['a', 'b', 'c', 'd', 'e'].map((key) => `{"${key}":${value}}`))
    const columns = lineColumnsOf({
      a: int().nullable(),
      b: bigint().nullable(),
      c: double().nullable(),
      d: decimal(20, 5).nullable(),
      e: text().nullable(),
    })
    const { rows } = await agreed(columns, lines.join('\n'))
    expect(rows).toBeGreaterThan(30)
  })

  it('find the same in lines that are not objects with the right keys', async () => {
    const { rows, reasons } = await agreed(mixedColumns, WHOLE_LINES.join('\n'))
    expect(rows).toBeGreaterThan(20)
    expect(reasons).toEqual(
      expect.arrayContaining(['not JSON', 't is missing', 'i is null', 'expected an object, got an array']),
    )
  })

  it('find the same in lines of any depth', async () => {
    const deep = (levels: number, open: string, close: string) => `${open.repeat(levels)}0${close.repeat(levels)}`
    const values = [900, 990, 1000, 5000, 30_000].flatMap((levels) => [
      deep(levels, '[', ']'),
      deep(levels, '{"a":', '}'),
      deep(levels, '[{"a":', '}]'),
      deep(levels, '[', ''),
      `${deep(levels, '[', ']')}]`,
      `${deep(levels, '{"a":', '}')}}`,
    ])
    const lines = values.flatMap((value) => [`{"d":${value},"a":1}`, `{"a":${value}}`, value])
    const { rows } = await agreed(lineColumnsOf({ a: int() }), lines.join('\n'))
    expect(rows).toBe(15)
  })

  it('find the same at the ends of lines and of the file', async () => {
    for (const file of FILES) await agreed(mixedColumns, file)
    for (const chunkBytes of [1, 2, 3, 7, 1000]) await agreed(mixedColumns, FILES.join('\n'), { chunkBytes })
  })

  it('find the same in bytes that are not UTF-8', async () => {
    const first = [0x41, 0x80, 0xbf, 0xc0, 0xc2, 0xdf, 0xe0, 0xe1, 0xed, 0xef, 0xf0, 0xf1, 0xf4, 0xf5, 0xff]
    const later = [0x41, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc2, 0xf0]
    const sequences = first.flatMap((a) => later.flatMap((b) => later.flatMap((c) => later.map((d) => [a, b, c, d]))))
    const lines = sequences.map((bytes) =>
      Buffer.concat([Buffer.from('{"t":"'), Buffer.from(bytes), Buffer.from('","i":1}\n')]),
    )
    const cut = sequences.map((bytes) => Buffer.from([...bytes.slice(0, 3), 0x0a]))
    const { rows, reasons } = await agreed(mixedColumns, Buffer.concat([...lines, ...cut]))
    expect(rows).toBeGreaterThan(50)
    expect(reasons.filter((reason) => reason === 'not UTF-8').length).toBeGreaterThan(5000)
  })

  it('find the same in the text of a long refused line', async () => {
    const most = 65_536
    const texts = ['y', 'é', '€', '😀'].flatMap((character) =>
      [most - 2, most - 1, most, most + 1, 300_000].flatMap((units) => {
        const long = character.repeat(Math.floor(units / character.length))
        return [long, `[${long}`, `${long}y`]
      }),
    )
    const broken = [0xff, 0xf0, 0x80].flatMap((byte) => [
      Buffer.alloc(most, byte),
      Buffer.alloc(most + 1, byte),
      Buffer.alloc(5 * most, byte),
    ])
    const content = Buffer.concat(
      [...texts.map((line) => Buffer.from(line)), ...broken].flatMap((line) => [line, Buffer.from('\r\n')]),
    )
    const { rejects, reasons } = await agreed(mixedColumns, content)
    expect(rejects).toBe(texts.length + broken.length)
    expect(reasons.filter((reason) => reason.includes('cut')).length).toBeGreaterThan(20)
  })

  it('find the same in lines of the sources', async () => {
    const songs = [
      {},
      { artist_location: 'Girona', year: 1999 },
      { artist_latitude: -0.5, title: 'é\u2028"\\😀' },
      { song_id: null },
      { year: 1.5 },
    ]
    expect(await agreed(songColumns, songs.map(songLine).join('\n'))).toMatchObject({ rows: 3, rejects: 2 })
    const plays = [{}, { userId: 15, length: null, song: undefined }, { userId: '' }, { ts: '1' }, { page: undefined }]
    expect(await agreed(logColumns, plays.map(playLine).join('\n'))).toMatchObject({ rows: 3, rejects: 2 })
  })

  it('find the same if the names of columns need escapes, or if no column is declared', async () => {
    const columns = lineColumnsOf({
      'a"b': int(),
      constructor: int().nullable(),
      '': text().nullable(),
      '😀': text().nullable(),
      '{}': int().nullable(),
    })
    await agreed(
      columns,
      [
        '{"a\\"b":1}',
        '{"a\\u0022b":1,"":"x","\\ud83d\\ude00":"y"}',
        '{"a\\"b":1,"{}":"x"}',
        '{"a\\"b":"{}"}',
        '{}',
      ].join('\n'),
    )
    expect(await agreed([], '{}\n{"a":1}\n[]\nno')).toMatchObject({ rows: 2, rejects: 2 })
  })

  it('find the same in random lines, whole or damaged', async () => {
    const seen = { rows: 0, rejects: 0 }
    const property = fc.asyncProperty(randomFiles(LINES_A_RUN), async (content) => {
      const { rows, rejects } = await agreed(mixedColumns, content)
      seen.rows += rows
      seen.rejects += rejects
    })
    const runs = await checkProperty('line rules in Python', property, RUNS)
    process.stdout.write(`${seen.rows} rows, ${seen.rejects} refused lines\n`)
    if (runs < RUNS) return
    expect(seen.rows).toBeGreaterThan(runs)
    expect(seen.rejects).toBeGreaterThan(runs)
  })
})
