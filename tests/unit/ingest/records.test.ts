/**
 * lake finds the same records however it cuts the stream, and on the fast path and on the slow
 * path.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import {
  bigint,
  boolean,
  date,
  decimal,
  double,
  emptyAsNull,
  int,
  text,
  timestamp,
} from '../../../framework/declare/columns.ts'
import { csv, jsonDocuments, type StreamedFormat, textLines } from '../../../framework/declare/format/file-format.ts'
import { readRecordPath } from '../../../framework/declare/format/record-path.ts'
import { FastRecords } from '../../../framework/ingest/fast/fast-records.ts'
import { exactNumber, writtenOut } from '../../../framework/ingest/lines/decimal-literal.ts'
import type { LineRules } from '../../../framework/ingest/lines/line-columns.ts'
import { packFiles } from '../../../framework/ingest/pack/pack.ts'
import { TextRows } from '../../../framework/ingest/records/text-rows.ts'
import { jsonOfText } from '../../../framework/ingest/records/text-value.ts'
import { unpack } from '../../../framework/ingest/unpack/unpack.ts'
import { lineColumnsOf } from '../../support/lines/declared.ts'
import { listed, memoryStorage } from '../../support/lines/memory-storage.ts'
import { checkProperty } from '../../support/random/property.ts'

const root = mkdtempSync(join(tmpdir(), 'records-'))
afterAll(() => rmSync(root, { recursive: true }))

const columns = lineColumnsOf({ a: text(), n: int().nullable() })

/** The complete result for a file that lake reads in chunks of this size. */
async function packed(
  content: string | Uint8Array,
  format: StreamedFormat,
  chunkBytes: number,
  rules: LineRules = { columns },
) {
  const found: unknown[] = []
  const request = {
    ...{ storage: memoryStorage({ x: content }, chunkBytes), files: listed(['x'], 1e9), ...rules, format },
    ...{ directory: mkdtempSync(join(root, 'pack-')), batchBytes: 2 ** 20 },
  }
  for await (const { path, rejects, files } of packFiles(request)) {
    const rows = readFileSync(path, 'utf8').split('\n').slice(0, -1)
    found.push(
      rows.map((row) => JSON.parse(row)),
      rejects,
      files,
    )
  }
  return found
}

const FILES: readonly (readonly [string, StreamedFormat])[] = [
  ['\ufeffa,n\r\n"x, ""y""\r\nz",5\r\né,-7\r\n\r\nragged\r\n"a"b,1\r\nlast,', csv()],
  [
    "#c\na|n\n'it\\'s'|1\nx\\|y|2\n#c\n",
    csv({ delimiter: '|', quote: "'", escape: '\\', escapeUnquoted: true, comment: '#' }),
  ],
  [
    'a\tn\nx\\\ny\\\r\\\nz\\\t\\\\\t1\r\nlast\\\n',
    csv({ delimiter: '\t', quote: null, escape: '\\', escapeUnquoted: true }),
  ],
  ['\ufeff{"a":"}]{","n":1}{"a":"é"}\n {\n"a":\r\n"\\"\\\\" , "n":2}\n{"n":[{}]}', jsonDocuments()],
  ['{"k":[1,{"R":[]}],"R":[{"a":"x"} , {"a":1}]}{"R":[]}', jsonDocuments({ records: '$.R[*]' })],
  ['[{"a":"x"},{"a":"y"', jsonDocuments({ records: '$[*]' })],
  ['\ufeffone 1\r\ntwo 2\r\n \nnone\r\n', textLines({ pattern: /(?<a>\w+) (?<n>\d)/ })],
]

it.each(FILES)('%j is read in the same way in chunks of every size, packed or not', async (content, format) => {
  const whole = await packed(content, format, 1e6)
  for (let size = 1; size <= Buffer.byteLength(content); size++) {
    expect(await packed(content, format, size)).toEqual(whole)
  }
  const [rows, rejects] = await packed(gzipSync(content), format, 5)
  expect([rows, rejects]).toEqual(whole.slice(0, 2))
})

it('a line end after an escape belongs to its field, as MySQL writes it, with or without quotes', async () => {
  const content = "a|n\nx\\\ny|1\n'x\\\r\\\ny'|2\n\\|\\\\|3\n"
  for (const quote of ["'", null]) {
    const format = csv({ delimiter: '|', quote, escape: '\\', escapeUnquoted: true })
    const [rows, rejects] = await packed(content, format, 1e6)
    const q = quote === null ? "'" : ''
    expect(rows).toMatchObject([
      { _line: 2, a: 'x\ny', n: 1 },
      { _line: 4, a: `${q}x\r\ny${q}`, n: 2 },
      { _line: 6, a: '|\\', n: 3 },
    ])
    expect(rejects).toEqual([])
  }
})

