// The five assets follow changes of their sources by key.
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { bigint, byKey, defineAsset, defineSource, int, references, sqlCheck, text } from 'lake'
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import * as assets from '../../../assets/index.ts'
import type { Asset } from '../../../framework/declare/definition.ts'
import { readSnapshot } from '../../../framework/delta/snapshot.ts'
import { rollBack } from '../../../framework/maintain/rollback.ts'
import type { LooseFunctions } from '../../support/engines/loose-functions.ts'
import { graphOf } from '../../support/lakes/graph-of.ts'
import { TestLake, type TestRun } from '../../support/lakes/test-lake.ts'
import { errors, modes, warnings, written } from '../../support/lakes/test-run.ts'
import { play, song } from '../../support/projects/source-lines.ts'

const OCTOBER = 1_540_000_000_000
const NOVEMBER = 1_542_837_407_796

let lake: TestLake
beforeEach(() => {
  lake = new TestLake()
  onTestFinished(() => lake.close())
})

const liveFiles = async (key: string) => [...((await readSnapshot(lake.lake, key))?.files.values() ?? [])]

describe('the five assets follow their sources by key after', () => {
  const graph = graphOf(Object.values(assets))

  /** Runs everything, and expects every table to have the rows of a build from nothing. */
  async function run(): Promise<TestRun> {
    const run = await lake.run(graph)
    expect(errors(run)).toEqual([])
    expect(warnings(run)).toEqual([])
    expect(await lake.differences(graph)).toEqual({})
    return run
  }

  beforeEach(async () => {
    lake.write('song_data/elena.json', [song()])
    lake.write('song_data/camila.json', [
      song({ song_id: 'SO2', title: 'Bring Me', artist_id: 'AR2', artist_name: 'Camila', year: 2010, duration: 200.5 }),
    ])
    lake.write('log_data/october.json', [
      play({ ts: OCTOBER, sessionId: 10, userId: '8', level: 'free' }),
      play({ ts: OCTOBER + 1, sessionId: 10, itemInSession: 1, userId: '8', level: 'paid' }),
    ])
    lake.write('log_data/november.json', [
      play({ ts: NOVEMBER }),
      play({ ts: NOVEMBER + 5, itemInSession: 1, userId: '16', song: 'Bring Me', artist: 'Camila', length: 200.5 }),
    ])
    await run()
  })

  it('a late event in an old file', async () => {
    lake.write('log_data/october.json', [
      play({ ts: OCTOBER, sessionId: 10, userId: '8', level: 'free' }),
      play({ ts: OCTOBER + 1, sessionId: 10, itemInSession: 1, userId: '8', level: 'paid' }),
      play({ ts: OCTOBER - 1, sessionId: 10, itemInSession: 2, userId: '8', level: 'free' }),
    ])
    const late = await run()
    expect(modes(late)).toEqual({ log_data: 'ingest', songplays: 'keys', time: 'keys', users: 'keys' })
    // The rows of users do not change, because the late event is not the latest of its user.
    expect(written(late)).toEqual({ log_data: 5, songplays: 1, time: 1, users: 'unchanged' })
  })

  it('the deletion of a file, together with the users and moments that only this file had', async () => {
    lake.remove('log_data/october.json')
    expect(written(await run())).toEqual({ log_data: 2, songplays: 0, time: 0, users: 2 })
    expect((await liveFiles('songplays')).map(({ partitionValues }) => partitionValues)).toEqual([
      { year: '2018', month: '11' },
    ])
  })

  it('a user’s level that changes, then changes back', async () => {
    const later = (level: string) => [play({ ts: OCTOBER + 9, sessionId: 10, itemInSession: 9, userId: '8', level })]
    lake.write('log_data/later.json', later('free'))
    expect(written(await run())).toMatchObject({ users: 3 })
    lake.write('log_data/later.json', later('paid'))
    expect(written(await run())).toEqual({ log_data: 1, songplays: 1, users: 3 })
  })

  it.each([
    ['title', { title: 'Setanta nits' }],
    ['artist’s name', { artist_name: 'Helena' }],
    ['duration', { duration: 1 }],
  ])('a song whose %s changes, so that old plays stop matching it, and then match it again', async (_, changes) => {
    lake.write('song_data/elena.json', [song(changes)])
    const changed = await run()
    expect(Object.keys(modes(changed))).not.toContain('log_data')
    // The play of the other song is in the file of November too, and is rewritten with that file.
    expect(written(changed)).toMatchObject({ songplays: 4 })
    lake.write('song_data/elena.json', [song()])
    expect(written(await run())).toMatchObject({ songplays: 4 })
  })

  it('a play that moves to another partition', async () => {
    lake.write('log_data/october.json', [
      play({ ts: NOVEMBER + 7, sessionId: 10, userId: '8', level: 'free' }),
      play({ ts: OCTOBER + 1, sessionId: 10, itemInSession: 1, userId: '8', level: 'paid' }),
    ])
    await run()
    const partitions = (await liveFiles('songplays')).map(({ partitionValues }) => partitionValues.month)
    expect(partitions.toSorted()).toEqual(['10', '11', '11'])
  })

  it('a song_id that is added again in a later path, and removed again', async () => {
    lake.write('song_data/z.json', [
      song({ title: 'Bring Me', artist_id: 'AR3', artist_name: 'Camila', duration: 200.5 }),
    ])
    const doubled = await run()
    expect(modes(doubled)).toEqual({ song_data: 'ingest', artists: 'keys', songs: 'keys', songplays: 'keys' })
    lake.remove('song_data/z.json')
    await run()
  })

  it('a song_id that is added again in an earlier path: only the source changes', async () => {
    lake.write('song_data/a.json', [song({ title: 'Lost' })])
    expect(written(await run())).toEqual({
      song_data: 1,
      songs: 'unchanged',
      artists: 'unchanged',
      songplays: 'unchanged',
    })
  })

  it('changes of both sources at once', async () => {
    lake.write('song_data/elena.json', [song({ title: 'New' })])
    lake.write('log_data/new.json', [play({ ts: NOVEMBER + 9, itemInSession: 9, song: 'New' })])
    lake.remove('log_data/october.json')
    await run()
  })

  it('the removal of all rows, and their return', async () => {
    lake.remove('log_data/october.json')
    lake.remove('log_data/november.json')
    await run()
    expect(await liveFiles('songplays')).toEqual([])
    lake.write('log_data/october.json', [play({ ts: OCTOBER })])
    await run()
  })

  it('a key that another file already has: the new rows are refused, and the old rows stay', async () => {
    lake.write('log_data/twice.json', [play({ ts: NOVEMBER + 99 })])
    const refused = await lake.run(graph)
    expect(modes(refused)).toMatchObject({ songplays: 'keys' })
    expect(errors(refused)).toMatchObject([
      { code: 'check-failed', asset: 'songplays', message: expect.stringContaining('songplay_id is unique') },
    ])
    expect((await readSnapshot(lake.lake, 'songplays'))?.version).toBe(0)
    lake.write('log_data/twice.json', [play({ ts: NOVEMBER + 99, itemInSession: 99 })])
    await run()
  })

  it('new events: lake does not even open the files of old events', async () => {
    const old = await liveFiles('log_data')
    lake.write('log_data/later.json', [
      play({ ts: NOVEMBER + 1e9, itemInSession: 7 }),
      play({ ts: NOVEMBER + 1e9, itemInSession: 8, userId: '16' }),
    ])
    await run()
    for (const { path } of old) rmSync(join(lake.directory, 'lake', 'log_data', path))
    lake.write('log_data/latest.json', [
      play({ ts: NOVEMBER + 2e9, itemInSession: 9 }),
      play({ ts: NOVEMBER + 2e9, itemInSession: 10, userId: '16' }),
    ])
    const newest = await lake.run(graph)
    expect(errors(newest)).toEqual([])
    expect(warnings(newest)).toEqual([])
    expect(written(newest)).toEqual({ log_data: 2, songplays: 2, time: 1, users: 'unchanged' })
  })

  it('the rollback of an upstream', async () => {
    lake.write('log_data/new.json', [play({ ts: NOVEMBER + 9, itemInSession: 9 })])
    await run()
    await rollBack({ lake: lake.lake, key: 'log_data', to: 0, now: () => new Date() })
    const after = await lake.run(graph, { selection: ['songplays'], only: true })
    expect(modes(after)).toEqual({ songplays: 'keys' })
    expect(
      await lake.differences(
        graphOf([assets.logData, assets.songData, assets.songs, assets.artists, assets.songplays]),
      ),
    ).toEqual({})
    await run()
  })

  it('the loss of the files of an input version: the table gets a full refresh, and the run says why', async () => {
    lake.write('log_data/october.json', [play({ ts: OCTOBER, sessionId: 10 })])
    const old = await liveFiles('log_data')
    await lake.run(graph, { selection: ['log_data'] })
    for (const { path } of old) rmSync(join(lake.directory, 'lake', 'log_data', path))
    const rebuilt = await lake.run(graph)
    expect(errors(rebuilt)).toEqual([])
    expect(warnings(rebuilt)).toContainEqual(
      expect.stringMatching(/^users gets a full refresh: version 0 of log_data, its input, has lost part-/),
    )
    expect(await lake.differences(graph)).toEqual({})
  })

  it('a change that makes a table wrong: the table gets a full refresh, and the run says why', async () => {
    const [file] = await liveFiles('songplays')
    const snapshot = await readSnapshot(lake.lake, 'songplays')
    if (!file || !snapshot) throw new Error('songplays has no files')
    const { latestCommit } = await import('../../../framework/delta/log/log.ts')
    const { commit } = await import('../../../framework/delta/commit.ts')
    const { removeOf } = await import('../../../framework/delta/actions.ts')
    const newest = await latestCommit(lake.lake, 'songplays')
    if (!newest) throw new Error('songplays has no commit')
    const actions = { removes: [removeOf(file, 0)] }
    await commit(lake.lake, 'songplays', { readVersion: 0, actions, commitInfo: newest.commitInfo })
    lake.remove('log_data/october.json')
    lake.remove('log_data/november.json')
    const mended = await lake.run(graph)
    expect(errors(mended)).toEqual([])
    expect(warnings(mended)).toEqual([
      expect.stringMatching(/^songplays gets a full refresh: 4 of its rows would have to be replaced, and it has 2/),
    ])
    expect(await lake.differences(graph)).toEqual({})
  })
})

