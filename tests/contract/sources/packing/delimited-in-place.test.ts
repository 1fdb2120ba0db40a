// A file of delimited text gives the same rows whether the engine reads it in place or lake packs
// it.
import fc from 'fast-check'
import { bigint, binary, boolean, csv, date, decimal, double, emptyAsNull, int, text, timestamp } from 'lake'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { CsvOptions } from '../../../../framework/declare/format/file-format.ts'
import { columnsWithPlace, SourceReader, writtenFiles } from '../../../support/engines/read-source.ts'

let reader: SourceReader
beforeAll(async () => {
  reader = await SourceReader.open()
})
afterAll(() => reader.close())

const columns = columnsWithPlace({
  ...{ id: bigint(), name: text(), count: int().nullable(), ratio: double().nullable() },
  ...{ price: decimal(12, 4).nullable(), day: date().nullable(), at: timestamp().nullable() },
  ...{ paid: boolean().nullable(), note: emptyAsNull(), missing: text().nullable() },
})
const NAMES = ['name', 'id', 'other', 'count', 'ratio', 'price', 'day', 'at', 'paid', 'note']

const one = fc.constantFrom
const digits = (most: number) => fc.stringMatching(new RegExp(`^[1-9][0-9]{0,${most - 1}}$`))
const signed = (value: fc.Arbitrary<string>) => fc.tuple(one('', '-'), value).map((parts) => parts.join(''))
const orEmpty = (value: fc.Arbitrary<string>) => fc.oneof({ weight: 4, arbitrary: value }, one(''))
const two = (least: number, most: number) =>
  fc.integer({ min: least, max: most }).map((number) => String(number).padStart(2, '0'))
const days = fc.oneof(
  fc.tuple(fc.integer({ min: 1000, max: 9999 }), two(1, 12), two(1, 28)).map((parts) => parts.join('-')),
  one('0001-01-01', '2000-02-29', '9999-12-31', '1582-10-10'),
)
const moments = fc
  .tuple(
    days,
    two(0, 23),
    two(0, 59),
    two(0, 59),
    one('', '.5', '.123456', '.000001'),
    one('Z', 'Z', '+05:30', '-23:59'),
  )
  .filter(([day, , , , , zone]) => zone === 'Z' || !/^(?:0001|9999)/.test(day))
  .map(([day, hour, minute, second, fraction, zone]) => `${day}T${hour}:${minute}:${second}${fraction}${zone}`)

/**
 * Texts that contain none of these characters. They include all texts that readers of delimited
 * text treat specially.
 */
