// Increments on real Spark, after random edits and after a lost driver.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import fc from 'fast-check'
import { bigint, byKey, defineAsset, defineSource } from 'lake'
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import * as assets from '../../../assets/index.ts'
import { readSnapshot } from '../../../framework/delta/snapshot.ts'
import type { Engine } from '../../../framework/engine/engine.ts'
import { DriverStatements } from '../../../framework/engines/spark/driver/sql-session.ts'
import type { Launcher, RunningJob } from '../../../framework/engines/spark/launch/launcher.ts'
import { hadoopUris } from '../../../framework/engines/spark/protocol/hadoop-uris.ts'
import { SparkEngine } from '../../../framework/engines/spark/spark-engine.ts'
import { SparkSqlSession } from '../../../framework/engines/spark/spark-sql-session.ts'
import type { AssetGraph } from '../../../framework/graph/asset-graph.ts'
import { localStorage } from '../../../framework/storage/local/local-storage.ts'
import type { Storage } from '../../../framework/storage/storage.ts'
import { graphOf } from '../../support/lakes/graph-of.ts'
import { TestLake, type TestRun } from '../../support/lakes/test-lake.ts'
import { errors, modes, warnings, written } from '../../support/lakes/test-run.ts'
import { play, song } from '../../support/projects/source-lines.ts'
import { checkProperty } from '../../support/random/property.ts'
import { assetsOf, randomAssets } from '../../support/random/random-assets.ts'
import { driverPool } from '../../support/spark/open-spark.ts'
import { sharedSparkLauncher } from '../../support/spark/shared-launcher.ts'
import { oneSpark, type SparkEnvironment } from '../../support/spark/spark.ts'
import { sharedSpark } from '../../support/spark/spark-engine.ts'

/** `npm run fuzz` tries more. */
const HISTORIES = 1

const OCTOBER = 1_540_000_000_000
const NOVEMBER = 1_542_837_407_796

const camila = (fields: object = {}) =>
  song({
    ...{ song_id: 'SO2', title: 'Bring Me', artist_id: 'AR2', artist_name: 'Camila', year: 2010, duration: 200.5 },
    ...fields,
  })

/** Two plays of one session. */
const october = [
  play({ ts: OCTOBER, sessionId: 10, userId: '8', level: 'free' }),
  play({ ts: OCTOBER + 1, sessionId: 10, itemInSession: 1, userId: '8', level: 'paid' }),
] as const
const november = [
  play({ ts: NOVEMBER }),
  play({ ts: NOVEMBER + 5, itemInSession: 1, userId: '16', song: 'Bring Me', artist: 'Camila', length: 200.5 }),
] as const