it('lake unpacks an archive from chunks of every size, and finds that it is torn wherever it is cut', async () => {
  const archive = Buffer.concat([gzipSync('first,'), gzipSync(''), gzipSync('second'), Buffer.alloc(3)])
  async function* chunks(bytes: Buffer, size: number) {
    for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
  }
  const read = async (bytes: Buffer, size: number) => {
    const { chunks: unpacked } = await unpack(chunks(bytes, size), { maxBytes: 1000, packedBytes: bytes.length })
    const pieces: Uint8Array[] = []
    for await (const piece of unpacked) pieces.push(Buffer.from(piece))
    return Buffer.concat(pieces).toString()
  }
  for (let size = 1; size <= archive.length; size++) expect(await read(archive, size)).toBe('first,second')
  const ends = [gzipSync('first,').length, gzipSync('first,').length + gzipSync('').length]
  for (let cut = 4; cut < archive.length - 3; cut++) {
    if (!ends.includes(cut)) await expect(read(archive.subarray(0, cut), 7), `cut at ${cut}`).rejects.toThrow(/is torn/)
  }
})

describe('a field', () => {
  const types = {
    'an int': int(),
    'a bigint': bigint(),
    'a double': double(),
    'a decimal(5,2)': decimal(5, 2),
    'a date': date(),
    'a timestamp': timestamp(),
  }
  const digits = fc.stringMatching(/^[-+]?[0-9]{0,5}[.]?[0-9]{0,4}(?:[eE]-?[0-9])?$/)
  const moments = fc.stringMatching(
    /^[0-2][0-9]{3}-[01][0-9]-[0-3][0-9](?:T[0-2][0-9]:[0-6][0-9]:[0-6][0-9](?:[.][0-9]{0,7})?(?:Z|[+]01:00)?)?$/,
  )

  it.each(Object.entries(types))('of %s is the same on the fast path as on the slow path', async (_, schema) => {
    const declared = lineColumnsOf({ v: schema })
    const slow = new TextRows(declared, csv())
    slow.nameFields(['v'])
    const fast = FastRecords.of(csv(), declared, ['v'])
    // The fast path keeps the trailing zeros of a decimal.
    const canonical = (value: unknown) =>
      typeof value === 'string' && /^-?\d+\.\d+$/.test(value) ? String(Number(value)) : value
    const onSlowPath = (value: string) =>
      slow.write({ text: () => value, isQuoted: () => false }) ??
      canonical(JSON.parse(`{${slow.row.toString('utf8', 0, slow.end)}`).v)
    let taken = 0
    const property = fc.asyncProperty(fc.oneof(digits, moments), async (value) => {
      const run = fast?.pack(Buffer.from(`${value}\n`), 0, { head: Buffer.from('{"_line":'), number: 1 })
      if (run?.rows !== 1) return
      taken++
      expect(canonical(JSON.parse(run.bytes.toString()).v)).toEqual(onSlowPath(value))
    })
    await checkProperty('fields', property, 1_000)
    expect(taken).toBeGreaterThan(5)
  })
})

it.each([
  ['1.234,50', '1234.50'],
  ['-1.234.567', '-1234567'],
  ['12,5', '12.5'],
  ['1234,5', '1234.5'],
  ['1e3', '1e3'],
  ['0,5', '0.5'],
  ['0.012', '"0.012"'],
  ['1.23', '"1.23"'],
  ['1234.567', '"1234.567"'],
  ['1,234.5', '"1,234.5"'],
  ['.123', '".123"'],
  ['1..234', '"1..234"'],
])('if points separate groups of three digits, %s is %s', (text, json) => {
  const format = csv({ decimalPoint: ',', thousands: '.' })
  expect(jsonOfText(text, { type: { kind: 'decimal', precision: 12, scale: 2 } }, format)).toBe(json)
})

