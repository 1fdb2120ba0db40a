/**
 * Every engine reads the same rows from files of every format and compression, even if other
 * programs wrote the files.
 */

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import {
  bigint,
  boolean,
  csv,
  date,
  decimal,
  defineAsset,
  defineSource,
  double,
  jsonDocuments,
  jsonLines,
  parquet,
  text,
  timestamp,
} from 'lake'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { FileFormat } from '../../../framework/declare/format/file-format.ts'
import type { Engine } from '../../../framework/engine/engine.ts'
import type { RejectedLine } from '../../../framework/ingest/rejects.ts'
import { localStorage } from '../../../framework/storage/local/local-storage.ts'
import { PackedFiles } from '../../../framework/storage/packed-files.ts'
import {
  contractEngines,
  type EngineBench,
  engineBench,
  LOCAL_ENGINES,
  resolveAll,
} from '../../support/engines/engine-bench.ts'
import { graphOf } from '../../support/lakes/graph-of.ts'
import { TestLake } from '../../support/lakes/test-lake.ts'
import { errors, outcomes, warnings } from '../../support/lakes/test-run.ts'
import {
  type FormatFile,
  type FormatWriter,
  startFormatWriter,
  type WrittenRow,
} from '../../support/projects/written-formats.ts'
import { python } from '../../support/python/python.ts'
import { checkProperty } from '../../support/random/property.ts'

const columns = {
  id: bigint(),
  name: text(),
  note: text().nullable(),
  price: decimal(12, 3).nullable(),
  ratio: double().nullable(),
  paid: boolean().nullable(),
  day: date().nullable(),
  at: timestamp().nullable(),
}

const NOTHING = { note: null, price: null, ratio: null, paid: null, day: null, at: null }
const ROWS: readonly WrittenRow[] = [
  {
    ...{ id: 1, name: 'plain', note: 'a, "quoted"\nnote; with\ttabs | and \\', price: 1234567.125, ratio: -1.5e-7 },
    ...{ paid: true, day: '2018-11-30', at: '2018-11-30T23:59:59.5+01:00' },
  },
  { id: -9_007_199_254_740_991, name: '', ...NOTHING },
  { id: 3, name: 'ćevapčići 😀 \u2028', ...NOTHING, note: ' spaced ', price: 0.001, ratio: 1e300, paid: false },
]
/** Formats that declare types give `name` another type. */
const REJECTED: WrittenRow = { id: 'x1', name: 'refused', ...NOTHING }
const REASON = 'id: expected an integer, got "x1"'

interface Case {
  readonly format: FileFormat
  readonly file: Omit<FormatFile, 'path' | 'rows'>
  /** Another record that is no row, for a format that cannot hold `REJECTED`. */
  readonly rejected?: { readonly row: WrittenRow; readonly reason: string }
}

/** Arrow types of the columns. */
const TYPES = {
  ...{
    id: 'pa.int64()',
    name: 'pa.string()',
    note: 'pa.string()',
    price: 'pa.decimal128(12, 3)',
    ratio: 'pa.float64()',
  },
  ...{ paid: 'pa.bool_()', day: 'pa.date32()', at: "pa.timestamp('us', 'UTC')" },
}
const NULL_ID = { row: { id: null, name: 'refused', ...NOTHING }, reason: 'id is null' }

const lines = { format: 'json-lines' } as const
const CASES: Readonly<Record<string, Case>> = {
  lines: { format: jsonLines(), file: lines },
  'lines, gzip': { format: jsonLines(), file: { ...lines, compression: 'gzip' } },
  'lines, gzip of several members': { format: jsonLines(), file: { ...lines, compression: 'gzip-members' } },
  'lines, bzip2': { format: jsonLines(), file: { ...lines, compression: 'bzip2' } },
  'lines, zstd': { format: jsonLines(), file: { ...lines, compression: 'zstd' } },
  'documents one after another': { format: jsonDocuments(), file: { format: 'concatenated' } },
  'documents over lines, gzip': { format: jsonDocuments(), file: { format: 'pretty', compression: 'gzip' } },
  'an array': { format: jsonDocuments({ records: '$[*]' }), file: { format: 'array' } },
  'an envelope, zstd': {
    format: jsonDocuments({ records: '$.Records[*]' }),
    file: { format: 'envelope', compression: 'zstd' },
  },
  csv: { format: csv(), file: { format: 'csv', options: { quoted: true, delimiter: ',' } } },
  'csv of another dialect': {
    format: csv({ delimiter: ';', quote: "'", escape: '\\', escapeUnquoted: true, nullText: 'NULL', comment: '#' }),
    file: {
      format: 'csv',
      options: {
        ...{ delimiter: ';', quotechar: "'", escapechar: '\\', doublequote: false, lineterminator: '\r\n' },
        ...{ null: 'NULL', before: '# made by\n\n' },
      },
    },
  },
  'csv without a header, bzip2': {
    format: csv({ header: false, delimiter: '\t' }),
    file: { format: 'csv', options: { quoted: true, delimiter: '\t', header: false }, compression: 'bzip2' },
  },
  parquet: { format: parquet(), file: { format: 'parquet', options: { types: TYPES } }, rejected: NULL_ID },
  'parquet of other types, a row in each group': {
    format: parquet(),
    file: {
      format: 'parquet',
      options: {
        types: { ...TYPES, price: 'pa.decimal128(10, 3)', name: 'pa.large_string()', at: "pa.timestamp('ns', 'UTC')" },
        columns: ['at', 'ratio', 'name', 'day', 'id', 'price', 'note', 'paid'],
        write: {
          ...{ row_group_size: 1, compression: 'zstd', version: '1.0', data_page_version: '2.0' },
          use_deprecated_int96_timestamps: true,
        },
      },
    },
    rejected: NULL_ID,
  },
}