const events = defineSource({ key: 'events', columns: { id: bigint(), name: text(), place: text().nullable() } })
const known = defineSource({ key: 'known', columns: { place: text() } })

const copies = (changes: object = {}): Asset =>
  defineAsset({
    ...{ key: 'copies', columns: events.columns, primaryKey: ['id'], incremental: byKey('id'), upstream: { events } },
    query: ({ db }) => db.selectFrom('events').select(['id', 'name', 'place']),
    ...changes,
  })

const UPPER = { duckdb: 'upper($1)', spark: 'upper($1)' }

describe('a table that follows its upstreams', () => {
  const line = (id: number, place: string | null = null, name = 'a') => ({ id, name, place })

  async function materializeTables(...declared: readonly Asset[]) {
    const graph = graphOf([events, known, ...declared])
    lake.write('known/all.json', [{ place: 'here' }, { place: 'there' }])
    lake.write('events/1.json', [line(1, 'here'), line(2, 'there')])
    expect((await lake.run(graph)).result.status).toBe('succeeded')
    return graph
  }

  it('gets a full refresh when its checks change, because the kept rows have not passed them', async () => {
    await materializeTables(copies())
    const strict = graphOf([events, known, copies({ checks: [sqlCheck('few', 'id <> 1')] })])
    expect((await lake.plan(strict)).steps).toMatchObject([{ asset: 'copies', mode: 'check' }])
    lake.write('events/2.json', [line(3)])
    const checked = await lake.run(strict)
    expect(modes(checked)).toEqual({ events: 'ingest', copies: 'full' })
    expect(errors(checked)).toMatchObject([
      { code: 'check-failed', message: expect.stringContaining('"few" fails for 1 row') },
    ])
  })

  it('checks a reference of its new rows, and of its old rows too if the other asset has lost keys', async () => {
    const referring = copies({ checks: [references('place', known, { key: 'place' })] })
    const graph = await materializeTables(referring)
    lake.write('events/2.json', [line(3, 'nowhere')])
    expect(errors(await lake.run(graph))).toMatchObject([
      { code: 'check-failed', message: expect.stringContaining('place stands in known') },
    ])
    lake.write('events/2.json', [line(3, 'here')])
    expect(modes(await lake.run(graph))).toMatchObject({ copies: 'keys' })
    lake.write('known/all.json', [{ place: 'here' }])
    lake.write('events/3.json', [line(4, 'here')])
    const lost = await lake.run(graph)
    expect(modes(lost)).toMatchObject({ copies: 'keys' })
    expect(errors(lost)).toMatchObject([{ code: 'check-failed', message: expect.stringContaining('"place":"there"') }])
  })

  it('gets a full refresh if lake cannot derive increments of its query', async () => {
    const raw = copies({
      query: ({ db, fn }: { readonly db: never; readonly fn: LooseFunctions }) =>
        (db as { selectFrom(name: string): { select(columns: readonly unknown[]): unknown } })
          .selectFrom('events')
          .select(['id', fn.sqlFor(UPPER, { type: text(), args: ['name'] }).as('name'), 'place']),
    })
    const graph = await materializeTables(raw)
    lake.write('events/2.json', [line(3)])
    const run = await lake.run(graph)
    expect(modes(run)).toEqual({ events: 'ingest', copies: 'full' })
    expect(await lake.differences(graph)).toEqual({})
  })

  it('gets a full refresh for a new schema, and follows its upstreams from then on', async () => {
    await materializeTables(copies())
    const retyped = { id: bigint(), name: text(), place: text().nullable(), size: int() }
    const wide = copies({
      columns: retyped,
      query: ({ db, fn }: { readonly db: never; readonly fn: LooseFunctions }) =>
        (db as { selectFrom(name: string): { select(columns: readonly unknown[]): unknown } })
          .selectFrom('events')
          .select(['id', 'name', 'place', fn.toInt('id').as('size')]),
    })
    const graph = graphOf([events, known, wide])
    const changed = await lake.run(graph)
    expect(modes(changed)).toEqual({ copies: 'full' })
    const schema = (await readSnapshot(lake.lake, 'copies'))?.metadata.columns.map(({ name }) => name)
    expect(schema).toEqual(['id', 'name', 'place', 'size'])
    expect((await readSnapshot(lake.lake, 'copies', 0))?.metadata.columns).toHaveLength(3)
  })

  it('writes only the files with replaced rows, and has few files even after many changes', async () => {
    const graph = await materializeTables(copies())
    for (let day = 10; day < 30; day++) {
      lake.write(`events/day-${day}.json`, [line(day)])
      const run = await lake.run(graph)
      expect(errors(run)).toEqual([])
    }
    expect(await lake.differences(graph)).toEqual({})
    for (const key of ['events', 'copies']) expect((await liveFiles(key)).length).toBeLessThan(16)
    // Merging files changes no rows, and makes nothing stale.
    expect((await lake.plan(graph)).steps).toEqual([])
    lake.write('events/day-29.json', [line(29, null, 'changed')])
    const replaced = await lake.run(graph)
    expect(modes(replaced)).toEqual({ events: 'ingest', copies: 'keys' })
    expect(Object.values(written(replaced)).every((rows) => Number(rows) < 16)).toBe(true)
  })
})