describe('records of delimited text', () => {
  const others = {
    ...{ id: int(), e: emptyAsNull(), price: decimal(5, 2).nullable(), day: date().nullable() },
    ...{ at: timestamp().nullable(), paid: boolean().nullable() },
    ...{ n: text().nullable(), absent: text().nullable() },
  }
  const fast = lineColumnsOf({ t: text(), ...others })
  // A column with a refinement sends all records to the slow path. All texts here satisfy the
  // refinement.
  const slow = lineColumnsOf({ t: text().max(1_000), ...others })
  const names = ['t', 'id', 'unknown', 'price', 'e', 'n', 'day', 'at', 'paid']
  const formats = [
    csv(),
    csv({ delimiter: '|', quote: "'", escape: '\\', escapeUnquoted: true, nullText: ['', 'NULL'], comment: '#' }),
    csv({ delimiter: '\t', quote: null, nullText: '-' }),
    csv({ delimiter: ';', decimalPoint: ',', booleans: { true: 'yes', false: 'no' } }),
    csv({ delimiter: ';', decimalPoint: ',', thousands: '.' }),
    csv({ delimiter: '|', thousands: ',' }),
  ]
  const one = fc.constantFrom
  const mostly = (good: readonly string[], odd: readonly string[]) =>
    fc.oneof({ weight: 15, arbitrary: one(...good) }, one(...odd))
  const texts = mostly(
    ['a', 'é', ' x ', 'a#'],
    ['', '-', 'NULL', '"b"', '""', "'c'", '"', "'", '\\', 'x"y', "x'y", "'x'y'", '\r', '\0', '"a,\n|"'],
  )
  const numbers = mostly(
    ['1', '-7'],
    ['', '"1"', "'1'", '+5', '01', '1.50', '1,50', '1e2', '-', 'NULL', '1234.5', '1.234', '1,234', '1 '],
  )
  const prices = mostly(['', '12'], ['1.25', '1.50', '1,25', '-', 'NULL', '"1.25"', '1234.5', '-0'])
  const days = mostly(['', '2018-12-31'], ['2020-02-29', '2018-11-31', '"2018-12-31"', '-'])
  const moments = mostly(['', '2018-12-31T01:02:03.5+01:00'], ['2018-12-31T00:00:00Z', '2018-12-31T00:00:00', '-'])
  const flags = mostly([''], ['true', 'false', 'yes', 'no', 'TRUE', '"true"', '-'])
  const record = fc
    .tuple(texts, numbers, texts, prices, texts, texts, days, moments, flags)
    .map((fields) => [...fields])
  const records = fc.array(fc.oneof({ weight: 9, arbitrary: record }, fc.array(texts, { maxLength: 9 })), {
    minLength: 10,
    maxLength: 30,
  })
  const reading = fc.record({
    ...{ format: one(...formats), lineEnd: one('\n', '\r\n'), encoding: one('utf8' as const, 'latin1' as const) },
    unknownKeys: one('report' as const, 'ignore' as const),
  })

  /**
   * Makes a null equal to a missing member, and a decimal equal without its final zeros, because
   * engines treat them alike.
   */
  const asEnginesRead = ([rows, ...rest]: readonly unknown[]) => [
    JSON.parse(JSON.stringify(rows), (name, value) =>
      name === 'price' && value !== null ? writtenOut(exactNumber(value)) : (value ?? undefined),
    ),
    ...rest,
  ]

  it('give the same rows, rejects and places on the fast path as on the slow path', async () => {
    const property = fc.asyncProperty(records, reading, async (rows, { format, lineEnd, encoding, unknownKeys }) => {
      const lines = [names, ...rows].map((fields) => `${fields.join(format.delimiter)}${lineEnd}`)
      const read = (columns: typeof fast) =>
        packed(Buffer.from(lines.join(''), encoding), format, 200, { columns, unknownKeys })
      expect(asEnginesRead(await read(fast))).toEqual(asEnginesRead(await read(slow)))
    })
    await checkProperty('delimited text', property, 150)
  })

  it('take the fast path if their fields are written in the usual way, quoted or not', () => {
    const packing = { head: Buffer.from('{"_line":'), number: 7 }
    const take = (line: string, declared = fast, fields: readonly string[] = names) => {
      const run = FastRecords.of(csv(), declared, fields)?.pack(Buffer.from(line), 0, packing)
      return { end: run?.end, rows: run?.bytes.toString().split('\n').slice(0, run.rows) ?? [] }
    }
    const two = 'a b,1,z,1.5,e,n,2018-12-31,2018-12-31T00:00:00Z,true\n"a, b","-1",,,,,,,\r\n'
    const { end, rows } = take(`${two}next`)
    expect(end).toBe(two.length)
    expect(rows.map((row) => JSON.parse(row))).toEqual([
      {
        ...{ _line: 7, t: 'a b', id: 1, price: '1.5', e: 'e', n: 'n' },
        ...{ day: '2018-12-31', at: '2018-12-31T00:00:00Z', paid: true },
      },
      { _line: 8, t: 'a, b', id: -1, price: null, e: null, n: null, day: null, at: null, paid: null },
    ])
    const left = ['a,1,,,,,,,', 'a\n', '\n', 'a,1,"z""",,,,,,\n', 'a"b,1,,,,,,,\n', 'a,1,,,,,,,,\n', 'a,1,,,,,,,\r']
    expect(left.map((line) => take(line))).toEqual(left.map(() => ({ end: 0, rows: [] })))
    const one = take('\n', lineColumnsOf({ a: text().nullable() }), ['a'])
    expect(one.end, 'an empty line, which is no record').toBe(0)
  })
})

it.each([
  ['$', []],
  ['$[*]', [{ kind: 'items' }]],
  [
    "$.a['b \\'c\\''][*].d-e",
    [{ kind: 'member', key: 'a' }, { kind: 'member', key: "b 'c'" }, { kind: 'items' }, { kind: 'member', key: 'd-e' }],
  ],
  ['Records[*]', undefined],
  ['$.', undefined],
  ['$[0]', undefined],
  ['$..a', undefined],
])('the path %s can be read', (path, steps) => expect(readRecordPath(path)).toEqual(steps))
