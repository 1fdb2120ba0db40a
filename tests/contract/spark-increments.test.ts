import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import * as assets from '../../assets/index.ts'
import { readSnapshot } from '../../framework/delta/snapshot.ts'
import type { Engine } from '../../framework/execute/engine.ts'
import { holds } from '../support/property.ts'
import { assetsOf, randomAssets } from '../support/random-assets.ts'
import { playLine, songLine } from '../support/source-lines.ts'
import { sparkEnvironments } from '../support/spark.ts'
import { sharedSpark } from '../support/spark-engine.ts'
import { graphOf, TestLake, type TestRun } from '../support/test-lake.ts'

const HISTORIES = 4

const OCTOBER = 1_540_000_000_000
const NOVEMBER = 1_542_837_407_796

const song = (fields: object = {}) => JSON.parse(songLine(fields as Readonly<Record<string, unknown>>))
const play = (fields: object = {}) => JSON.parse(playLine(fields as Readonly<Record<string, unknown>>))

const modes = ({ events }: TestRun) =>
  Object.fromEntries(events.flatMap((event) => (event.type === 'step-started' ? [[event.asset, event.mode]] : [])))

const written = ({ result }: TestRun) =>
  Object.fromEntries(
    result.assets.flatMap(({ key, outcome, rowsWritten }) =>
      outcome === 'fresh' ? [] : [[key, outcome === 'materialized' ? rowsWritten : outcome]],
    ),
  )

const errors = ({ events }: TestRun) =>
  events.flatMap((event) => (event.type === 'step-finished' && event.error ? [event.error] : []))
const warnings = ({ events }: TestRun) =>
  events.flatMap((event) => (event.type === 'step-warned' ? [event.message] : []))

// What is exact on one release of Spark is on the other: the dialect's own suite runs on both.
const environments = sparkEnvironments().filter(({ version }) => version === '4.1')

