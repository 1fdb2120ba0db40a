// Other Delta readers see the live rows of lake's tables with deletion vectors. lake sees the live
// rows of tables that other writers leave.

import { join } from 'node:path'
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { readSnapshot } from '../../../framework/delta/snapshot.ts'
import { DuckDbSession, defaultSettings } from '../../../framework/engines/duckdb/duckdb-session.ts'
import { inputSql } from '../../../framework/engines/duckdb/sql.ts'
import { rollBack } from '../../../framework/maintain/rollback.ts'
import { tableOf } from '../../../framework/tables/table-version.ts'
import { graphOf } from '../../support/lakes/graph-of.ts'
import { TestLake } from '../../support/lakes/test-lake.ts'
import { errors, modes } from '../../support/lakes/test-run.ts'
import { nameSong, playAssets, writePlays } from '../../support/projects/marked-plays.ts'
import { python, runPython } from '../../support/python/python.ts'
import { DeltaSpark, type ReadRows } from '../../support/spark/delta-spark.ts'
import { oneSpark, type SparkEnvironment, sparkEnvironments } from '../../support/spark/spark.ts'
import { sharedSpark } from '../../support/spark/spark-engine.ts'
import { UNCOMPILED } from '../../support/spark/submit-settings.ts'

let lake: TestLake
beforeEach(() => {
  lake = new TestLake()
  onTestFinished(() => lake.close())
})

const graph = graphOf(playAssets(true))
const place = () => join(lake.lake.uri, 'titled_plays')

async function materialize(options: Parameters<TestLake['run']>[1] = {}) {
  const run = await lake.run(graph, options)
  expect(errors(run)).toEqual([])
  return run
}

async function rename(song: number): Promise<void> {
  nameSong(lake, song, `Title ${song}, again`)
  await materialize()
}

/** The rows, with their columns in the order of lake's columns. */
const sorted = ({ columns, rows }: ReadRows) =>
  rows.map((row) => JSON.stringify(['n', 'half', 'title'].map((name) => row[columns.indexOf(name)]))).sort()

/** The rows as lake reads them. */
async function ownRows(): Promise<ReadRows> {
  const snapshot = await readSnapshot(lake.lake, 'titled_plays')
  if (!snapshot) throw new Error('there is no table')
  const table = await tableOf(lake.lake, 'titled_plays', snapshot)
  const session = await DuckDbSession.open(defaultSettings(), lake.directory)
  try {
    const read = await session.withConnection((db) => db.rows(`SELECT n, half, title FROM ${inputSql(table)}`))
    return { columns: ['n', 'half', 'title'], rows: read.map((row) => Object.values(row)) }
  } finally {
    session.close()
  }
}

const program = python()

describe.skipIf(program === undefined)('other readers', () => {
  async function expectSameRows(): Promise<void> {
    const own = sorted(await ownRows())
    expect(own).toHaveLength(12_000)
    const [read] = runPython(program ?? '', 'read_delta.py', ['deltalake-sql,duckdb,polars', place()]) as readonly [
      Readonly<Record<string, ReadRows>>,
    ]
    for (const [reader, rows] of Object.entries(read))
      expect({ reader, same: sorted(rows).join() === own.join() }).toEqual({ reader, same: true })
  }

  it('see the right rows after one change, whose deletion vectors are in the log', async () => {
    writePlays(lake)
    await materialize()
    await rename(7)
    await expectSameRows()
  })

  it('see the rows after many changes, a checkpoint and a rollback', async () => {
    writePlays(lake)
    await materialize()
    for (let song = 0; song < 12; song++) await rename(song * 7)
    await expectSameRows()
    await rollBack({ lake: lake.lake, key: 'titled_plays', to: 5, now: () => new Date() })
    await expectSameRows()
    await materialize()
    await expectSameRows()
  })
})

describe.each(sparkEnvironments())('with Spark $version', (environment: SparkEnvironment) => {
  it('delta-spark reads the live rows, and lake reads the rows that remain after delta-spark deletes some', async () => {
    writePlays(lake)
    await materialize()
    for (let song = 0; song < 11; song++) await rename(song * 7)
    const delta = await DeltaSpark.open(environment, UNCOMPILED)
    onTestFinished(() => delta.close())
    const [read = { columns: [], rows: [] }] = await delta.read([place()])
    expect(sorted(read).join()).toBe(sorted(await ownRows()).join())
    await delta.delete(place(), 'n % 10 = 3')
    const left = await ownRows()
    expect(left.rows).toHaveLength(10_800)
    const [again = { columns: [], rows: [] }] = await delta.read([place()])
    expect(sorted(again).join()).toBe(sorted(left).join())
    await rollBack({ lake: lake.lake, key: 'titled_plays', to: 11, now: () => new Date() })
    await rename(3)
    expect(await lake.differences(graph)).toEqual({})
  })
})

describe.each(oneSpark('4.1'))('on Spark $version', (environment: SparkEnvironment) => {
  const openSpark = sharedSpark(environment)

  it('the Spark engine reads marked rows as deleted, and writes files anew when it publishes', async () => {
    writePlays(lake)
    await materialize()
    for (let song = 0; song < 3; song++) await rename(song)
    nameSong(lake, 50, 'Title 50, again')
    await materialize({ selection: ['source:*'] })
    const run = await materialize({ engine: openSpark(), alwaysFollow: true })
    expect(modes(run)).toEqual({ titled_plays: 'keys', play_counts: 'keys' })
    expect(await lake.differences(graph)).toEqual({})
    const snapshot = await readSnapshot(lake.lake, 'titled_plays')
    expect([...(snapshot?.files.values() ?? [])].filter(({ deletionVector }) => deletionVector)).toEqual([])
    await rename(60)
    expect(await lake.differences(graph)).toEqual({})
    await materialize({ engine: openSpark(), selection: ['play_counts'], full: true })
    expect(await lake.differences(graph)).toEqual({})
  })
})
