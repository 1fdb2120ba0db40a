/**
 * Sources of every format, as the user sees them: the guide's examples, and mistakes in real files.
 */
import { readFileSync, utimesSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { parquetWriteBuffer } from 'hyparquet-writer'
import { describe, expect, it } from 'vitest'
import { type LakeResult, lake, ROOT, temporaryDirectory, writeFiles } from '../../support/programs/lake-process.ts'
import { eventsOf } from '../../support/programs/run-events.ts'
import { configOver } from '../../support/projects/built-project.ts'

const GUIDE = readFileSync(join(ROOT, 'docs/guides/sources/formats.md'), 'utf8')

interface Example {
  /** The declaration, and the file that the guide shows below it. */
  readonly code: string
  readonly file: string
}

/** The examples of the guide: each declaration with the file that follows it. */
const EXAMPLES: readonly Example[] = [
  ...GUIDE.matchAll(/```ts\n([\s\S]*?)```[\s\S]*?```(?:csv|log)\n([\s\S]*?)```/g),
].map(([, code = '', file = '']) => ({ code, file }))

const CONFIG = configOver('assets/index.ts')

interface Project {
  readonly at: (...args: readonly string[]) => LakeResult
  readonly write: (files: Parameters<typeof writeFiles>[1]) => void
  readonly query: (sql: string) => unknown
}

function project(sources: Readonly<Record<string, string>>): Project {
  const directory = temporaryDirectory()
  const at: Project['at'] = (...args) => lake(args, { cwd: directory })
  writeFiles(directory, {
    'config/lake.config.ts': CONFIG,
    'assets/index.ts': Object.keys(sources)
      .map((name) => `export * from './${name}.ts'\n`)
      .join(''),
    ...Object.fromEntries(Object.entries(sources).map(([name, code]) => [`assets/${name}.ts`, code])),
  })
  return {
    at,
    write: (files) => {
      writeFiles(directory, files)
      for (const path of Object.keys(files)) utimesSync(join(directory, path), 1_500_000_000, 1_500_000_000)
    },
    query: (sql) => JSON.parse(at('query', sql, '--json').stdout),
  }
}

describe('the guide to formats', () => {
  it('has examples whose declarations read the files below them', () => {
    expect(EXAMPLES).toHaveLength(3)
    const sources = Object.fromEntries(EXAMPLES.map(({ code }, index) => [`source_${index}`, code]))
    const { at, write, query } = project(sources)
    const [orders, access, alb] = EXAMPLES.map(({ file }) => file)
    write({
      'input/orders/2026/day.csv': orders ?? '',
      'input/access_log/2019-02-06-00-00-38-1A2B': access ?? '',
      'input/alb_log/lb_20180702.log.gz': gzipSync(alb ?? ''),
    })
    expect(at('materialize')).toMatchObject({ status: 0, stderr: '' })
    expect(query('select id, note, total, paid, day, _line from orders order by id')).toEqual([
      { id: 1, note: 'two lines;\nand "quotes"', total: '1234.50', paid: true, day: '2026-11-30', _line: '2' },
      { id: 2, note: null, total: '7.00', paid: false, day: null, _line: '4' },
    ])
    expect(
      query('select requested_at, requester, object, request, status, bytes from access_log order by requested_at'),
    ).toEqual([
      {
        ...{
          requested_at: '06/Feb/2019:00:00:38 +0000',
          requester: '79a5',
          object: 'a.txt',
          status: 200,
          bytes: '2662',
        },
        request: 'GET /my-bucket/a.txt HTTP/1.1',
      },
      {
        ...{ requested_at: '06/Feb/2019:00:00:39 +0000', requester: null, object: null, status: 404, bytes: null },
        request: 'GET /my-bucket?logging HTTP/1.1',
      },
    ])
    expect(
      query(
        'select requested_at, target, target_seconds, target_status, user_agent from alb_log order by requested_at',
      ),
    ).toEqual([
      {
        ...{
          requested_at: '2018-07-02T22:23:00.186641Z',
          target: '10.0.0.1:80',
          target_seconds: 0.048,
          target_status: 200,
        },
        user_agent: 'curl/7.46.0',
      },
      {
        requested_at: '2018-07-02T22:23:01.000Z',
        target: null,
        target_seconds: -1,
        target_status: null,
        user_agent: null,
      },
    ])
    expect(at('rejects', 'alb_log').stdout).toContain('No line of alb_log was refused')
  })
})

const source = (key: string, format: string, more = '') => `
import { csv, defineSource, int, jsonDocuments, jsonLines, parquet, text, textLines, timestamp } from 'lake'
export const ${key} = defineSource({
  key: '${key}', columns: { id: int(), name: text().nullable() }, format: ${format}, maxRejected: 1, pattern: '*',${more}
})`

const parquetOf = (columns: Readonly<Record<string, readonly (string | number)[]>>): Buffer =>
  Buffer.from(
    parquetWriteBuffer({ columnData: Object.entries(columns).map(([name, data]) => ({ name, data: [...data] })) }),
  )

const PARQUET = parquetOf({ id: [1, 2], name: ['a', 'b'] })

function withFooterLength(bytes: number): Buffer {
  const file = Buffer.from(PARQUET)
  file.writeUInt32LE(bytes, file.length - 8)
  return file
}

/** Damages the first page of the first column. */
const overwritten = (file: Buffer): Buffer =>
  Buffer.concat([file.subarray(0, 4), Buffer.alloc(24, 0xff), file.subarray(28)])

/** Mistakes in files. Each file name has a content and the reason that lake gives. */
type Catalogue = Readonly<Record<string, readonly [content: string | Uint8Array, reason: RegExp]>>

const ROWS = '{"id":1,"name":"a"}\n{"id":2,"name":"b"}\n'
const packed = gzipSync(ROWS)
const damaged = Buffer.from(packed)
damaged[packed.length - 6] = (packed.at(-6) ?? 0) ^ 1

const CATALOGUE: Readonly<Record<string, { readonly format: string; readonly files: Catalogue }>> = {
  lines_of_json: {
    format: 'jsonLines()',
    files: {
      'torn.json.gz': [packed.subarray(0, 30), /^the gzip archive is torn: it ends within its data$/],
      'torn second member.gz': [Buffer.concat([packed, packed.subarray(0, 2)]), /is torn: it ends within its data$/],
      'damaged.gz': [damaged, /^the gzip archive is damaged: incorrect data check$/],
      'followed.gz': [Buffer.concat([packed, Buffer.from('no gzip')]), /is damaged: incorrect header check$/],
      'behind padding.gz': [Buffer.concat([packed, Buffer.alloc(9), packed]), /data follows its padding$/],
      'large.gz': [gzipSync(' '.repeat(5000)), /unpacks to more than 4000 bytes: .* maxUnpackedBytes$/],
      'twice.gz': [gzipSync(packed), /^the file is compressed twice: unpack it once$/],
      'utf16.json': [Buffer.from(`\ufeff${ROWS}`, 'utf16le'), /^the file holds text in UTF-16: convert it to UTF-8/],
      'big endian.json.gz': [
        gzipSync(Buffer.from(`\ufeff${ROWS}`, 'utf16le').swap16()),
        /^the file holds text in UTF-16/,
      ],
      'table.json': [PARQUET, /^the file is a Parquet file: declare format: parquet\(\)$/],
      'zip.json': [Buffer.from('PK\x03\x04\n{"id":1,"name":"a"}'), /^the file is a zip or xz archive: unpack it/],
      'array.json': [
        `[${ROWS.trim().replaceAll('\n', ',\n')}]`,
        /holds a JSON array, .*jsonDocuments\(\{ records: '\$\[\*\]' \}\)$/,
      ],
      'document.json': ['{\n  "id": 1\n}\n', /a JSON document over several lines, .*jsonDocuments\(\)$/],
      'firehose.json.gz': [gzipSync(ROWS.replaceAll('\n', '')), /several JSON objects on a line, .*jsonDocuments\(\)$/],
    },
  },
  documents: {
    format: "jsonDocuments({ records: '$.Records[*]' })",
    files: {
      'array.json': ['[{"id":1}]', /^the file has an array where records: '\$\.Records\[\*\]' needs an object/],
      'other key.json': ['{"records":[]}', /^the file has a document without "Records" \(line 1\)$/],
      'torn.json': ['{"Records":[{"id":1},\n{"id":2', /^the file ends within a value \(line 1\)$/],
      'mixed.json': ['{"Records":[{"id":1}]}\n# end', /^the file has another value where .* \(line 2\)$/],
      'twice.json': ['{"Records":[{"id":1}],"Records":[]}', /^the file has "Records" twice/],
    },
  },
  delimited: {
    format: 'csv()',
    files: {
      'unicode.csv': [Buffer.from('\ufeffid,name\r\n1,a\r\n', 'utf16le'), /^the file holds text in UTF-16/],
      'dialect.csv': ['id;name\n1;a\n', /^the header does not name id: id;name; the delimiter seems to be ";"/],
      'excel.csv': [
        'sep=,\nid,name\n1,a\n',
        /^the header does not name id: sep=,; it is a line of Excel: declare comment: 'sep='$/,
      ],
      'other case.csv': [
        'ID,name\n1,a\n',
        /^the header does not name id: ID,name; it names ID: declare \.from\("ID"\)$/,
      ],
      'no header.csv': ['1,a\n2,b\n', /^the header does not name id: 1,a; .* declare header: false$/],
      'lacks.csv': ['name,more\na,1\n', /^the header does not name id: name,more/],
      'duplicate.csv': ['id,name,name\n1,a,b\n', /^the header names name twice$/],
      'open.csv': ['id,name\n1,a\n2,"b\n3,c\n', /^the quote that opens on line 3 is not closed/],
      'ragged.csv': [
        `id,name\n${'1\n'.repeat(1500)}`,
        /^none of its first 1000 records .*: the first has 1 field, and the header has 2 \(line 2\)$/,
      ],
      'wide.csv': [
        `id,name\n${','.repeat(100_000)}\n${','.repeat(100_000)}`,
        /^none of its 2 records .*has 100001 fields/,
      ],
    },
  },
  parquet_files: {
    format: 'parquet()',
    files: {
      'another type': [parquetOf({ id: ['a', 'b'] }), /^id: expected int, and the file has text$/],
      empty: ['', /^the file is not a Parquet file$/],
      'encrypted.parquet': [Buffer.concat([Buffer.from('PARE'), PARQUET]), /^the Parquet file is encrypted$/],
      'followed.parquet': [Buffer.concat([PARQUET, Buffer.from('more')]), /^the Parquet file is torn/],
      'footer.parquet': [withFooterLength(0x7f_ff_ff_ff), /^the footer .* is damaged: it would have 2147483647 bytes$/],
      'footer of another length.parquet': [withFooterLength(9), /^the footer of the Parquet file is damaged: /],
      'lacks.parquet': [parquetOf({ name: ['a'], ID: [1] }), /^id is missing: .* has ID, which differs in case$/],
      'lines.json': [ROWS, /^the file is not a Parquet file, but seems to hold JSON: declare format: jsonLines\(\)$/],
      'nothing in common.parquet': [parquetOf({ x: [1] }), /^the file has none of the columns id, name: it has x$/],
      'overwritten.parquet': [overwritten(PARQUET), /^the Parquet file cannot be read: /],
      'packed.parquet.gz': [gzipSync(PARQUET), /but a gzip archive: unpack it$/],
      'torn.parquet': [PARQUET.subarray(0, 60), /^the Parquet file is torn: it ends without a footer$/],
    },
  },
  text_lines: {
    format: 'textLines({ pattern: /(?<id>\\d+) (?<name>.*)/ })',
    files: { 'other.log': ['x\ny\nz\n', /^none of its 3 records .*: the first does not match the pattern/] },
  },
}

describe('a file that cannot be read as the source declares', () => {
  it('is one reject with line 0 that says what to do; the run names the file, and reads it again when it changes', () => {
    const sources = Object.entries(CATALOGUE).map(([key, { format }]) => [
      key,
      source(key, format, ' maxUnpackedBytes: 4000,'),
    ])
    const { at, write, query } = project(Object.fromEntries(sources))
    const good = {
      'input/lines_of_json/good.json': ROWS,
      'input/documents/good.json': '{"Records":[{"id":1},{"id":2}]}',
      'input/delimited/good.csv': 'id,name\n1,a\n2,b\n',
      'input/text_lines/good.log': '1 a\n2 b\n',
      'input/parquet_files/good.parquet': PARQUET,
    }
    const bad = Object.entries(CATALOGUE).flatMap(([key, { files }]) =>
      Object.entries(files).map(([name, [content]]) => [`input/${key}/${name}`, content] as const),
    )
    write({ ...good, ...Object.fromEntries(bad) })
    const result = at('materialize', '--json')
    expect(result.status).toBe(0)
    const warnings = eventsOf(result).flatMap((event) => (event.type === 'step-warned' ? [event.message] : []))
    expect(warnings).toContainEqual(
      expect.stringMatching(/^damaged\.gz is refused as a whole: the gzip archive is damaged/),
    )
    for (const [key, { files }] of Object.entries(CATALOGUE)) {
      const { rejects } = JSON.parse(at('rejects', key, '--json').stdout)
      expect(rejects.map(({ file }: { readonly file: string }) => file)).toEqual(Object.keys(files).toSorted())
      for (const { file, line, reason } of rejects) {
        expect({ file, line, reason }).toEqual({
          file,
          line: 0,
          reason: expect.stringMatching(files[file]?.[1] ?? /^$/),
        })
      }
    }
    const counts = Object.keys(CATALOGUE).map((key) => `select '${key}' as key, count(*)::int as n from ${key}`)
    const all = Object.keys(CATALOGUE).map((key) => ({ key, n: 2 }))
    expect(query(`${counts.join(' union all ')} order by key`)).toEqual(
      all.toSorted((a, b) => (a.key < b.key ? -1 : 1)),
    )
    expect(JSON.parse(at('plan', '--json').stdout)).toMatchObject({ steps: [] })
    write({ 'input/lines_of_json/torn.json.gz': packed })
    expect(at('materialize').status).toBe(0)
    expect(query('select count(*)::int as n from lines_of_json')).toEqual([{ n: 4 }])
  })

  it('is not a file with a few wrong records: each of these is a reject with its line and number', () => {
    const { at, write, query } = project({ things: source('things', 'csv()') })
    const latin = Buffer.from('9,caf\xe9\n', 'latin1')
    const content = ['id,name', '1,"two', 'lines"', '2,a,b', '3', 'x,c', '4,"d"e', '5,f"g', '', ',h', '6,i', '']
    write({ 'input/things/a.csv': Buffer.concat([Buffer.from(content.join('\n')), latin]) })
    expect(at('materialize').status).toBe(0)
    expect(query('select id, name, _line from things order by id')).toEqual([
      { id: 1, name: 'two\nlines', _line: '2' },
      { id: 6, name: 'i', _line: '11' },
    ])
    const { rejects } = JSON.parse(at('rejects', 'things', '--json').stdout)
    expect(rejects.map(({ file, ...reject }: { readonly file: string }) => reject)).toEqual([
      { line: 4, record: 2, reason: 'has 3 fields, and the header has 2', text: '2,a,b' },
      { line: 5, record: 3, reason: 'has 1 field, and the header has 2', text: '3' },
      { line: 6, record: 4, reason: 'id: expected an integer, got "x"', text: 'x,c' },
      { line: 7, record: 5, reason: 'has text behind a closing quote', text: '4,"d"e' },
      { line: 8, record: 6, reason: 'has a quote within a field that does not begin with one', text: '5,f"g' },
      { line: 10, record: 7, reason: 'id is null', text: ',h' },
      { line: 12, record: 9, reason: 'not UTF-8', text: '9,caf\ufffd' },
    ])
    expect(at('rejects', 'things').stdout).toContain('a.csv:4 (record 2)  has 3 fields')
  })

  it('stops the project if the declaration itself is wrong', () => {
    const { at } = project({
      a: source('a', "csv({ delimiter: ';;', quote: ';' })"),
      b: source('b', "jsonDocuments({ records: 'Records' })"),
      c: source('c', 'textLines({ pattern: /(?<id>.*)/ })'),
      d: source('d', "csv({ nullText: 'true' })", ' maxUnpackedBytes: 0,'),
      f: source('f', "csv({ thousands: '.' })"),
      g: source('g', 'csv()').replace('name: text()', "name: timestamp({ pattern: 'd.M.yyyy' })"),
      h: source('h', 'csv()').replace('name: text()', "name: timestamp({ pattern: 'yyyy Z', zone: 'UTC' })"),
      e: source('e', 'parquet()').replace('name: text()', "name: timestamp({ pattern: 'yyyy', zone: 'UTC' })"),
    })
    const { status, stderr } = at('plan')
    expect(status).toBe(2)
    for (const words of [
      'the delimiter of csv() is ";;"',
      'records: "Records" is not a path to records',
      'the pattern of textLines() has no group named name',
      '"true" stands for two values',
      'maxUnpackedBytes is 0',
      'thousands is ".", and decimalPoint "."',
      'it has no offset, so it needs a zone\n',
      `-> write timestamp({ pattern: "d.M.yyyy", zone: 'UTC' })`,
      'it has an offset, so it needs no zone\n',
      '-> write timestamp({ pattern: "yyyy Z" })',
      'the column name has a pattern, and parquet() has times that are no text',
    ]) {
      expect(stderr).toContain(words)
    }
  })
})
