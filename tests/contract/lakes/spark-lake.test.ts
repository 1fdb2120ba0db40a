// A lake of Spark has the same rows, types and checks as a lake of DuckDB.
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import * as assets from '../../../assets/index.ts'
import { readSnapshot } from '../../../framework/delta/snapshot.ts'
import type { Engine } from '../../../framework/engine/engine.ts'
import { DuckDbSession } from '../../../framework/engines/duckdb/duckdb-session.ts'
import { textListLiteral } from '../../../framework/engines/duckdb/sql.ts'
import { simulate } from '../../../framework/simulate/simulate.ts'
import { graphOf } from '../../support/lakes/graph-of.ts'
import { TestLake } from '../../support/lakes/test-lake.ts'
import { errors, outcomes } from '../../support/lakes/test-run.ts'
import { playLine, songLine } from '../../support/projects/source-lines.ts'
import { oneSpark, type SparkEnvironment, sparkEnvironments } from '../../support/spark/spark.ts'
import { sharedSpark } from '../../support/spark/spark-engine.ts'

const graph = graphOf(Object.values(assets))
const KEYS = graph.assets.map(({ key }) => key)
const DUCKDB = { memoryLimit: '500MB', threads: 1 }

/** The rows of a table in any order, and how the columns of its files are stored. */
interface Stored {
  readonly rows: readonly string[]
  readonly types: readonly string[]
}

async function stored(lake: TestLake, key: string): Promise<Stored> {
  const snapshot = await readSnapshot(lake.lake, key)
  const files = [...(snapshot?.files.keys() ?? [])].map((path) => join(lake.directory, 'lake', key, path))
  const session = await DuckDbSession.open(DUCKDB, lake.directory)
  try {
    return await session.withConnection(async (db) => {
      const list = textListLiteral(files)
      const rows = await db.plainRows(`SELECT * FROM read_parquet(${list}, hive_partitioning = false)`)
      const [physical, logical] = [
        await db.rows(
          `SELECT DISTINCT name, type FROM parquet_schema(${list}) WHERE num_children IS NULL ORDER BY ALL`,
        ),
        await db.rows(`DESCRIBE SELECT * FROM read_parquet(${list}, hive_partitioning = false)`),
      ]
      return {
        rows: rows.map((row) => JSON.stringify(Object.entries(row).toSorted())).toSorted(),
        types: [
          ...physical.map(({ name, type }) => `${name}: ${type}`),
          ...logical.map(({ column_name, column_type }) => `${column_name}: ${column_type}`).toSorted(),
        ],
      }
    })
  } finally {
    session.close()
  }
}

let lake: TestLake
let spark: Engine

/** Gives each test a new lake and the engine. */
function setUp(environment: SparkEnvironment): void {
  const openSpark = sharedSpark(environment)
  beforeEach(() => {
    lake = new TestLake()
    spark = openSpark()
  })
  afterEach(() => lake.close())
}

describe.each(sparkEnvironments())('a lake of Spark $version', (environment) => {
  setUp(environment)

  it('has the same rows and Parquet types as a lake of DuckDB, for simulated data with refused lines', async () => {
    const twin = new TestLake()
    try {
      for (const one of [lake, twin]) {
        const input = join(one.directory, 'input')
        await simulate({ out: input, songs: 120, events: 3_000, days: 40, seed: 11 })
        one.write('log_data/odd %20=é [1]*{a,b}.json', [
          play({ ts: 1.5 }),
          play({ userId: null, ts: null }),
          {},
          play({ userId: '' }),
          // The first and the last moment of the calendar, and the moments just outside of it,
          // which are refused.
          play({ ts: -62_135_596_800_000, sessionId: 1e9 }),
          play({ ts: 253_402_300_799_999, sessionId: 2e9 }),
          play({ ts: -62_135_596_800_001 }),
          play({ ts: 253_402_300_800_000 }),
        ])
      }
      expect(errors(await lake.run(graph, { engine: spark }))).toEqual([])
      expect(errors(await twin.run(graph))).toEqual([])
      for (const key of KEYS)
        expect({ key, ...(await stored(lake, key)) }).toEqual({ key, ...(await stored(twin, key)) })
      expect(await lake.differences(graph)).toEqual({})
    } finally {
      twin.close()
    }
  })
})

describe.each(oneSpark('4.1'))('a lake that Spark $version keeps', (environment) => {
  setUp(environment)

  it('shows the rows that fail a check, even rows with the first or the last moment of the calendar', async () => {
    const twice = [-62_135_596_800_000, 253_402_300_799_999].map((ts) => play({ ts }))
    lake.write('log_data/a.json', twice)
    const [error] = errors(await lake.run(graph, { engine: spark, selection: ['songplays'] }))
    expect(error).toMatchObject({ code: 'check-failed', asset: 'songplays' })
    expect(error?.message).toContain('0001-01-01T00:00:00.000Z')
    expect(error?.message).toContain('9999-12-31T23:59:59.999Z')
  })

  it('continues a lake of DuckDB; the change of engine makes nothing stale, even after a rebuild', async () => {
    lake.write('song_data/a.json', [song()])
    lake.write('log_data/a.json', [play(), play({ itemInSession: 1, userId: '16' })])
    expect(errors(await lake.run(graph))).toEqual([])
    expect(outcomes(await lake.run(graph, { engine: spark }))).toEqual({})
    const rebuilt = await lake.run(graph, { engine: spark, selection: ['source:*'], full: true })
    expect(outcomes(rebuilt)).toEqual({ song_data: 'unchanged', log_data: 'unchanged' })
    expect((await lake.plan(graph)).steps).toEqual([])
  })

  it('has early cutoff by columns after a change of engine too', async () => {
    lake.write('song_data/a.json', [song()])
    lake.write('log_data/a.json', [play()])
    await lake.run(graph)
    lake.write('song_data/a.json', [song({ artist_latitude: 1.5 })])
    const run = await lake.run(graph, { engine: spark })
    expect(errors(run)).toEqual([])
    expect(outcomes(run)).toEqual({ song_data: 'materialized', artists: 'materialized' })
    lake.write('song_data/a.json', [song({ artist_latitude: 2.5 })])
    expect(outcomes(await lake.run(graph))).toEqual({ song_data: 'materialized', artists: 'materialized' })
    expect(await lake.differences(graph)).toEqual({})
  })

  it('keeps the refused lines with their reasons and texts, and records what it read of each file', async () => {
    lake.write('song_data/a.json', [song()])
    lake.write('log_data/a.json', [play(), { ts: 'x' }])
    lake.write('log_data/b.json', [play({ itemInSession: 2 })])
    const first = await lake.run(graph, { engine: spark, selection: ['log_data'] })
    expect(errors(first)).toMatchObject([{ code: 'source-broken' }])
    lake.write('log_data/a.json', [play()])
    expect(errors(await lake.run(graph, { engine: spark }))).toEqual([])
    expect(outcomes(await lake.run(graph, { engine: spark }))).toEqual({})
  })
})

const song = (fields: object = {}) => JSON.parse(songLine(fields as Readonly<Record<string, unknown>>))
const play = (fields: object = {}) => JSON.parse(playLine(fields as Readonly<Record<string, unknown>>))
