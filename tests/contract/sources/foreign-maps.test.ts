/**
 * lake reads maps of other programs like its own maps: entries are in the order of their keys, and
 * the last value of a repeated key counts.
 */
import { join } from 'node:path'
import { parquetWriteBuffer } from 'hyparquet-writer'
import { bigint, byKey, date, defineAsset, defineSource, delta, int, map, parquet, text } from 'lake'
import { describe, expect, it, onTestFinished } from 'vitest'
import { readSnapshot } from '../../../framework/delta/snapshot.ts'
import { DuckDbSession } from '../../../framework/engines/duckdb/duckdb-session.ts'
import { textListLiteral } from '../../../framework/engines/duckdb/sql.ts'
import { graphOf } from '../../support/lakes/graph-of.ts'
import { TestLake } from '../../support/lakes/test-lake.ts'
import { errors, outcomes } from '../../support/lakes/test-run.ts'
import { python, runPython } from '../../support/python/python.ts'

const program = python('no Delta table of another writer is read')

const columns = {
  id: bigint(),
  counts: map(text(), int().nullable()).nullable(),
  days: map(date(), map(int(), text().nullable())).nullable(),
}
const given = defineSource({ key: 'given', format: delta(), columns, maxRejected: 1 })
const things = defineAsset({
  key: 'things',
  columns,
  incremental: byKey('id'),
  upstream: { given },
  query: ({ db }) => db.selectFrom('given').select(['id', 'counts', 'days']),
})
const graph = graphOf([given, things])

type Entries<Key, Value> = readonly (readonly [Key, Value])[]

interface Row {
  readonly id: number
  readonly counts: Entries<string, number | null> | null
  readonly days: Entries<number, Entries<number, string | null>> | null
}

/** In UTF-8 U+FFFF is less than an emoji; in UTF-16 it is greater. */
const ROWS: readonly Row[] = [
  {
    id: 1,
    counts: [
      ...[['b', 1] as const, ['😀', 2] as const, ['\uffff', 3] as const],
      ...[['', 4] as const, ['a', null] as const],
    ],
    days: [
      [
        17000,
        [
          [10, 'x'],
          [9, null],
          [-1, ''],
        ],
      ],
      [-1, []],
    ],
  },
  { id: 2, counts: [], days: [] },
  { id: 3, counts: null, days: null },
]

const reversed = (rows: readonly Row[]): readonly Row[] =>
  rows.map(({ id, counts, days }) => ({
    id,
    counts: counts?.toReversed() ?? null,
    days: days?.map(([day, inner]) => [day, inner.toReversed()] as const).toReversed() ?? null,
  }))

const REPEATED: Row = {
  id: 4,
  counts: [
    ['b', 1],
    ['a', 1],
    ['b', null],
    ['a', 2],
  ],
  days: [
    [0, [[1, 'x']]],
    [
      0,
      [
        [2, 'y'],
        [1, 'u'],
        [2, 'z'],
      ],
    ],
  ],
}

const STORED = [
  { id: '1', counts: "{''=4, a=NULL, b=1, \uffff=3, 😀=2}", days: "{1969-12-31={}, 2016-07-18={-1='', 9=NULL, 10=x}}" },
  { id: '2', counts: '{}', days: '{}' },
  { id: '3', counts: null, days: null },
]

describe.skipIf(program === undefined)('maps of a Delta table of another program', () => {
  it('have the same value for any order of their entries', async () => {
    const { lake, write } = newLake()
    write(ROWS)
    expect(errors(await lake.run(graph))).toEqual([])
    expect(await stored(lake, 'given')).toEqual(STORED)
    expect(await stored(lake, 'things')).toEqual(STORED)
    write(reversed(ROWS))
    expect(outcomes(await lake.run(graph))).toEqual({ given: 'materialized', things: 'unchanged' })
    expect(await stored(lake, 'given')).toEqual(STORED)
  })

  it('have the last value of a repeated key', async () => {
    const { lake, write } = newLake()
    write([REPEATED])
    expect(errors(await lake.run(graph))).toEqual([])
    expect(await stored(lake, 'given')).toEqual([{ id: '4', counts: '{a=2, b=NULL}', days: '{1970-01-01={1=u, 2=z}}' }])
  })
})

it('lake rejects a row of a Parquet file whose map has a null key', async () => {
  const lake = new TestLake()
  onTestFinished(() => lake.close())
  const nullable = { repetition_type: 'OPTIONAL' } as const
  const schema = [
    { name: 'root', num_children: 2 },
    { name: 'id', type: 'INT64' as const, repetition_type: 'REQUIRED' as const },
    { name: 'counts', num_children: 1, converted_type: 'MAP' as const, ...nullable },
    { name: 'key_value', num_children: 2, repetition_type: 'REPEATED' as const },
    { name: 'key', type: 'BYTE_ARRAY' as const, converted_type: 'UTF8' as const, ...nullable },
    { name: 'value', type: 'INT32' as const, ...nullable },
  ]
  const counts = ['b', null, 'a'].map((key, value) => ({ key, value }))
  const columnData = [
    { name: 'id', data: [1n, 2n] },
    { name: 'counts', data: [counts, counts.filter(({ key }) => key !== null)] },
  ]
  lake.writeText('files/a.parquet', new Uint8Array(parquetWriteBuffer({ schema, columnData })))
  const files = defineSource({
    ...{ key: 'files', format: parquet(), pattern: '*.parquet', maxRejected: 1 },
    columns: { id: bigint(), counts: map(text(), int().nullable()).nullable() },
  })
  expect(errors(await lake.run(graphOf([files])))).toEqual([])
  expect(await stored(lake, 'files', ['id', 'counts'])).toEqual([{ id: '2', counts: '{a=2, b=0}' }])
})

function newLake() {
  const lake = new TestLake()
  onTestFinished(() => lake.close())
  const table = join(lake.directory, 'input/given')
  return {
    lake,
    write: (rows: readonly Row[]) =>
      expect(runPython(program ?? '', 'write_maps.py', [table, JSON.stringify(rows)])).toBe(rows.length),
  }
}

/** The rows of the table's files, with the entries of maps as the files have them. */
async function stored(lake: TestLake, key: string, names: readonly string[] = ['id', 'counts', 'days']) {
  const snapshot = await readSnapshot(lake.lake, key)
  const files = [...(snapshot?.files.keys() ?? [])].map((path) => join(lake.directory, 'lake', key, path))
  const session = await DuckDbSession.open({ memoryLimit: '500MB', threads: 1 }, lake.directory)
  try {
    return await session.withConnection((db) =>
      db.rows(`SELECT ${names.map((name) => `${name}::VARCHAR AS ${name}`).join(', ')}
        FROM read_parquet(${textListLiteral(files)}, hive_partitioning = false) ORDER BY 1`),
    )
  } finally {
    session.close()
  }
}
