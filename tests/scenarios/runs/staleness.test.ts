// One change in an up-to-date project makes stale the assets that it reaches, and no others.
import { rmSync, statSync, utimesSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { readSnapshot } from '../../../framework/delta/snapshot.ts'
import type { PlanStep } from '../../../framework/plan/plan.ts'
import { localStorage } from '../../../framework/storage/local/local-storage.ts'
import { lake, startLake, temporaryDirectory, writeFiles } from '../../support/programs/lake-process.ts'
import { causes, document, finished, outcomes, ran, started } from '../../support/programs/run-events.ts'
import { builtProject, PLACES } from '../../support/projects/built-project.ts'
import { edit } from '../../support/projects/project-copy.ts'
import { playLine, songLine } from '../../support/projects/source-lines.ts'

const OCTOBER = 1_540_000_000_000
const NOVEMBER = 1_542_837_407_796

/** Two songs, one play in October and two in November. */
const INPUT = {
  'input/song_data/elena.json': songLine(),
  'input/song_data/camila.json': songLine({
    ...{ song_id: 'SO2', title: 'Bring Me', artist_id: 'AR2', artist_name: 'Camila', year: 2010, duration: 200.5 },
  }),
  'input/log_data/october.json': playLine({ ts: OCTOBER, sessionId: 10, userId: '8', level: 'free' }),
  'input/log_data/november.json': `${playLine({ ts: NOVEMBER })}\n${playLine({ ts: NOVEMBER + 5, itemInSession: 1, userId: '16' })}`,
}

describe('one change in a project that is up to date', () => {
  let directory = ''
  const at = (...args: string[]) => lake([...args, ...PLACES], { cwd: directory })
  const materialize = (...args: string[]) => {
    const planned = at('plan', ...args, '--json')
    const run = at('materialize', ...args, '--json')
    // The run does only the steps that the plan has printed.
    const promised = ({ asset, mode, conditional, causes }: PlanStep) => ({ asset, mode, conditional, causes })
    expect(started(run).steps.map(promised)).toEqual(document(planned).steps.map(promised))
    expect(run.status).toBe(0)
    return run
  }
  const rows = (sql: string) => JSON.parse(at('query', sql, '--json').stdout)

  builtProject(INPUT, (copy) => {
    directory = copy
  })

  /** Live file names of a table, by partition. */
  async function liveFiles(table: string): Promise<Readonly<Record<string, string>>> {
    const snapshot = await readSnapshot(localStorage(join(directory, 'tables')), table)
    const files = [...(snapshot?.files.values() ?? [])]
    return Object.fromEntries(
      files.map(({ path, partitionValues }) => [Object.values(partitionValues).join('-'), path]),
    )
  }

  it('no change: everything is fresh, and no step runs', () => {
    const run = materialize()
    expect(ran(run)).toEqual([])
    expect(new Set(Object.values(outcomes(run)))).toEqual(new Set(['fresh']))
  })

  it('a new log file: the downstreams of the log run, and those of the songs do not', () => {
    writeFiles(directory, {
      'input/log_data/december.json': playLine({ ts: NOVEMBER + 1e9, sessionId: 30, userId: '99' }),
    })
    const run = materialize()
    expect(ran(run)).toEqual(['log_data', 'songplays', 'time', 'users'])
    expect(outcomes(run)).toEqual({
      ...{ log_data: 'materialized', songplays: 'materialized', time: 'materialized', users: 'materialized' },
      ...{ song_data: 'fresh', songs: 'fresh', artists: 'fresh' },
    })
    expect(causes(run).log_data).toEqual(['source-changed'])
    expect(rows('select count(*) as plays from songplays')).toEqual([{ plays: '4' }])
  })

  it('a new time of a file with the same content: lake reads the file, and nothing downstream runs', () => {
    const file = join(directory, 'input/log_data/november.json')
    const { atimeMs, mtimeMs } = statSync(file)
    utimesSync(file, atimeMs / 1000, mtimeMs / 1000 + 60)
    const run = materialize()
    // The plan has the downstreams as conditional steps.
    expect(started(run).steps.map(({ asset, conditional }) => ({ asset, conditional }))).toEqual([
      { asset: 'log_data', conditional: false },
      { asset: 'songplays', conditional: true },
      { asset: 'time', conditional: true },
      { asset: 'users', conditional: true },
    ])
    expect(ran(run)).toEqual(['log_data'])
    expect(outcomes(run)).toMatchObject({ log_data: 'unchanged', songplays: 'fresh', time: 'fresh', users: 'fresh' })
    expect(ran(materialize())).toEqual([])
  })

  it('a column that a table does not read: that table does not run', () => {
    writeFiles(directory, {
      'input/log_data/october.json': playLine({
        ...{ ts: OCTOBER, sessionId: 10, userId: '8', level: 'free', userAgent: 'curl/8' },
      }),
    })
    const run = materialize()
    expect(ran(run)).toEqual(['log_data', 'songplays'])
    expect(outcomes(run)).toMatchObject({ time: 'fresh', users: 'fresh' })
    expect(rows("select count(*) as n from songplays where user_agent = 'curl/8'")).toEqual([{ n: '1' }])
  })

  it('a column that no query reads: only the source runs', () => {
    writeFiles(directory, { 'input/song_data/elena.json': songLine({ num_songs: 7 }) })
    expect(ran(materialize())).toEqual(['song_data'])
  })

  it('the deletion of a file: its rows are removed, and the other partitions keep their files', async () => {
    const before = { songplays: await liveFiles('songplays'), time: await liveFiles('time') }
    rmSync(join(directory, 'input/log_data/october.json'))
    const run = materialize()
    expect(ran(run)).toEqual(['log_data', 'songplays', 'time', 'users'])
    expect(rows('select user_id from users order by 1')).toEqual([{ user_id: '15' }, { user_id: '16' }])
    expect(rows('select month, count(*) as plays from songplays group by month')).toEqual([{ month: 11, plays: '2' }])
    expect(before.songplays).toEqual({ '2018-10': expect.any(String), '2018-11': expect.any(String) })
    expect(await liveFiles('songplays')).toEqual({ '2018-11': before.songplays['2018-11'] })
    expect(await liveFiles('time')).toEqual({ '2018-11': before.time['2018-11'] })
    expect(finished(run).assets).toContainEqual({
      ...{ key: 'songplays', outcome: 'materialized', version: 1, rowsWritten: 0, partitionsWritten: 1 },
    })
  })

  it('the title of a song: songs and plays change, in the partition of that song only, and artists stay the same', async () => {
    const before = { songs: await liveFiles('songs'), artists: await liveFiles('artists') }
    writeFiles(directory, { 'input/song_data/elena.json': songLine({ title: 'Setanta nits' }) })
    const run = materialize()
    expect(ran(run)).toEqual(expect.arrayContaining(['song_data', 'songplays', 'songs']))
    expect(ran(run)).not.toEqual(expect.arrayContaining(['log_data']))
    expect(outcomes(run)).toMatchObject({
      songs: 'materialized',
      songplays: 'materialized',
      time: 'fresh',
      users: 'fresh',
    })
    expect(['fresh', 'unchanged']).toContain(outcomes(run).artists)
    expect(rows('select count(song_id) as matched from songplays')).toEqual([{ matched: '0' }])
    const after = await liveFiles('songs')
    expect(after['2010']).toBe(before.songs['2010'])
    expect(after['0']).not.toBe(before.songs['0'])
    expect(await liveFiles('artists')).toEqual(before.artists)
  })

  it('the comments and the layout of an asset file: nothing runs', () => {
    edit(directory, 'assets/songs.ts', ["key: 'songs',", "// The songs.\n\n  key: 'songs', /* and nothing else */"])
    edit(directory, 'assets/catalog.ts', ['export function', '/** Winners. */\nexport function'])
    expect(ran(materialize())).toEqual([])
  })

  it('the description and the tags of an asset: nothing runs', () => {
    edit(directory, 'assets/time.ts', ['All of it is UTC.', 'In UTC.'])
    edit(directory, 'assets/time.ts', ["tags: ['dimension']", "tags: ['clock']"])
    expect(ran(materialize())).toEqual([])
  })

  it('a filter: that asset runs because of its code, and its downstreams run only if its rows change', () => {
    edit(directory, 'assets/songs.ts', [
      "catalogSongs(db).select(['song_id'",
      "catalogSongs(db).where('year', '<', 3000).select(['song_id'",
    ])
    const same = materialize()
    expect(causes(same)).toEqual({ songs: ['code-changed'] })
    expect(outcomes(same)).toMatchObject({ songs: 'unchanged', songplays: 'fresh' })

    edit(directory, 'assets/users.ts', [".where('userId', '<>', '')", ".where('userId', '<>', '8')"])
    const changed = materialize()
    expect(causes(changed)).toEqual({ users: ['code-changed'] })
    expect(outcomes(changed)).toMatchObject({ users: 'materialized', songs: 'fresh' })
    expect(rows('select user_id from users order by 1')).toEqual([{ user_id: '15' }, { user_id: '16' }])
  })

  it('a schema: the asset is rebuilt with the new schema, and the old version keeps the old schema', () => {
    edit(directory, 'assets/songs.ts', ['year: int(),', 'year: int(),\n    artist_name: text(),'])
    edit(directory, 'assets/songs.ts', ["'artist_id', 'year'", "'artist_id', 'artist_name', 'year'"])
    const run = materialize()
    expect(causes(run).songs).toEqual(['code-changed'])
    expect(started(run).steps.find(({ asset }) => asset === 'songs')?.causes).toMatchObject([
      { kind: 'code-changed', changes: ['the query', 'column artist_name added'] },
    ])
    expect(outcomes(run)).toMatchObject({ songs: 'materialized', artists: 'fresh', song_data: 'fresh' })
    const sql = 'select * from songs where year = 0'
    const song = { song_id: 'SO1', title: 'Setanta matins', artist_id: 'AR1', year: 0, duration: 269.58322 }
    expect(rows(sql)).toEqual([{ ...song, artist_name: 'Elena' }])
    expect(JSON.parse(at('query', sql, '--json', '--at', 'songs=0').stdout)).toEqual([song])
  })

  it('an edit that is reverted before a run: nothing runs; an edit that is reverted after a run: the asset runs again', () => {
    const filter = [".where('userId', '<>', '')", ".where('userId', '<>', '8')"] as const
    edit(directory, 'assets/users.ts', filter)()
    expect(ran(materialize())).toEqual([])
    const revert = edit(directory, 'assets/users.ts', filter)
    expect(ran(materialize())).toEqual(['users'])
    revert()
    expect(ran(materialize())).toEqual(['users'])
    expect(rows('select count(*) as n from users')).toEqual([{ n: '3' }])
    expect(ran(materialize())).toEqual([])
  })

  it('an input that is reverted after a run has read it: the old rows come back', () => {
    writeFiles(directory, { 'input/song_data/elena.json': songLine({ title: 'Setanta nits' }) })
    materialize()
    writeFiles(directory, { 'input/song_data/elena.json': songLine() })
    materialize()
    expect(rows("select count(*) as n from songplays where song_id = 'SO1'")).toEqual([{ n: '3' }])
  })

  it('a run with --only: upstreams stay as they are, and a later run updates the assets that were not selected', () => {
    writeFiles(directory, {
      'input/log_data/december.json': playLine({ ts: NOVEMBER + 1e9, sessionId: 30, userId: '99' }),
    })
    expect(ran(materialize('--only', 'users'))).toEqual([])
    expect(ran(materialize('--only', 'log_data'))).toEqual(['log_data'])
    expect(ran(materialize('--only', 'users'))).toEqual(['users'])
    expect(ran(materialize('time'))).toEqual(['time'])
    expect(ran(materialize())).toEqual(['songplays'])
  })

  it('two edits at once: the plan names both causes', () => {
    edit(directory, 'assets/users.ts', [".where('userId', '<>', '')", ".where('userId', '<>', '8')"])
    writeFiles(directory, { 'input/log_data/december.json': playLine({ ts: NOVEMBER + 1e9, sessionId: 30 }) })
    expect(causes(materialize()).users).toEqual(['code-changed', 'upstream-changed'])
  })
})

describe('a run that is killed', () => {
  it('leaves no half-done work visible; the next run adopts its claims at once', async () => {
    const directory = temporaryDirectory()
    const places = ['--lake', join(directory, 'tables'), '--input', join(directory, 'input')]
    const sizes = ['--songs', '200', '--events', '6000', '--days', '10', '--seed', '4']
    expect(lake(['simulate', '--out', join(directory, 'input'), ...sizes]).status).toBe(0)
    const stopAt = /"step-finished".*"log_data"/
    const killed = startLake(['materialize', '--concurrency', '1', '--json', ...places], { stopAt })
    await killed.printed(stopAt)
    killed.process.kill('SIGKILL')
    expect((await killed.ended).status).toBe(null)

    const { assets } = document(lake(['status', '--json', ...places]))
    expect(assets.map(({ state }: { state: string }) => state)).not.toContain('running')
    expect(document(lake(['runs', '--json', ...places])).runs).toMatchObject([{ status: 'canceled' }])
    const rerun = lake(['materialize', '--json', ...places])
    expect(rerun.status).toBe(0)
    expect(outcomes(rerun)).toMatchObject({ log_data: 'fresh', songplays: 'materialized' })

    const clean = ['--lake', join(directory, 'clean'), '--input', join(directory, 'input')]
    expect(lake(['materialize', ...clean]).status).toBe(0)
    for (const table of ['songs', 'artists', 'users', 'time', 'songplays']) {
      const rows = (at: readonly string[]) =>
        lake(['query', `from ${table} order by all`, '--format', 'csv', ...at]).stdout
      expect(rows(places)).toBe(rows(clean))
    }
  })
})