// The algorithm is the same on every version. spark-dialect.test.ts compares the dialects on each.
describe.each(oneSpark('4.1'))('on Spark $version', (environment) => {
  const openSpark = sharedSpark(environment)
  let lake: TestLake
  let spark: Engine
  beforeEach(() => {
    lake = new TestLake()
    spark = openSpark()
  })
  afterEach(() => lake.close())

  /** Spark refreshes the tables. DuckDB reads only the lines of the sources. */
  async function followed(graph: AssetGraph): Promise<TestRun> {
    const sources = graph.assets.filter(({ kind }) => kind === 'source').map(({ key }) => key)
    await lake.run(graph, { selection: sources })
    return lake.run(graph, { engine: spark, alwaysFollow: true })
  }

  /** Expects each table to be as if DuckDB had built it from nothing. */
  async function holdsGood(graph: AssetGraph, run: TestRun): Promise<TestRun> {
    expect(errors(run)).toEqual([])
    expect(warnings(run)).toEqual([])
    expect(await lake.differences(graph)).toEqual({})
    return run
  }

  describe('the five assets follow their sources by key after', () => {
    const graph = graphOf(Object.values(assets))
    const follow = async () => holdsGood(graph, await followed(graph))
    const liveFiles = async (key: string) => [...((await readSnapshot(lake.lake, key))?.files.values() ?? [])]

    beforeEach(async () => {
      lake.write('song_data/elena.json', [song()])
      lake.write('song_data/camila.json', [camila()])
      lake.write('log_data/october.json', october)
      lake.write('log_data/november.json', november)
      await lake.run(graph)
    })

    it('a late event in an old file: lake builds no table that reads only songs', async () => {
      const late = play({ ts: OCTOBER - 1, sessionId: 10, itemInSession: 2, userId: '8', level: 'free' })
      lake.write('log_data/october.json', [...october, late])
      const run = await follow()
      expect(modes(run)).toEqual({ songplays: 'keys', time: 'keys', users: 'keys' })
      // The rows of users do not change, because the late event is not the latest of its user.
      expect(written(run)).toEqual({ songplays: 1, time: 1, users: 'unchanged' })
    })

    it('a user’s level that changes, then changes back when the file is deleted, and then the loss of all plays', async () => {
      lake.write('log_data/later.json', [play({ ts: NOVEMBER + 9, itemInSession: 9, userId: '8', level: 'free' })])
      expect(written(await follow())).toMatchObject({ users: 3 })
      lake.remove('log_data/later.json')
      expect(written(await follow())).toEqual({ songplays: 0, time: 0, users: 3 })
      lake.remove('log_data/october.json')
      lake.remove('log_data/november.json')
      await follow()
      expect(await liveFiles('songplays')).toEqual([])
    })

    it('songs whose title, artist’s name or duration changes, so that old plays stop matching, and then match again', async () => {
      lake.write('song_data/elena.json', [song({ title: 'Setanta nits' })])
      lake.write('song_data/camila.json', [camila({ duration: 1 })])
      const changed = await follow()
      // No artist has a title or a duration of a song.
      expect(modes(changed)).toEqual({ songs: 'keys', songplays: 'keys' })
      expect(written(changed)).toEqual({ songs: 2, songplays: 4 })
      lake.write('song_data/elena.json', [song({ artist_name: 'Helena' })])
      lake.write('song_data/camila.json', [camila()])
      const renamed = await follow()
      expect(modes(renamed)).toEqual({ artists: 'keys', songs: 'keys', songplays: 'keys' })
      expect(written(renamed)).toMatchObject({ songs: 2, songplays: 2 })
    })

    it('a play that moves to another partition while a song changes and another file is deleted', async () => {
      lake.write('log_data/november.json', [play({ ts: OCTOBER + 7, song: 'New' }), november[1]])
      lake.write('song_data/elena.json', [song({ title: 'New' })])
      lake.remove('log_data/october.json')
      expect(Object.keys(modes(await follow())).sort()).toEqual(['songplays', 'songs', 'time', 'users'])
      const months = (await liveFiles('songplays')).map(({ partitionValues }) => partitionValues.month)
      expect(months.toSorted()).toEqual(['10', '11'])
    })

    it('a song_id that is repeated in a later path, and then in an earlier path, where it has no effect', async () => {
      const again = song({ title: 'Bring Me', artist_id: 'AR3', artist_name: 'Camila', duration: 200.5 })
      lake.write('song_data/z.json', [again])
      expect(modes(await follow())).toEqual({ artists: 'keys', songs: 'keys', songplays: 'keys' })
      lake.remove('song_data/z.json')
      lake.write('song_data/a.json', [again])
      await follow()
    })

    it('a key that another file already has: the new rows are refused, and the old rows stay', async () => {
      lake.write('log_data/twice.json', [play({ ts: NOVEMBER + 99 })])
      const refused = await followed(graph)
      expect(modes(refused)).toMatchObject({ songplays: 'keys' })
      expect(errors(refused)).toMatchObject([
        { code: 'check-failed', asset: 'songplays', message: expect.stringContaining('songplay_id is unique') },
      ])
      expect((await readSnapshot(lake.lake, 'songplays'))?.version).toBe(0)
    })

    it('a change of the engine from Spark to DuckDB', async () => {
      await holdsGood(graph, await lake.run(graph, { engine: spark, full: true }))
      lake.write('song_data/elena.json', [song({ title: 'Bring Me', artist_name: 'Camila', duration: 200.5 })])
      lake.remove('log_data/october.json')
      const run = await holdsGood(graph, await lake.run(graph))
      expect(modes(run)).toMatchObject({ songplays: 'keys', users: 'keys', songs: 'keys', artists: 'keys' })
    })
  })

  it('follows rows of a table that reads one column twice', async () => {
    const columns = { x: bigint() }
    const left = defineSource({ key: 'left_source', columns })
    const right = defineSource({ key: 'right_source', columns })
    const pairs = defineAsset({
      key: 'pairs',
      columns: { x: bigint(), again: bigint() },
      incremental: byKey('x'),
      upstream: { left, right },
      query: ({ db }) =>
        db.selectFrom('left').leftJoin('right', 'right.x', 'left.x').select(['left.x', 'left.x as again']).distinct(),
    })
    const graph = graphOf([left, right, pairs])
    lake.write('left_source/a.json', [{ x: 1 }, { x: 2 }])
    await lake.run(graph)
    lake.write('left_source/b.json', [{ x: 3 }])
    lake.write('right_source/a.json', [{ x: 2 }])
    expect(modes(await holdsGood(graph, await followed(graph)))).toEqual({ pairs: 'keys' })
  })

  it('reads kept groups twice in one statement', async () => {
    const storage = { lake: lake.lake, uris: hadoopUris('s3a') }
    const jobs = driverPool(sharedSparkLauncher(environment), storage)
    onTestFinished(() => jobs.close())
    const session = new SparkSqlSession(new DriverStatements(jobs, 'groups', new AbortController().signal), storage)
    await session.keep('pairs', 'SELECT * FROM VALUES (1, 2), (1, 4), (2, 1) AS given(x, y)')
    await session.keep('groups', 'SELECT x, max(y) AS y FROM pairs GROUP BY x HAVING max(y) > 2')
    const twice = 'SELECT * FROM groups UNION ALL SELECT * FROM groups'
    await session.keep('distinct_groups', `SELECT x, y FROM (${twice}) GROUP BY x, y`)
    expect(await session.query(['SELECT * FROM distinct_groups'])).toEqual([[{ x: 1, y: 4 }]])
  })

  it('starts an increment again if it loses its driver meanwhile', async () => {
    const graph = graphOf([assets.logData, assets.users])
    lake.write('log_data/october.json', october)
    await lake.run(graph)
    lake.write('log_data/november.json', november)
    await lake.run(graph, { selection: ['log_data'] })
    const losing = losingSpark(environment)
    const run = await lake.run(graph, { engine: losing.engine, alwaysFollow: true })
    expect(modes(await holdsGood(graph, run))).toEqual({ users: 'keys' })
    expect(losing.drivers()).toBe(2)
  })

  const FILES = ['left_source/a.json', 'left_source/b.json', 'right_source/a.json', 'right_source/b.json'] as const
  const cell = fc.option(fc.integer({ min: 0, max: 2 }), { freq: 6 })
  const rows = fc.array(fc.array(cell, { minLength: 3, maxLength: 3 }), { maxLength: 5 })
  const write = fc.record({ file: fc.nat({ max: FILES.length - 1 }), rows })
  const history = fc.array(fc.array(write, { minLength: 1, maxLength: 2 }), { minLength: 2, maxLength: 3 })

  it('after any history of edits every table holds the rows that its query gives', async () => {
    const ran = new Map<string, number>()
    const property = fc.asyncProperty(randomAssets, history, async (spec, steps) => {
      lake.close()
      lake = new TestLake()
      const graph = graphOf(assetsOf(spec))
      for (const [index, writes] of steps.entries()) {
        for (const one of writes) lake.write(FILES[one.file] ?? '', linesOf(FILES[one.file] ?? '', one.rows))
        const run = await holdsGood(graph, index === 0 ? await lake.run(graph) : await followed(graph))
        if (index > 0) for (const mode of Object.values(modes(run))) ran.set(mode, (ran.get(mode) ?? 0) + 1)
      }
    })
    await checkProperty('random assets on Spark', property, HISTORIES)
    process.stdout.write(`${JSON.stringify(Object.fromEntries(ran))}\n`)
  })
})

