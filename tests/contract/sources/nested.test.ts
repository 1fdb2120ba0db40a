/** Bytes, arrays, structs and maps in sources and tables are the same on every engine. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { testAsset } from 'lake'
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest'
import { readSnapshot } from '../../../framework/delta/snapshot.ts'
import type { Engine } from '../../../framework/engine/engine.ts'
import { DuckDbEngine } from '../../../framework/engines/duckdb/duckdb-engine.ts'
import { DuckDbSession } from '../../../framework/engines/duckdb/duckdb-session.ts'
import { textListLiteral } from '../../../framework/engines/duckdb/sql.ts'
import { graphOf } from '../../support/lakes/graph-of.ts'
import { TestLake } from '../../support/lakes/test-lake.ts'
import { errors, modes, outcomes } from '../../support/lakes/test-run.ts'
import { copies, covers, lines, orders, ordersOf, skus, VARIANTS } from '../../support/projects/nested-assets.ts'
import { oneSpark, sparkEnvironments } from '../../support/spark/spark.ts'
import { sharedSpark } from '../../support/spark/spark-engine.ts'

const graph = graphOf([orders, lines, skus, covers, copies])
const KEYS = graph.assets.map(({ key }) => key)
const DUCKDB = { memoryLimit: '500MB', threads: 1 }

/** The rows of a table in any order, and how the columns of its files are stored. */
async function stored(lake: TestLake, key: string) {
  const snapshot = await readSnapshot(lake.lake, key)
  const files = [...(snapshot?.files.keys() ?? [])].map((path) => join(lake.directory, 'lake', key, path))
  const session = await DuckDbSession.open(DUCKDB, lake.directory)
  try {
    return await session.withConnection(async (db) => {
      const list = textListLiteral(files)
      const rows = await db.plainRows(`SELECT * FROM read_parquet(${list}, hive_partitioning = false)`)
      const types = await db.rows(`SELECT DISTINCT name, type, num_children FROM parquet_schema(${list})
        WHERE name NOT IN ('duckdb_schema', 'spark_schema') ORDER BY ALL`)
      return {
        rows: rows.map((row) => JSON.stringify(Object.entries(row).toSorted())).toSorted(),
        types: types.map(({ name, type, num_children: parts }) => `${name}: ${type}, ${parts} parts`),
        stats: [...(snapshot?.files.values() ?? [])].map(({ stats }) =>
          Object.keys(JSON.parse(stats ?? '{}').nullCount),
        ),
        schema: snapshot?.metadata.columns,
      }
    })
  } finally {
    session.close()
  }
}

describe('a lake of DuckDB', () => {
  it('gets nested values from the rows of a test, and gives the same values back', async () => {
    const given = {
      ...{ id: 'a-b', tags: ['x'], scores: [1.5, null, 0], days: [['2020-01-01', null], null] },
      address: { city: 'é', zip: null, since: new Date('2020-01-01T00:00:00.123Z') },
      items: [{ sku: 's', qty: 1, price: '1.20' }],
      counts: { z: 1, a: null, b: 2 },
      marks: { 1: { '2020-01-01': [{ at: null, score: 0.5 }] }, 0: {} },
      ...{ cover: new Uint8Array([0, 255]), pages: [null, new Uint8Array()] },
      sealed: { seal: new Uint8Array([97]), by: { x: new Uint8Array([128]) } },
    }
    const [row, empty] = await testAsset(copies, {
      orders: [given, { id: 'b', items: [] }],
    })
    const digest = 'ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb'
    expect(row).toEqual({
      ...{ ...given, city: 'é', first: 'x', words: ['a', 'b'], halves: [-0.75, 0] },
      ...{ place: { city: 'é', many: 1 }, rank: 1n, b: 2, tagged: { a: 0, z: 1.5 }, first_marks: ['2020-01-01'] },
      ...{ shown: '00ff', size: null, whole: new Uint8Array([0, 255]), copied: new Uint8Array([0, 255]) },
      ...{ digest, hash: new Uint8Array(Buffer.from(digest, 'hex')) },
    })
    expect(Object.keys(row?.counts ?? {})).toEqual(['a', 'b', 'z'])
    expect(empty).toMatchObject({ counts: null, marks: null, b: null, first_marks: null })
    expect(empty).toMatchObject({ tags: null, address: null, items: [], days: null, place: { city: null, many: null } })
    expect(empty).toMatchObject({ cover: null, pages: null, sealed: null, whole: new Uint8Array([255]) })
    const nullTag = { ...given, tags: [null] } as never
    await expect(testAsset(copies, { orders: [nullTag] })).rejects.toThrow('tags has no null in it that cannot be')
  })

  const spill = mkdtempSync(join(tmpdir(), 'lake-nested-'))
  afterAll(() => rmSync(spill, { recursive: true }))
  itHoldsNested(() => new DuckDbEngine(DUCKDB, spill))
})

describe.each(oneSpark('4.1'))('a lake that Spark $version keeps', (environment) => {
  itHoldsNested(sharedSpark(environment))
})

describe.each(sparkEnvironments())('a lake of Spark $version', (environment) => {
  const openSpark = sharedSpark(environment)

  it('has the rows and the Parquet types of a lake of DuckDB, and is fresh for DuckDB', async () => {
    const [lake, twin] = [new TestLake(), new TestLake()]
    try {
      for (const one of [lake, twin]) one.write('orders/a.json', ordersOf(VARIANTS))
      expect(errors(await lake.run(graph, { engine: openSpark() }))).toEqual([])
      expect(errors(await twin.run(graph))).toEqual([])
      for (const key of KEYS)
        expect({ key, ...(await stored(lake, key)) }).toEqual({ key, ...(await stored(twin, key)) })
      const rebuilt = await twin.run(graph, { engine: openSpark(), full: true })
      expect(errors(rebuilt)).toEqual([])
      expect(new Set(Object.values(outcomes(rebuilt)))).toEqual(new Set(['unchanged']))
    } finally {
      lake.close()
      twin.close()
    }
  })
})

function itHoldsNested(open: () => Engine): void {
  let lake: TestLake
  let engine: Engine
  beforeEach(() => {
    lake = new TestLake()
    engine = open()
  })
  afterEach(() => lake.close())

  it('notices each change from one nested value to another, and follows it', async () => {
    // Each order gets the value of the next variant of its kind.
    const kinds = VARIANTS.map((variant) => Object.keys(variant)[0])
    const next = VARIANTS.map(
      (variant, index) => (kinds[index + 1] === kinds[index] ? VARIANTS[index + 1] : variant) ?? {},
    )
    lake.write('orders/a.json', ordersOf(VARIANTS))
    expect(errors(await lake.run(graph, { engine }))).toEqual([])
    expect(await lake.differences(graph)).toEqual({})
    for (const [index, variant] of next.entries()) {
      if (variant !== VARIANTS[index] && index % 17 === 0) {
        lake.write('orders/a.json', ordersOf(VARIANTS.with(index, variant)))
        const run = await lake.run(graph, { engine, selection: ['copies'] })
        expect(outcomes(run), JSON.stringify(variant)).toEqual({ orders: 'materialized', copies: 'materialized' })
      }
    }
    lake.write('orders/a.json', ordersOf(next))
    const run = await lake.run(graph, { engine, alwaysFollow: true })
    expect(errors(run)).toEqual([])
    expect(modes(run)).toMatchObject({ lines: 'keys', skus: 'keys', covers: 'keys', copies: 'keys' })
    expect(await lake.differences(graph)).toEqual({})
  })
}
