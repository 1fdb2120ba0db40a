/** Records are the same wherever a stream is cut, and whichever path their values take. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import { bigint, date, decimal, double, int, text, timestamp } from '../../../framework/declare/columns.ts'
import { csv, jsonDocuments, type StreamedFormat, textLines } from '../../../framework/declare/format/file-format.ts'
import { readRecordPath } from '../../../framework/declare/format/record-path.ts'
import { packFiles } from '../../../framework/ingest/pack/pack.ts'
import { TextRows } from '../../../framework/ingest/records/text-rows.ts'
import { unpack } from '../../../framework/ingest/unpack/unpack.ts'
import { checkProperty } from '../../support/property.ts'
import { columnsOf } from './declared.ts'
import { listed, memoryStorage } from './memory-storage.ts'

const root = mkdtempSync(join(tmpdir(), 'records-'))
afterAll(() => rmSync(root, { recursive: true }))

const columns = columnsOf({ a: text(), n: int().nullable() })

/** All that becomes of a file that comes in chunks of this size. */
async function packed(content: string | Uint8Array, format: StreamedFormat, chunkBytes: number) {
  const found: unknown[] = []
  const request = {
    ...{ storage: memoryStorage({ x: content }, chunkBytes), files: listed(['x'], 1e9), columns, format },
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
  ['\ufeff{"a":"}]{","n":1}{"a":"é"}\n {\n"a":\r\n"\\"\\\\" , "n":2}\n{"n":[{}]}', jsonDocuments()],
  ['{"k":[1,{"R":[]}],"R":[{"a":"x"} , {"a":1}]}{"R":[]}', jsonDocuments({ records: '$.R[*]' })],
  ['[{"a":"x"},{"a":"y"', jsonDocuments({ records: '$[*]' })],
  ['\ufeffone 1\r\ntwo 2\r\n \nnone\r\n', textLines({ pattern: /(?<a>\w+) (?<n>\d)/ })],
]

it.each(FILES)('%j is read the same in chunks of every size, packed or not', async (content, format) => {
  const whole = await packed(content, format, 1e6)
  for (let size = 1; size <= Buffer.byteLength(content); size++) {
    expect(await packed(content, format, size)).toEqual(whole)
  }
  const [rows, rejects] = await packed(gzipSync(content), format, 5)
  expect([rows, rejects]).toEqual(whole.slice(0, 2))
})

it('an archive unpacks from chunks of every size, and is torn wherever it is cut', async () => {
  const archive = Buffer.concat([gzipSync('first,'), gzipSync(''), gzipSync('second'), Buffer.alloc(3)])
  async function* chunks(bytes: Buffer, size: number) {
    for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
  }
  const read = async (bytes: Buffer, size: number) => {
    const { chunks: unpacked } = await unpack(chunks(bytes, size), 1000)
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

  it.each(Object.entries(types))('of %s is the same on the fast path as on the slow one', async (_, schema) => {
    const rows = new TextRows(columnsOf({ v: schema }), csv())
    rows.nameFields(['v'])
    const written = (kind: number, value: string) => {
      const bytes = Buffer.from(`,${value},`)
      const fields = {
        bytes,
        starts: [1],
        ends: [bytes.length - 1],
        kinds: [kind],
        text: () => value,
        isQuoted: () => false,
      }
      const wrong = rows.write(fields, bytes.length)
      return wrong ?? canonical(JSON.parse(rows.row.toString('utf8', 0, rows.end).replace(/^/, '{')).v)
    }
    // The fast path keeps the zeros at the end of a decimal.
    const canonical = (value: unknown) =>
      typeof value === 'string' && /^-?\d+\.\d+$/.test(value) ? String(Number(value)) : value
    const property = fc.asyncProperty(fc.oneof(digits, moments), async (value) => {
      expect(written(0, value)).toEqual(written(2, value))
    })
    await checkProperty('fields', property, 500)
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
])('the path %s is read', (path, steps) => expect(readRecordPath(path)).toEqual(steps))