/**
 * The first driver ends when the SQL session needs it again, and the launcher says that it is lost.
 */
function losingSpark(environment: SparkEnvironment): { readonly engine: Engine; readonly drivers: () => number } {
  const directory = mkdtempSync(join(tmpdir(), 'lake-losing-'))
  const submitted: RunningJob[] = []
  const launcher = sharedSparkLauncher(environment)
  const losing: Launcher = {
    ...launcher,
    submit: async (submission) => {
      const job = await launcher.submit(submission)
      const isFirst = submitted.push(job) === 1
      const ended = job.ended.then((end) => (isFirst ? { kind: 'lost' as const, message: 'a machine is gone' } : end))
      return { ...job, ended }
    },
  }
  const local = localStorage(directory)
  const lake: Storage = {
    ...{ ...local, uri: local.uri },
    put: async (path, body) => {
      const [first, ...others] = submitted
      if (String(body).includes('"begins":false') && first && others.length === 0) {
        await local.put(join(dirname(path), 'stop.json'), '{}')
        await first.ended
      }
      return local.put(path, body)
    },
  }
  const uris = hadoopUris('s3a')
  const jobs = driverPool(losing, { lake, uris, attempts: 2 })
  onTestFinished(async () => {
    await jobs.close()
    rmSync(directory, { recursive: true, force: true })
  })
  return {
    engine: new SparkEngine(jobs, { lake, scratch: '_lake/scratch/losing', uris }),
    drivers: () => submitted.length,
  }
}

/** No other row of the source has the same `id`, so that windows have one order. */
function linesOf(file: string, content: readonly (readonly (number | null)[])[]): readonly object[] {
  const last = file.startsWith('left') ? 'z' : 'w'
  const first = file.endsWith('a.json') ? 0 : 100
  return content.map(([x = null, y = null, other = null], index) => ({ id: first + index, x, y, [last]: other }))
}