const texts = (apart: string) =>
  fc
    .oneof(
      fc.stringMatching(/^[!#-&(-+\--:<-[\]-{}~ é\u{1f600}]{1,30}$/u),
      one(' ', ' a ', 'NULL', 'null', 'true', '0', '-', '#x', '\u00a0', '1e5', 'nan'),
    )
    .filter((value) => ![...apart].some((each) => value.includes(each)))

/** Records in a dialect of delimited text, all of which the fast path accepts. */
function records({ delimiter = ',', quote = '"', comment = '' }: CsvOptions) {
  const free = texts(`${delimiter}${quote ?? ''}${comment === '#' ? comment : ''}`)
  const inQuotes = (value: fc.Arbitrary<string>) =>
    quote === null
      ? value
      : fc.oneof(
          value,
          value.map((each) => `${quote}${each}${quote}`),
        )
  const withDelimiter =
    quote === null
      ? free
      : fc.oneof(
          free,
          free.map((value) => `${quote}a${delimiter}${value}${quote}`),
        )
  const fraction = fc.tuple(digits(8), fc.stringMatching(/^[0-9]{1,4}$/)).map((parts) => parts.join('.'))
  return fc
    .tuple(
      ...[
        fc.oneof(inQuotes(free), withDelimiter),
        inQuotes(fc.oneof(one('0'), signed(digits(18)))),
        fc.oneof(one(''), free),
      ],
      ...[orEmpty(inQuotes(fc.oneof(one('0'), signed(digits(9)))))],
      ...[orEmpty(fc.oneof(signed(fraction), one('0.1', '1e-5', '12E+3', '0.30000000000000004', '5e-99', '0e0')))],
      ...[orEmpty(signed(fraction)), orEmpty(inQuotes(days)), orEmpty(moments), orEmpty(one('true', 'false'))],
      ...[fc.oneof(one(''), free)],
    )
    .map((fields) => fields.join(delimiter))
}

const MIB = 2 ** 20

/** More than a MiB of records, so that lake can leave the file in place. */
function content(options: CsvOptions, { before = '', seed = 1 } = {}): string {
  const some = fc.sample(records(options), { numRuns: 3_000, seed })
  const size = some.reduce((sum, record) => sum + Buffer.byteLength(record) + 1, 0)
  const times = Math.ceil((1.2 * MIB) / size)
  const { delimiter = ',', header = true } = options
  const first = header ? `${NAMES.join(delimiter)}\n` : ''
  return `${before}${first}${Array.from({ length: times }, () => `${some.join('\n')}\n`).join('')}`
}

async function bothWays(files: Readonly<Record<string, string>>, options: CsvOptions, declared = columns) {
  const root = writtenFiles(files)
  const way = { columns: declared, format: csv(options), threads: 0 }
  const packed = await reader.read(root, { ...way, inPlace: false })
  const { plain, ...inPlace } = await reader.read(root, { ...way, inPlace: true })
  expect(packed).toMatchObject({ error: undefined, plain: 0 })
  expect(inPlace).toEqual({ rows: packed.rows, read: packed.read, rejects: packed.rejects, error: undefined })
  return { plain, rows: packed.rows, rejects: packed.rejects }
}

describe('a plain file of delimited text', () => {
  const dialects: Readonly<Record<string, CsvOptions>> = {
    'with commas': {},
    'with semicolons and another quote': { delimiter: ';', quote: "'" },
    'with tabs and no quotes': { delimiter: '\t', quote: null },
    'with an escape': { delimiter: '|', escape: '\\', escapeUnquoted: true },
    'with comments': { comment: '#' },
    'with long comments': { comment: 'sep=' },
  }

  it.each(Object.entries(dialects))('%s has the same rows in place as packed', async (_, options) => {
    const seed = Date.now() | 0
    process.stdout.write(`delimited text in place: seed ${seed}\n`)
    const { plain, rows, rejects } = await bothWays({ 'a.csv': content(options, { seed }) }, options)
    expect(plain).toBe(1)
    expect(rejects).toEqual([])
    expect(rows.length).toBeGreaterThanOrEqual(3_000)
  })

  it('can lack a header or have lines before it, and can be one of several files with path columns', async () => {
    const ordered = columnsWithPlace({ id: bigint(), name: text() })
    const pairs = Array.from({ length: 60_000 }, (_, at) => `${at},${'x'.repeat(at % 40)}y`).join('\n')
    const bare = await bothWays({ 'a.csv': `${pairs}\n`, 'b.csv': `${pairs}\n` }, { header: false }, ordered)
    expect(bare.plain).toBe(2)
    expect(bare.rows[0]).toEqual({ id: 0n, name: 'y', _file: 'a.csv', _line: 1n })
    const marked = await bothWays({ 'a.csv': `\ufeff${pairs}\n` }, { header: false }, ordered)
    expect(marked.rows[0]).toEqual({ id: 0n, name: 'y', _file: 'a.csv', _line: 1n })
    const options = { comment: '#' }
    const placed = columnsWithPlace({ id: bigint(), name: text(), year: int().fromPath('year') })
    const file = `# one\n#\nid,name\n${pairs}\n`
    const { plain, rows } = await bothWays({ "year=2018/o'é*.csv": file, 'year=2019/b.csv': file }, options, placed)
    expect(plain).toBe(2)
    expect(rows.slice(0, 1)).toEqual([{ id: 0n, name: 'y', year: 2018, _file: "year=2018/o'é*.csv", _line: 4n }])
  })
})

it('the rows of a file that several threads read have the right line numbers', async () => {
  const count = 500_000
  const lines = Array.from({ length: count }, (_, at) => `${at + 2},"${'x'.repeat(at % 50)}, y"\n`)
  const { plain, rows } = await bothWays(
    { 'a.csv': `id,name\n${lines.join('')}` },
    {},
    columnsWithPlace({ id: bigint(), name: text() }),
  )
  expect(plain).toBe(1)
  expect(rows).toHaveLength(count)
  expect(rows.filter(({ id, _line }) => id !== _line)).toEqual([])
})

it('columns of bytes have values of any length, and text that does not encode bytes is refused', async () => {
  const declared = columnsWithPlace({ id: bigint(), cover: binary().nullable(), hash: binary('hex').nullable() })
  const bytes = (at: number) => Buffer.from([at, at >> 8, 255 - (at % 256)].slice(0, at % 4))
  const lines = Array.from(
    { length: 60_000 },
    (_, at) => `${at},${bytes(at).toString('base64')},${bytes(at).toString('hex')}`,
  )
  const text = `id,cover,hash\n${lines.join('\n')}\nx,AA==,\n60001,AA,\n60002,,0\n`
  const { plain, rows, rejects } = await bothWays({ 'a.csv': text }, { nullText: 'none' }, declared)
  expect(plain).toBe(0)
  expect(rows).toHaveLength(lines.length)
  expect(rows[7]).toMatchObject({ id: 7n, cover: { bytes: bytes(7) }, hash: { bytes: bytes(7) } })
  expect(rejects.map(({ reason }) => reason)).toEqual([
    'id: expected an integer, got "x"',
    'cover: expected base64, got "AA"',
    'hash: expected two hexadecimal digits for each byte, got "0"',
  ])
})

describe('a file that lake packs although it is large enough to stay in place', () => {
  const lines = Array.from({ length: 60_000 }, (_, at) => `${at},${'x'.repeat(at % 40)}y`)
  const ordered = columnsWithPlace({ id: bigint(), name: text() })
  const file = (all: readonly string[], end = '\n') => `id,name${end}${all.join(end)}${end}`
  const files: Readonly<Record<string, string>> = {
    'that ends its lines with CRLF': file(lines, '\r\n'),
    'with one CRLF': `${file(lines)}1,a\r\n`,
    'with an empty line': `${file(lines)}\n1,a\n`,
    'with a comment among its records': `${file(lines)}#\n1,a\n`,
    'with an escaped quote': `${file(lines)}1,"a""b"\n`,
    'with a line end in quotes': `${file(lines)}1,"a\nb"\n2,c\n`,
    'with a ragged record': `${file(lines)}1\n2,c\n`,
    'without a newline at its end': `${file(lines)}1,a`,
    'with a number that needs the slow path': `${file(lines)}+1,a\n`,
  }

  it.each(Object.entries(files))('%s has the same rows', async (name, text) => {
    const { plain, rows, rejects } = await bothWays({ 'a.csv': text }, { comment: '#' }, ordered)
    expect(plain).toBe(0)
    expect(rows.length + rejects.length).toBeGreaterThanOrEqual(lines.length)
    expect(rejects.length).toBe(name.includes('ragged') ? 1 : 0)
  })

  it('has the same rows if lake packs it because of the texts that stand for null', async () => {
    const empty = { 'a.csv': `${file(lines)}1,\n2,-\n` }
    expect((await bothWays(empty, { nullText: [] }, ordered)).plain).toBe(0)
    expect(
      (await bothWays(empty, { nullText: '-' }, columnsWithPlace({ id: bigint(), name: text().nullable() }))).plain,
    ).toBe(0)
  })
})