const program = python('no file of another writer is read')
let writer: FormatWriter
beforeAll(() => {
  if (program) writer = startFormatWriter(program)
})
afterAll(() => writer?.end())

async function readBack(bench: EngineBench<Engine>, format: FileFormat, root: string) {
  const source = resolveAll([defineSource({ key: 'things', columns, format, pattern: '*', maxRejected: 1 })]).get(
    'things',
  )
  if (source?.kind !== 'source') throw new Error('things is a source')
  const storage = localStorage(root)
  const files = await storage.list('')
  const engine = (await bench.engine.engineFor?.(source, files)) ?? bench.engine
  const result = await engine.ingest({
    ...{ source, storage, table: undefined, files, listed: PackedFiles.of(files) },
    rewritten: { columns: source.columns, files: [] },
    ...{ replacedPaths: [], directory: bench.directory(), signal: new AbortController().signal },
    progress: () => undefined,
  })
  const rows = await bench.rows(result.files, '_line')
  return { rows: rows.map(({ _file, _line, ...row }) => row), rejects: result.rejects }
}

/** A name without an extension, so that only the content shows how the file is compressed. */
const FILE = 'records'

describe.runIf(program).each(contractEngines())('$name', ({ open }) => {
  it('reads the same rows and rejects from every format and compression', async () => {
    const bench = engineBench(open)
    const found: Record<string, { readonly rows: readonly unknown[]; readonly rejects: readonly RejectedLine[] }> = {}
    for (const [name, { format, file, rejected }] of Object.entries(CASES)) {
      const root = bench.directory()
      await writer.write({ ...file, path: join(root, FILE), rows: [...ROWS, rejected?.row ?? REJECTED] })
      found[name] = await readBack(bench, format, root)
    }
    const { rows } = found.lines ?? { rows: [] }
    expect(rows).toMatchObject([
      { id: 1n, price: '1234567.125', ratio: -1.5e-7, paid: true, day: '2018-11-30', note: ROWS[0]?.note },
      { id: -9007199254740991n, name: '', note: null },
      { id: 3n, name: 'ćevapčići 😀 \u2028', price: '0.001', ratio: 1e300 },
    ])
    for (const [name, result] of Object.entries(found)) {
      expect({ name, rows: result.rows, reasons: result.rejects.map(({ reason }) => reason) }).toEqual({
        ...{ name, rows, reasons: [CASES[name]?.rejected?.reason ?? REASON] },
      })
    }
    const places = (name: string) => found[name]?.rejects.map(({ line, record }) => [line, record])
    expect(places('lines, gzip')).toEqual([[4, undefined]])
    expect(places('documents one after another')).toEqual([[1, 4]])
    expect(places('csv')).toEqual([[6, 4]])
    expect(places('csv of another dialect')).toEqual([[8, 4]])
    expect(places('parquet')).toEqual([[4, undefined]])
  })

  it('refuses a whole file of JSON that is not in lines, and names the file’s format', async () => {
    const bench = engineBench(open)
    const reasons: unknown[] = []
    for (const format of ['array', 'pretty', 'concatenated'] as const) {
      const root = bench.directory()
      const options = format === 'array' ? { indent: 1 } : {}
      await writer.write({ format, options, path: join(root, 'a.json'), rows: ROWS })
      const { rows, rejects } = await readBack(bench, jsonLines(), root)
      expect(rows).toEqual([])
      reasons.push(rejects.map(({ line, reason, text: shown }) => [line, reason, shown]))
    }
    const refused = (what: string, format: string) => [
      [0, `the file holds ${what}, and not one object a line: declare format: ${format}`, ''],
    ]
    expect(reasons).toEqual([
      refused('a JSON array', "jsonDocuments({ records: '$[*]' })"),
      refused('a JSON document over several lines', 'jsonDocuments()'),
      refused('several JSON objects on a line', 'jsonDocuments()'),
    ])
  })

  it('refuses a whole file that is not UTF-8 text, and says what the file is', async () => {
    const bench = engineBench(open)
    const lines = '{"id":1}\n{"id":2}\n'
    const contents = {
      '1.json': Buffer.from(`\ufeff${lines}`, 'utf16le'),
      '2.json': Buffer.from(`\ufeff${lines}`, 'utf16le').swap16(),
      '3.json': Buffer.from('PAR1\x15'),
      '4.json': Buffer.from(`PK\x03\x04${lines}`),
      '5.json': Buffer.from(`\xfd7zXZ\0${lines}`, 'latin1'),
      '6.json': gzipSync(gzipSync(lines)),
    }
    const reasons: unknown[] = []
    for (const [name, content] of Object.entries(contents)) {
      const root = bench.directory()
      writeFileSync(join(root, name), content)
      const { rows, rejects } = await readBack(bench, jsonLines(), root)
      expect(rows).toEqual([])
      reasons.push(rejects.map(({ line, reason }) => `${line} ${reason.replace(/:.*/, '')}`))
    }
    expect(reasons).toEqual([
      ['0 the file holds text in UTF-16'],
      ['0 the file holds text in UTF-16'],
      ['0 the file is a Parquet file'],
      ['0 the file is a zip or xz archive'],
      ['0 the file is a zip or xz archive'],
      ['0 the file is compressed twice'],
    ])
  })

  it('follows new, changed, torn and removed files of each format as it follows files of lines', async () => {
    const lake = new TestLake()
    const engine = open(join(lake.directory, 'spill'))
    const source = defineSource({
      key: 'things',
      columns: { id: bigint(), name: text() },
      format: csv(),
      maxRejected: 1,
    })
    const counts = defineAsset({
      key: 'counts',
      columns: { name: text(), things: bigint() },
      primaryKey: ['name'],
      upstream: { things: source },
      query: ({ db }) =>
        db
          .selectFrom('things')
          .select(({ fn }) => ['name', fn.count('id').as('things')])
          .groupBy('name'),
    })
    const graph = graphOf([source, counts])
    const run = async () => {
      const ran = await lake.run(graph, { engine })
      expect(errors(ran)).toEqual([])
      expect(await lake.differences(graph)).toEqual({})
      return ran
    }
    try {
      const packed = gzipSync('id,name\n1,a\n2,b\n')
      lake.writeText('things/1.csv.gz', packed)
      lake.writeText('things/2.csv', 'id,name\n3,a\n')
      expect(outcomes(await run())).toEqual({ things: 'materialized', counts: 'materialized' })
      expect(outcomes(await run())).toEqual({})
      lake.writeText('things/3.csv', 'name,id,more\nc,4,x\n')
      lake.writeText('things/1.csv.gz', packed.subarray(0, -3))
      const torn = await run()
      expect(warnings(torn)).toEqual([
        '1.csv.gz is refused as a whole: the gzip archive is torn: it ends within its data',
        'no column takes the key more',
      ])
      expect(outcomes(await run())).toEqual({})
      lake.writeText('things/1.csv.gz', packed)
      lake.remove('things/2.csv')
      expect(warnings(await run())).toEqual([])
    } finally {
      await engine.close()
      lake.close()
    }
  })
})

