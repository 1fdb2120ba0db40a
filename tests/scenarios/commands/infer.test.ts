/**
 * The declaration that `lake infer` prints compiles, and ingests the same files without a reject.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { expect, it } from 'vitest'
import { lake, temporaryDirectory, writeFiles } from '../../support/programs/lake-process.ts'
import { configOver } from '../../support/projects/built-project.ts'

const CONFIG = configOver('assets/orders.ts')

const ORDERS = [
  '{"id":1,"at":"2026-11-02T10:00:00Z","total":12.5,"paid":true,"customer":"ann","note":null}',
  '{"id":20000000000,"at":"2026-11-02T10:00:00.250+01:00","total":3,"paid":false,"customer":7,"note":""}\r',
  '',
  '{"id":3,"at":"2026-11-03T00:00:00Z","total":1e-3,"paid":true,"customer":"bob","items":[1, 2],"day":"2026-11-03","user-agent":"curl","ID":"x","seen":"2026-11-03 01:02:03"}',
].join('\n')

it('lake infer prints a declaration that refuses none of the lines', () => {
  const directory = temporaryDirectory()
  writeFiles(directory, {
    'config/lake.config.ts': CONFIG,
    'input/orders/2026/1.json': `\ufeff${ORDERS}`,
    'input/orders/_temporary/0/1.json': '{"id":"half"}',
  })
  const at = (...args: string[]) => lake(args, { cwd: directory })
  const inferred = at('infer', 'input/orders')
  expect(inferred).toMatchObject({ status: 0, stderr: '' })
  writeFiles(directory, { 'assets/orders.ts': inferred.stdout })
  expect(at('materialize')).toMatchObject({ status: 0 })
  expect(JSON.parse(at('rejects', 'orders', '--json').stdout)).toMatchObject({ total: 0 })
  const none = { items: null, user_agent: null, ID_2: null, seen: null }
  const sql = 'select id, total, paid, customer, note, day, items, user_agent, "ID_2", seen from orders order by id'
  expect(JSON.parse(at('query', sql, '--json').stdout)).toEqual([
    { id: '1', total: 12.5, paid: true, customer: 'ann', note: null, day: null, ...none },
    {
      ...{ id: '3', total: 0.001, paid: true, customer: 'bob', note: null, day: '2026-11-03' },
      ...{ items: '[1, 2]', user_agent: 'curl', ID_2: 'x', seen: '2026-11-03T01:02:03.000Z' },
    },
    { id: '20000000000', total: 3, paid: false, customer: '7', note: '', day: null, ...none },
  ])
  expect(readFileSync(join(directory, 'assets/orders.ts'), 'utf8')).toContain("from('user-agent')")
})

it.each([
  ['csv.gz', gzipSync('id;zip;paid;note\n1;01234;true;\n2;56789;false;"a;b"\n'), "csv({ delimiter: ';' })"],
  ['json', '[{"id":1,"zip":"01234","paid":true},\n{"id":2,"zip":"5","paid":false,"note":"a;b"}]', "records: '$[*]' })"],
  ['json.gz', gzipSync('{"id":1,"zip":"01234","paid":true}\n{"id":2,"zip":"5","paid":false,"note":"a;b"}\n'), 'paid'],
])('lake infer declares the format of files that end in %s', (ending, content, format) => {
  const directory = temporaryDirectory()
  writeFiles(directory, { 'config/lake.config.ts': CONFIG, [`input/orders/a.${ending}`]: content })
  const at = (...args: string[]) => lake(args, { cwd: directory })
  const inferred = at('infer', 'input/orders')
  expect(inferred).toMatchObject({ status: 0, stderr: '', stdout: expect.stringContaining(format) })
  writeFiles(directory, { 'assets/orders.ts': inferred.stdout })
  expect(at('materialize')).toMatchObject({ status: 0 })
  const rows = JSON.parse(at('query', 'select id, zip, paid, note from orders order by id', '--json').stdout)
  expect(rows[0]).toEqual({ id: 1, zip: '01234', paid: true, note: null })
  expect(rows[1]).toMatchObject({ id: 2, paid: false, note: 'a;b' })
})

const RECORDS = ['{"id":1,"name":"ann","tags":["x"]}', '{"id":2,"name":null}']

it.each([
  {
    what: 'CSV without a header',
    files: { 'a.csv': '1,ann,2.5,true\r\n2,"two\nlines",,false\r\n', 'b.csv.gz': gzipSync('3,1,-1,true') },
    rows: [
      { c1: 1, c2: 'ann', c3: 2.5, c4: true },
      { c1: 2, c2: 'two\nlines', c3: null, c4: false },
      { c1: 3, c2: '1', c3: -1, c4: true },
    ],
    says: ['No header: the first record has values of the same types as the others.', 'header: false'],
  },
  {
    what: 'CSV that Excel writes',
    files: { 'a.csv': '\ufeffsep=;\r\nid;name\r\n1;"a;b"\r\n2;c\r\n' },
    rows: [
      { id: 1, name: 'a;b' },
      { id: 2, name: 'c' },
    ],
    says: ['The first line names the delimiter'],
  },
  {
    what: 'envelopes, after an empty file',
    files: {
      '0.json': '',
      '1.json.gz': gzipSync(`{"Records":[${RECORDS.join()}]}`),
      '2.json': `{"Records": [${RECORDS.join(',\n')}]}\n{"Records": []}`,
    },
    rows: [
      { id: 1, name: 'ann', tags: '["x"]' },
      { id: 1, name: 'ann', tags: '["x"]' },
      { id: 2, name: null, tags: null },
      { id: 2, name: null, tags: null },
    ],
    says: ["records: '$.Records[*]'", '4 records'],
  },
  {
    what: 'pages of an API',
    files: { '1.json': JSON.stringify({ count: 2, "it's": RECORDS.map((record) => JSON.parse(record)) }, null, 2) },
    rows: [
      { id: 1, name: 'ann', tags: '[\n        "x"\n      ]' },
      { id: 2, name: null, tags: null },
    ],
    says: ['Keys beside them are not read: count.'],
  },
])('lake infer declares $what, and the declaration ingests it without a reject', ({ files, rows, says }) => {
  const directory = temporaryDirectory()
  const inputs = Object.entries(files).map(([name, content]) => [`input/orders/${name}`, content])
  writeFiles(directory, { 'config/lake.config.ts': CONFIG, ...Object.fromEntries(inputs) })
  const at = (...args: string[]) => lake(args, { cwd: directory })
  const inferred = at('infer', 'input/orders')
  expect(inferred).toMatchObject({ status: 0, stderr: '' })
  for (const text of says) expect(inferred.stdout).toContain(text)
  writeFiles(directory, { 'assets/orders.ts': inferred.stdout })
  expect(at('materialize')).toMatchObject({ status: 0 })
  expect(JSON.parse(at('rejects', 'orders', '--json').stdout)).toMatchObject({ total: 0 })
  const columns = Object.keys(rows[0] ?? {}).join(', ')
  const found = at('query', `select ${columns} from orders order by 1, _file`, '--json').stdout
  expect(JSON.parse(found)).toEqual(rows)
})

it('lake infer declares each file of a directory by itself, and says if the files of one source differ', () => {
  const directory = temporaryDirectory()
  writeFiles(directory, {
    'dump/a.csv': 'id,name\n1,x\n',
    'dump/b [1].csv': 'id,total\n1,2.5\n',
    'dump/c.csv': 'id\n1\n',
  })
  const infer = (place: string) => lake(['infer', place], { cwd: directory }).stdout
  expect(infer('dump')).toContain('// a.csv and b [1].csv have different columns.\n')
  const one = infer('dump/b [1].csv')
  expect(one).not.toContain('different')
  expect(one).toContain("key: 'b_1'")
  expect(one).toContain("pattern: 'b \\\\[1\\\\].csv'")
})

it('lake infer says why a record is refused', () => {
  const directory = temporaryDirectory()
  writeFiles(directory, { 'a/a.csv': Buffer.from('id,n\n1,x\n2,caf\xe9\n', 'latin1'), 'b/b.csv': 'id,id\n1,2\n' })
  const infer = (place: string) => lake(['infer', place], { cwd: directory })
  expect(infer('a').stdout).toContain('// 1 of them will be refused: the first is a.csv:3 (not UTF-8).\n')
  expect(infer('b').stderr).toContain('The first record that is not is b.csv (the header names id twice).')
})

it('lake infer reads the given number of files, from the first to the last', () => {
  const directory = temporaryDirectory()
  const days = [1, 2, 3, 4, 5]
  writeFiles(directory, Object.fromEntries(days.map((day) => [`events/${day}.json`, `{"day${day}":${day}}\n`])))
  const { stdout } = lake(['infer', 'events', '--sample', '3', '--json'], { cwd: directory })
  const { columns, ...rest } = JSON.parse(stdout)
  expect(columns.map(({ name }: { name: string }) => name)).toEqual(['day1', 'day3', 'day5'])
  expect(rest).toMatchObject({ key: 'events', files: 5, filesRead: 3, lines: 3, refused: 0 })
})

it.each([
  ['no files', {}, 2, /there are no files that match \*\.json, .*, \*\.parquet in .*events\. Name the directory/],
  [
    'other names',
    { 'events/a.txt': 'a,b\n' },
    2,
    /no files that match \*\.json.*, only a\.txt\. .*`lake help formats` explains/,
  ],
  [
    'no objects',
    { 'events/a.json': '[\n1\n]\n' },
    1,
    /no record of the files .* The first record that is not is a\.json:2/,
  ],
])('lake infer says what is wrong with %s', (_, files, status, message) => {
  const directory = temporaryDirectory()
  writeFiles(directory, files)
  const result = lake(['infer', 'events'], { cwd: directory })
  expect(result).toMatchObject({ status, stdout: '' })
  expect(result.stderr).toMatch(message)
})
