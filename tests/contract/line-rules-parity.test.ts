import { Buffer } from 'node:buffer'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  bigint,
  boolean,
  type Column,
  type ColumnSchemas,
  date,
  decimal,
  double,
  emptyAsNull,
  int,
  text,
  timestamp,
} from '../../framework/declare/columns.ts'
import { FILES, LONG_NUMBERS, VALUES, WHOLE_LINES } from '../support/line-cases.ts'
import { hasPython, judgedByPacking, type PythonJudge, startPythonJudge } from '../support/line-judges.ts'
import { holds } from '../support/property.ts'
import { mixedColumns, randomFiles } from '../support/random-lines.ts'
import { playLine, songLine } from '../support/source-lines.ts'
import { columnsOf, logColumns, songColumns } from '../unit/ingest/declared.ts'

const RUNS = 1000
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
}

describe.skipIf(!hasPython())('the rules of a good line in Python', () => {
  let python: PythonJudge
  beforeAll(() => {
    python = startPythonJudge()
  })
  afterAll(() => python.end())

  /** How many rows and refused lines both see, and of the latter the reasons. */
  async function agreed(columns: readonly Column[], content: string | Uint8Array, chunkBytes?: number) {
    const bytes = Buffer.from(content)
    const packed = await judgedByPacking(columns, bytes, chunkBytes)
    expect(await python.judge(columns, bytes)).toEqual(packed)
    return {
      rows: packed.rows.length,
      rejects: packed.rejects.length,
      reasons: packed.rejects.map(([, reason]) => reason),
    }
  }

  describe('see the same in a value of', () => {
    for (const [name, schema] of Object.entries(TYPES)) {
      it(name, async () => {
        // The space before has Python look more closely.
        const lines = VALUES.flatMap((value) => [`{"v":${value}}`, ` {"v":${value}}`])
        const columns = columnsOf({ v: schema })
        const { rows, rejects } = await agreed(columns, lines.join('\n'))
        expect(rows).toBeGreaterThan(1)
        expect(rejects).toBeGreaterThan(100)
      })
    }
  })

  it('see the same in numbers that are longer than Python reads', async () => {
    const lines = LONG_NUMBERS.flatMap((value) => ['a', 'b', 'c', 'd', 'e'].map((key) => `{"${key}":${value}}`))
    const columns = columnsOf({
      a: int().nullable(),
      b: bigint().nullable(),
      c: double().nullable(),
      d: decimal(20, 5).nullable(),
      e: text().nullable(),
    })
    const { rows } = await agreed(columns, lines.join('\n'))
    expect(rows).toBeGreaterThan(30)
  })

  it('see the same in lines as such', async () => {
    const { rows, reasons } = await agreed(mixedColumns, WHOLE_LINES.join('\n'))
    expect(rows).toBeGreaterThan(20)
    expect(reasons).toEqual(
      expect.arrayContaining(['not JSON', 't is missing', 'i is null', 'expected an object, got an array']),
    )
  })

  it('see the same in lines of any depth', async () => {
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
    const { rows } = await agreed(columnsOf({ a: int() }), lines.join('\n'))
    expect(rows).toBe(15)
  })

  it('see the same at the ends of lines and of the file', async () => {
    for (const file of FILES) await agreed(mixedColumns, file)
    for (const chunkBytes of [1, 2, 3, 7, 1000]) await agreed(mixedColumns, FILES.join('\n'), chunkBytes)
  })

  it('see the same in bytes that are not UTF-8', async () => {
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

  it('see the same in the text of a long refused line', async () => {
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

  it('see the same in lines of the sources', async () => {
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

  it('see the same where names of columns need escapes, or none is declared', async () => {
    const columns = columnsOf({
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

  it('see the same in any line, and in any line that was damaged', async () => {
    const seen = { rows: 0, rejects: 0 }
    const property = fc.asyncProperty(randomFiles(LINES_A_RUN), async (content) => {
      const { rows, rejects } = await agreed(mixedColumns, content)
      seen.rows += rows
      seen.rejects += rejects
    })
    const runs = await holds('line rules in Python', property, RUNS)
    process.stdout.write(`${seen.rows} rows, ${seen.rejects} refused lines\n`)
    if (runs < RUNS) return
    expect(seen.rows).toBeGreaterThan(runs)
    expect(seen.rejects).toBeGreaterThan(runs)
  })
})