const cell = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 12 }),
  fc.stringMatching(/^[a,;"'\\\n\r\t |#]{0,8}$/),
  fc.constant(null),
)
const randomRows = fc.array(
  fc.record({
    id: fc.integer(),
    name: cell.map((value) => value ?? ''),
    note: cell,
    ratio: fc.double({ noNaN: true, noDefaultInfinity: true }),
  }),
  { minLength: 1, maxLength: 8 },
)

it.runIf(program)('random records are equal after they are written and read in each format', async () => {
  const [duckdb] = LOCAL_ENGINES
  if (!duckdb) throw new Error('DuckDB is an engine')
  const bench = engineBench(duckdb.open)
  const schemas = { id: bigint(), name: text(), note: text().nullable(), ratio: double() }
  const cases = Object.entries(CASES)
  const property = fc.asyncProperty(randomRows, fc.nat(cases.length - 1), async (random, index) => {
    const [name, one] = cases[index] ?? []
    if (!one || name === undefined) throw new Error('there is no such case')
    // Python writes the text NULL as it writes a null.
    const rows = random.map((row) => ({ ...row, note: row.note === 'NULL' ? null : row.note }))
    const root = bench.directory()
    await writer.write({ ...one.file, path: join(root, FILE), rows })
    const source = resolveAll([
      defineSource({ key: 'things', columns: schemas, format: one.format, pattern: '*', maxRejected: 0 }),
    ]).get('things')
    if (source?.kind !== 'source') throw new Error('things is a source')
    const storage = localStorage(root)
    const files = await storage.list('')
    const result = await bench.engine.ingest({
      ...{ source, storage, table: undefined, files, listed: PackedFiles.of(files) },
      rewritten: { columns: source.columns, files: [] },
      ...{ replacedPaths: [], directory: bench.directory(), signal: new AbortController().signal },
      progress: () => undefined,
    })
    expect(result.rejects).toEqual([])
    const found = await bench.rows(result.files, '_line')
    expect(found.map(({ _file, _line, ...row }) => row)).toEqual(
      rows.map((row) => ({ ...row, id: BigInt(row.id), ratio: row.ratio + 0 })),
    )
  })
  await checkProperty('random records', property, 60)
})