describe.each(environments)('on Spark $version', (environment) => {
  const openSpark = sharedSpark(environment)
  let lake: TestLake
  let spark: Engine
  beforeEach(() => {
    lake = new TestLake()
    spark = openSpark()
  })
  afterEach(() => lake.close())

  const liveFiles = async (key: string) => [...((await readSnapshot(lake.lake, key))?.files.values() ?? [])]

  describe('the five assets follow their sources by key:', () => {
    const graph = graphOf(Object.values(assets))

    /** Runs everything, and holds that every table is as if DuckDB had made it from nothing. */
    async function run(engine: Engine | undefined = spark): Promise<TestRun> {
      const run = await lake.run(graph, engine ? { engine } : {})
      expect(errors(run)).toEqual([])
      expect(warnings(run)).toEqual([])
      expect(await lake.differences(graph)).toEqual({})
      return run
    }
    const byDuckDb = () => lake.run(graph)

    beforeEach(async () => {
      lake.write('song_data/elena.json', [song()])
      lake.write('song_data/camila.json', [
        song({
          song_id: 'SO2',
          title: 'Bring Me',
          artist_id: 'AR2',
          artist_name: 'Camila',
          year: 2010,
          duration: 200.5,
        }),
      ])
      lake.write('log_data/october.json', [
        play({ ts: OCTOBER, sessionId: 10, userId: '8', level: 'free' }),
        play({ ts: OCTOBER + 1, sessionId: 10, itemInSession: 1, userId: '8', level: 'paid' }),
      ])
      lake.write('log_data/november.json', [
        play({ ts: NOVEMBER }),
        play({ ts: NOVEMBER + 5, itemInSession: 1, userId: '16', song: 'Bring Me', artist: 'Camila', length: 200.5 }),
      ])
      await byDuckDb()
    })

    it('a late event in an old file', async () => {
      lake.write('log_data/october.json', [
        play({ ts: OCTOBER, sessionId: 10, userId: '8', level: 'free' }),
        play({ ts: OCTOBER + 1, sessionId: 10, itemInSession: 1, userId: '8', level: 'paid' }),
        play({ ts: OCTOBER - 1, sessionId: 10, itemInSession: 2, userId: '8', level: 'free' }),
      ])
      const late = await run()
      expect(modes(late)).toEqual({ log_data: 'ingest', songplays: 'keys', time: 'keys', users: 'keys' })
      expect(written(late)).toMatchObject({ songplays: 1, time: 1, users: 'unchanged' })
    })

    it('a file that is deleted, with the users and moments that only it had', async () => {
      lake.remove('log_data/october.json')
      expect(written(await run())).toMatchObject({ songplays: 0, time: 0, users: 2 })
      expect((await liveFiles('songplays')).map(({ partitionValues }) => partitionValues)).toEqual([
        { year: '2018', month: '11' },
      ])
    })

    it('a user’s level that changes, and changes back', async () => {
      const later = (level: string) => [play({ ts: OCTOBER + 9, sessionId: 10, itemInSession: 9, userId: '8', level })]
      lake.write('log_data/later.json', later('free'))
      expect(written(await run())).toMatchObject({ users: 3 })
      lake.write('log_data/later.json', later('paid'))
      expect(written(await run())).toEqual({ log_data: 1, songplays: 1, users: 3 })
    })

    it('a song whose title, artist’s name or duration changes, so that old plays match it no more, and then again', async () => {
      for (const changes of [{ title: 'Setanta nits' }, { artist_name: 'Helena' }, { duration: 1 }, {}]) {
        lake.write('song_data/elena.json', [song(changes)])
        const changed = await run()
        expect(modes(changed)).toMatchObject({ song_data: 'ingest', songplays: 'keys' })
        expect(Object.keys(modes(changed))).not.toContain('log_data')
        // The play of the other song is in the file of November too, and is written with it.
        expect(written(changed)).toMatchObject({ songplays: 4 })
      }
    })

    it('a play that moves to another partition', async () => {
      lake.write('log_data/october.json', [
        play({ ts: NOVEMBER + 7, sessionId: 10, userId: '8', level: 'free' }),
        play({ ts: OCTOBER + 1, sessionId: 10, itemInSession: 1, userId: '8', level: 'paid' }),
      ])
      await run()
      const months = (await liveFiles('songplays')).map(({ partitionValues }) => partitionValues.month)
      expect(months.toSorted()).toEqual(['10', '11', '11'])
    })

    it('a song_id that comes again in a later path, and goes again; one in an earlier path counts for nothing', async () => {
      const again = { title: 'Bring Me', artist_id: 'AR3', artist_name: 'Camila', duration: 200.5 }
      lake.write('song_data/z.json', [song(again)])
      const doubled = await run()
      expect(modes(doubled)).toEqual({ song_data: 'ingest', artists: 'keys', songs: 'keys', songplays: 'keys' })
      lake.remove('song_data/z.json')
      lake.write('song_data/a.json', [song(again)])
      await run()
      lake.write('song_data/a.json', [song({ title: 'Lost' })])
      const nothing = { songs: 'unchanged', artists: 'unchanged', songplays: 'unchanged' }
      expect(written(await run())).toEqual({ song_data: 1, ...nothing })
    })

    it('both sources at once', async () => {
      lake.write('song_data/elena.json', [song({ title: 'New' })])
      lake.write('log_data/new.json', [play({ ts: NOVEMBER + 9, itemInSession: 9, song: 'New' })])
      lake.remove('log_data/october.json')
      await run()
    })

    it('all rows going, and coming again', async () => {
      lake.remove('log_data/october.json')
      lake.remove('log_data/november.json')
      await run()
      expect(await liveFiles('songplays')).toEqual([])
      lake.write('log_data/october.json', [play({ ts: OCTOBER })])
      await run()
    })

    it('a key that another file has already: the new rows are refused, and the old ones stay', async () => {
      lake.write('log_data/twice.json', [play({ ts: NOVEMBER + 99 })])
      const refused = await lake.run(graph, { engine: spark })
      expect(modes(refused)).toMatchObject({ songplays: 'keys' })
      expect(errors(refused)).toMatchObject([
        { code: 'check-failed', asset: 'songplays', message: expect.stringContaining('songplay_id is unique') },
      ])
      expect((await readSnapshot(lake.lake, 'songplays'))?.version).toBe(0)
    })

    it('tables that one engine made, by the other', async () => {
      await lake.run(graph, { engine: spark, full: true })
      expect(await lake.differences(graph)).toEqual({})
      lake.write('song_data/elena.json', [song({ title: 'Bring Me', artist_name: 'Camila', duration: 200.5 })])
      lake.remove('log_data/october.json')
      const followed = await byDuckDb()
      expect(errors(followed)).toEqual([])
      expect(modes(followed)).toMatchObject({ songplays: 'keys', users: 'keys', songs: 'keys', artists: 'keys' })
      expect(await lake.differences(graph)).toEqual({})
      lake.write('log_data/november.json', [play({ ts: NOVEMBER, level: 'free' })])
      expect(modes(await run())).toEqual({ log_data: 'ingest', songplays: 'keys', time: 'keys', users: 'keys' })
    })
  })
})
