import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import {
  lake,
  PROGRAM,
  ROOT,
  sharedDirectory,
  startLake,
  temporaryDirectory,
  writeFiles,
} from '../support/lake-process.ts'
import { copyProject, edit } from '../support/project-copy.ts'
import { causes, document, eventsOf, finished, outcomes, ran, started } from '../support/run-events.ts'
import { playLine, songLine } from '../support/source-lines.ts'

const RUN_ID = expect.stringMatching(/^\d{8}T\d{9}Z-[0-9a-f]{6}$/)
const INSTANT = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
const ESCAPE = '\u001b'
const ASSETS = ['song_data', 'artists', 'log_data', 'songs', 'songplays', 'time', 'users']

describe('a lake of simulated data', () => {
  const directory = sharedDirectory()
  const input = join(directory, 'input')
  const tables = join(directory, 'tables')
  const places = ['--lake', tables, '--input', input]
  const at = (...args: string[]) => lake([...args, ...places])
  let built: ReturnType<typeof lake>

  beforeAll(() => {
    const sizes = ['--songs', '40', '--events', '1500', '--days', '6', '--seed', '3']
    expect(lake(['simulate', '--out', input, ...sizes]).status).toBe(0)
    writeFiles(input, { 'song_data/late/bad.json': `${songLine({ song_id: 'SOLATE' })}\n` })
    writeFiles(input, { 'log_data/2018/10/one-bad-line.json': `${playLine({ sessionId: 999_999 })}\n{"ts": \n` })
    built = lake(['materialize', '--json', ...places])
  })

  describe('materialize', () => {
    it('prints its events as JSON, a line each, the plan first and the result last', () => {
      expect(built).toMatchObject({ status: 0, stderr: '' })
      const events = eventsOf(built)
      expect(started(built)).toEqual({
        type: 'run-started',
        runId: RUN_ID,
        at: INSTANT,
        lake: tables,
        engine: 'duckdb',
        selection: [],
        steps: ASSETS.map((asset) => ({
          asset,
          mode: asset.endsWith('_data') ? 'ingest' : 'full',
          partitions: null,
          conditional: false,
          causes: [{ kind: 'missing', message: 'not built yet' }],
        })),
      })
      expect(new Set(events.map(({ runId }) => runId)).size).toBe(1)
      expect(ran(built)).toEqual(ASSETS.toSorted())
      const { assets, ...run } = finished(built)
      expect(run).toEqual({
        type: 'run-finished',
        runId: started(built).runId,
        at: INSTANT,
        status: 'succeeded',
        durationMs: expect.any(Number),
      })
      expect(assets.map(({ key }) => key)).toEqual(ASSETS)
      for (const asset of assets) {
        expect(asset).toEqual({
          key: asset.key,
          outcome: 'materialized',
          version: 0,
          rowsWritten: expect.any(Number),
          partitionsWritten: expect.any(Number),
        })
      }
      expect(assets[0]).toMatchObject({ key: 'song_data', rowsWritten: 41, partitionsWritten: 1 })
      expect(assets[2]).toMatchObject({ key: 'log_data', rowsWritten: 1501 })
    })

    it('runs nothing where nothing is stale, and does not open an engine for that', () => {
      const again = at('materialize', '--json')
      expect(again.status).toBe(0)
      expect(started(again)).toMatchObject({ engine: null, steps: [] })
      expect(ran(again)).toEqual([])
      expect(finished(again).assets).toEqual(
        ASSETS.map((key) => ({ key, outcome: 'fresh', version: 0, rowsWritten: 0, partitionsWritten: 0 })),
      )
    })

    it('takes its flags before the command and after it', () => {
      const before = lake([...places, '--json', 'materialize', 'songs'])
      const after = lake(['materialize', 'songs', '--json', ...places])
      expect(before.status).toBe(0)
      expect(outcomes(before)).toEqual({ song_data: 'fresh', songs: 'fresh' })
      expect(outcomes(after)).toEqual(outcomes(before))
    })

    it('--dry-run prints the plan, and neither builds nor records anything', () => {
      const empty = join(temporaryDirectory(), 'tables')
      const dry = lake(['materialize', 'users', '--dry-run', '--json', '--lake', empty, '--input', input])
      expect(dry.status).toBe(0)
      expect(document(dry)).toEqual(document(lake(['plan', 'users', '--json', '--lake', empty, '--input', input])))
      expect(document(dry).steps.map(({ asset }: { asset: string }) => asset)).toEqual(['log_data', 'users'])
      expect(existsSync(empty)).toBe(false)
    })

    it('--only needs the upstreams to be there', () => {
      const empty = join(temporaryDirectory(), 'tables')
      const only = lake(['materialize', 'songs', '--only', '--json', '--lake', empty, '--input', input])
      expect(only.status).toBe(1)
      expect(outcomes(only)).toEqual({ songs: 'failed' })
      const failed = eventsOf(only).find((event) => event.type === 'step-finished')
      expect(failed).toMatchObject({
        error: {
          code: 'upstream-missing',
          asset: 'songs',
          message: expect.stringContaining(`lake --lake ${empty} --input ${input} materialize +songs`),
        },
      })
    })
  })

  it.each([
    [['songs'], ['song_data', 'songs']],
    [['+songplays'], ['artists', 'log_data', 'song_data', 'songplays', 'songs']],
    [['songs+'], ['artists', 'log_data', 'song_data', 'songplays', 'songs']],
    [['tag:dimension'], ['artists', 'log_data', 'song_data', 'songs', 'time', 'users']],
    [['source:*'], ['log_data', 'song_data']],
    [['source:log_data'], ['log_data']],
    [
      ['users', 'time'],
      ['log_data', 'time', 'users'],
    ],
  ])('the selection %j means those assets and what they need', (selection, expected) => {
    const empty = join(temporaryDirectory(), 'tables')
    const { steps } = document(lake(['plan', ...selection, '--json', '--lake', empty, '--input', input]))
    expect(steps.map(({ asset }: { asset: string }) => asset).toSorted()).toEqual(expected)
  })

  it('plan is an empty list where there is nothing to do, and --full makes a forced step of what is selected', () => {
    expect(document(at('plan', '--json'))).toEqual({ steps: [] })
    expect(document(at('plan', 'songs', '--full', '--json'))).toMatchObject({
      steps: [
        {
          asset: 'songs',
          mode: 'full',
          partitions: null,
          conditional: false,
          causes: [{ kind: 'forced', message: 'asked for with --full' }],
        },
      ],
    })
  })

  describe('status', () => {
    it('--json is one document with every asset', () => {
      const { status, stdout, stderr } = at('status', '--json')
      expect(status).toBe(0)
      const report = document({ stdout, stderr })
      expect(report.lake).toBe(tables)
      expect(report.assets.map(({ key }: { key: string }) => key)).toEqual(ASSETS)
      const [songData, artists, logData] = report.assets
      expect(songData).toMatchObject({
        kind: 'source',
        state: 'fresh',
        version: 0,
        rows: 41,
        rejected: 0,
        partitions: 1,
      })
      expect(songData).toMatchObject({ materializedAt: INSTANT, causes: [] })
      expect(artists).toMatchObject({ kind: 'table', state: 'fresh', version: 0, rejected: null, causes: [] })
      expect(logData).toMatchObject({ kind: 'source', rows: 1501, rejected: 1 })
    })

    it('is a table where standard output is not a terminal', () => {
      const { status, stdout } = at('status')
      expect(status).toBe(0)
      expect(stdout).toMatch(/^songplays +fresh +[\d,]+ +\d+ +0 /m)
      expect(stdout).not.toContain(ESCAPE)
    })

    it('tells of a lake that does not exist yet, with status 0', () => {
      const nowhere = join(temporaryDirectory(), 'tables')
      const { status, stdout, stderr } = lake(['status', '--json', '--lake', nowhere, '--input', input])
      expect(status).toBe(0)
      expect(document({ stdout, stderr }).assets[3]).toMatchObject({
        ...{ key: 'songs', kind: 'table', state: 'missing', version: null, rows: null, rejected: null },
        ...{ partitions: null, materializedAt: null },
        causes: [{ kind: 'missing', message: 'not built yet' }],
      })
      expect(existsSync(nowhere)).toBe(false)
    })
  })

  it('rejects shows the refused lines with file, line, reason and text', () => {
    expect(document(at('rejects', 'log_data', '--json'))).toEqual({
      rejects: [
        {
          file: '2018/10/one-bad-line.json',
          line: 2,
          reason: expect.stringContaining('not JSON'),
          text: '{"ts": ',
        },
      ],
      total: 1,
    })
    expect(document(at('rejects', 'song_data', '--json'))).toEqual({ rejects: [], total: 0 })
    expect(at('rejects', 'log_data').stdout).toContain('2018/10/one-bad-line.json')
    expect(at('rejects', 'songs')).toMatchObject({ status: 2, stderr: expect.stringContaining('songs is a table') })
  })

  describe('query', () => {
    const COUNT = "select count(*) as n, 'a,\"b' as t, null as x from songs"

    it.each([
      ['table', /^ *n +t +x *\n *41 +a,"b +null *\n$/],
      ['csv', /^n,t,x\n41,"a,""b",\n$/],
      ['json', /^\[\{"n":"41","t":"a,\\"b","x":null\}\]\n$/],
    ])('prints %s', (format, expected) => {
      const { status, stdout } = at('query', COUNT, '--format', format)
      expect(status).toBe(0)
      expect(stdout).toMatch(expected)
    })

    it('--json stands for --format json', () => {
      const { stdout, stderr } = at('query', 'select song_id, year from songs order by 1 limit 2', '--json')
      expect(JSON.parse(stdout)).toEqual([
        { song_id: expect.any(String), year: expect.any(Number) },
        { song_id: expect.any(String), year: expect.any(Number) },
      ])
      expect(stderr).toBe('')
    })

    it('writes what --out names, in the format of its extension', () => {
      const out = temporaryDirectory()
      const csv = at('query', 'select song_id from songs order by 1', '--out', join(out, 'songs.csv'))
      expect(csv).toMatchObject({ status: 0, stdout: '', stderr: expect.stringContaining('songs.csv') })
      expect(readFileSync(join(out, 'songs.csv'), 'utf8').trimEnd().split('\n')).toHaveLength(42)
      const parquet = at('query', 'from songs', '--format', 'parquet', '--out', join(out, 'songs.parquet'))
      expect(parquet.status).toBe(0)
      expect(readFileSync(join(out, 'songs.parquet')).subarray(0, 4).toString()).toBe('PAR1')
      expect(at('query', 'from songs', '--format', 'parquet')).toMatchObject({ status: 2, stdout: '' })
    })

    it('refuses SQL that is wrong, with the words of the engine', () => {
      const { status, stdout, stderr } = at('query', 'select nothing from songs', '--json')
      expect(status).toBe(2)
      expect(document({ stdout, stderr })).toEqual({
        error: { code: 'usage', message: expect.stringContaining('"nothing"') },
      })
    })

    it('does not write to a table', () => {
      expect(at('query', 'delete from songs')).toMatchObject({ status: 2, stdout: '' })
      expect(JSON.parse(at('query', 'select count(*) as n from songs', '--json').stdout)).toEqual([{ n: '41' }])
    })

    it.each([
      ['select count(*) as n from songs join artists using (artist_id)'],
      ['with s as (select * from Songs) select count(*) as n from s left join (select 1 as year) as y using (year)'],
      ['select (select count(*) from songs) as n from users limit 1'],
    ])('finds the tables of %s', (sql) => {
      expect(JSON.parse(at('query', sql, '--json').stdout)).toEqual([{ n: '41' }])
    })

    it('names the table that was meant', () => {
      expect(at('query', 'select * from songplay')).toMatchObject({
        status: 2,
        stderr: expect.stringMatching(/did you mean "?songplays/i),
      })
    })

    it('says of a table that was never built what to do', () => {
      const empty = temporaryDirectory()
      const { status, stdout, stderr } = lake(['query', 'from songs', '--json', '--lake', empty, '--input', input])
      expect(status).toBe(2)
      expect(document({ stdout, stderr }).error.message).toContain(
        `lake --lake ${empty} --input ${input} materialize songs`,
      )
    })
  })

  it('show describes an asset', () => {
    const shown = document(at('show', 'songplays', '--json'))
    expect(shown).toMatchObject({
      key: 'songplays',
      kind: 'table',
      tags: ['fact'],
      primaryKey: ['songplay_id'],
      partitionBy: ['year', 'month'],
      upstream: ['song_data', 'artists', 'log_data', 'songs'],
      downstream: [],
      status: { key: 'songplays', state: 'fresh', version: 0 },
      versions: [{ asset: 'songplays', version: 0, at: INSTANT, operation: 'WRITE', runId: RUN_ID, engine: 'duckdb' }],
    })
    expect(shown.columns.map(({ name, type, nullable }: Record<string, unknown>) => [name, type, nullable])).toEqual([
      ['songplay_id', 'text', false],
      ['start_time', 'timestamp', false],
      ['user_id', 'text', false],
      ['level', 'text', false],
      ['song_id', 'text', true],
      ['artist_id', 'text', true],
      ['session_id', 'bigint', false],
      ['location', 'text', true],
      ['user_agent', 'text', true],
      ['year', 'int', false],
      ['month', 'int', false],
    ])
    expect(at('show', 'songplays').stdout).toMatch(/songplay_id is unique[\s\S]*2018|song_id stands in songs/)
  })

  it('graph is text, mermaid, dot or JSON', () => {
    const { nodes, edges } = document(at('graph', '--json'))
    expect(nodes.map(({ key, kind }: Record<string, string>) => `${kind} ${key}`)).toEqual(
      ASSETS.map((key) => `${key.endsWith('_data') ? 'source' : 'table'} ${key}`),
    )
    expect(edges).toContainEqual({ from: 'log_data', to: 'songplays' })
    expect(edges).toHaveLength(8)
    expect(document(at('graph', '--format', 'json'))).toEqual({ nodes, edges })
    expect(at('graph').stdout).toContain('songplays')
    expect(at('graph', '--format', 'mermaid').stdout).toMatch(/^flowchart LR\n[\s\S]*asset_log_data --> asset_users\n/)
    expect(at('graph', '--format', 'dot').stdout).toMatch(
      /^digraph lake \{\n[\s\S]*"log_data" -> "users"\n[\s\S]*\}\n$/,
    )
  })

  it('history lists the versions of one table, or of all', () => {
    expect(document(at('history', 'songs', '--json'))).toEqual({
      versions: [
        {
          ...{ asset: 'songs', version: 0, at: INSTANT, operation: 'WRITE', runId: RUN_ID, engine: 'duckdb' },
          ...{ rows: 41, rowsAdded: 41, rowsRemoved: 0, filesAdded: expect.any(Number), filesRemoved: 0 },
        },
      ],
    })
    expect(document(at('history', '--json')).versions).toHaveLength(7)
    expect(at('history', 'songs').stdout).toMatch(/^ +0 +\d{4}-\d\d-\d\d /m)
  })

  it('runs lists past runs, and run shows the events of one', () => {
    const { runs } = document(at('runs', '--json'))
    expect(runs.at(-1)).toMatchObject({
      ...{ runId: started(built).runId, status: 'succeeded', startedAt: INSTANT, engine: 'duckdb', selection: [] },
      assets: expect.arrayContaining([{ key: 'songs', state: 'materialized', version: 0, rowsWritten: 41 }]),
    })
    expect(at('runs').stdout).toContain(started(built).runId)
    const { runId, events } = document(at('run', started(built).runId, '--json'))
    expect(runId).toBe(started(built).runId)
    expect(events).toEqual(eventsOf(built))
    expect(at('run', runId).stdout).toMatch(/songplays/)
    expect(at('run', '20181121T215647Z-3f9a1c')).toMatchObject({
      status: 2,
      stderr: expect.stringMatching(/`lake --lake \S+ --input \S+ runs`/),
    })
  })

  describe('bad usage ends with 2', () => {
    it.each([
      [['materialise'], 'Did you mean materialize?'],
      [['materialize', '--ful'], 'Did you mean --full?'],
      [['materialize', 'songplay'], 'did you mean songplays?'],
      [['materialize', 'tag:dimensions'], 'did you mean dimension?'],
      [['plan', 'source:logdata'], 'did you mean log_data?'],
      [['show', 'song'], 'did you mean songs?'],
      [['history', 'artist'], 'did you mean artists?'],
      [['rejects', 'log_dat'], 'did you mean log_data?'],
      [['query', 'select 1', '--at', 'songz=0'], 'did you mean songs?'],
      [['query', 'select 1', '--at', 'songs'], '--at songs=12'],
      [['query', 'from songs', '--at', 'songs=7'], 'There is no version 7 of songs'],
      [['graph', '--format', 'png'], 'Allowed choices are text, mermaid, dot, json'],
      [['materialize', '--concurrency', '0'], '--concurrency'],
      [['materialize', '--source', 'song_data'], 'KEY=URI'],
      [['materialize', '--source', 'songs=x'], 'songs is not a source'],
      [['status', '--profile', 'prod'], '"prod"'],
      [['status', '--config', 'nowhere.ts'], 'nowhere.ts'],
      [['rejects'], "missing required argument 'source'"],
    ])('%j: %s', (args, message) => {
      const { status, stdout, stderr } = at(...args)
      expect(stderr).toContain(message)
      expect(stderr).not.toMatch(/^ +at /m)
      expect({ status, stdout }).toEqual({ status: 2, stdout: '' })
    })

    it.each([
      [['materialize', '--ful'], 'usage', 'unknown option'],
      [['show', 'song'], 'unknown-asset', 'did you mean songs?'],
      [['status', '--profile', 'prod'], 'config', 'prod'],
    ])('%j with --json ends with an error document of code %s', (args, code, message) => {
      const { status, stdout, stderr } = at(...args, '--json')
      expect(status).toBe(2)
      expect(document({ stdout, stderr })).toEqual({ error: { code, message: expect.stringContaining(message) } })
      expect(stderr).toBe('')
    })

    it('a directory without a project says how to name one', () => {
      const { status, stderr } = lake(['status'], { cwd: temporaryDirectory() })
      expect(status).toBe(2)
      expect(stderr).toContain('--config')
    })
  })

  describe('colours', () => {
    const terminal = (env: string, ...args: string[]) =>
      spawnSync(
        'script',
        ['-qec', `${env} "${process.execPath}" "${PROGRAM}" ${[...args, ...places].join(' ')}`, '/dev/null'],
        {
          cwd: ROOT,
          encoding: 'utf8',
          env: { ...process.env, CI: '1', NO_COLOR: '', TERM: 'xterm' },
        },
      ).stdout
    const hasScript = spawnSync('script', ['--version']).status === 0

    it('are not printed where standard output is not a terminal', () => {
      for (const args of [['status'], ['history'], ['graph'], ['show', 'songs'], ['plan'], ['runs'], ['materialize']]) {
        expect(at(...args).stdout).not.toContain(ESCAPE)
      }
    })

    it.skipIf(!hasScript)('are printed in a terminal, unless --no-color or NO_COLOR say otherwise', () => {
      expect(terminal('', 'history')).toContain(ESCAPE)
      expect(terminal('', 'history', '--no-color')).not.toContain(ESCAPE)
      expect(terminal('NO_COLOR=1', 'history')).not.toContain(ESCAPE)
    })
  })
})

describe('a lake that changes', () => {
  it('query --at reads the version that it names, and --full rebuilds what is the same as unchanged', () => {
    const directory = temporaryDirectory()
    const places = ['--lake', join(directory, 'tables'), '--input', join(directory, 'input')]
    writeFiles(directory, { 'input/song_data/a.json': songLine(), 'input/log_data/a.json': playLine() })
    expect(lake(['materialize', ...places]).status).toBe(0)
    writeFiles(directory, { 'input/song_data/b.json': songLine({ song_id: 'SO2', title: 'Another' }) })
    expect(lake(['materialize', 'songs', ...places]).status).toBe(0)

    const count = ['query', 'select count(*) as n from songs', '--json', ...places]
    expect(document(lake(count))).toEqual([{ n: '2' }])
    expect(document(lake([...count, '--at', 'songs=0']))).toEqual([{ n: '1' }])
    expect(document(lake([...count, '--at', 'songs=1']))).toEqual([{ n: '2' }])

    const full = lake(['materialize', 'songs', '--full', '--json', ...places])
    expect(full.status).toBe(0)
    expect(causes(full)).toEqual({ songs: ['forced'] })
    expect(finished(full).assets).toContainEqual({
      ...{ key: 'songs', outcome: 'unchanged', version: 2, rowsWritten: 0, partitionsWritten: 0 },
    })
    expect(document(lake(['history', 'songs', '--json', ...places])).versions).toMatchObject([
      { version: 2, rowsAdded: 0, rowsRemoved: 0, filesAdded: 0, filesRemoved: 0 },
      { version: 1, rows: 2 },
      { version: 0, rows: 1 },
    ])
  })
})

describe('a run in which an asset fails', () => {
  const directory = sharedDirectory()
  const places = ['--lake', 'tables', '--input', 'input']
  beforeAll(() => {
    copyProject(directory)
    edit(directory, 'assets/songs.ts', ['duration: double(),', 'duration: double().min(1000),'])
    writeFiles(directory, { 'input/song_data/a.json': songLine(), 'input/log_data/a.json': playLine() })
  })

  it('ends with 1, skips what depends on it, and goes on with the rest unless --fail-fast stops it', () => {
    const options = { cwd: directory }
    const first = lake(['materialize', '--fail-fast', '--concurrency', '1', '--json', ...places], options)
    expect(first.status).toBe(1)
    expect(finished(first).status).toBe('failed')
    expect(outcomes(first)).toMatchObject({ songs: 'failed', songplays: 'skipped', users: 'skipped', time: 'skipped' })

    const second = lake(['materialize', '--json', ...places], options)
    expect(second.status).toBe(1)
    expect(outcomes(second)).toMatchObject({
      ...{ songs: 'failed', songplays: 'skipped', users: 'materialized', time: 'materialized' },
      ...{ song_data: 'fresh', log_data: 'fresh', artists: 'fresh' },
    })
    expect(finished(first).assets.find(({ key }) => key === 'users')?.because).toEqual(['songs'])
    expect(finished(second)).toMatchObject({ error: { code: 'check-failed', asset: 'songs' } })
    expect(lake(['materialize', '--fail-fast', '--keep-going', ...places], options).status).toBe(2)
    const failed = eventsOf(second).find((event) => event.type === 'step-finished' && event.asset === 'songs')
    expect(failed).toMatchObject({
      error: {
        code: 'check-failed',
        asset: 'songs',
        message: expect.stringMatching(/duration >= 1000.*1 row[\s\S]*SO1[\s\S]*Nothing was published/),
        details: [{ check: 'duration >= 1000', severity: 'error', rows: 1, sample: [{ song_id: 'SO1' }] }],
      },
    })
    const { assets } = document(lake(['status', '--json', ...places], options))
    const songs = assets.find(({ key }: { key: string }) => key === 'songs')
    expect(songs).toMatchObject({ state: 'failed', version: null, failure: { error: { code: 'check-failed' } } })
  })

  it('says so in words where standard output is not a terminal', () => {
    const { status, stdout, stderr } = lake(['materialize', 'songs', ...places], { cwd: directory })
    expect(status).toBe(1)
    expect(`${stdout}${stderr}`).toContain('duration >= 1000')
    expect(`${stdout}${stderr}`).not.toMatch(/^ +at /m)
  })

  it('--concurrency 1 never runs two steps at once', () => {
    const args = ['materialize', '--full', '--keep-going', '--concurrency', '1', '--json', ...places]
    const running = new Set<string>()
    for (const event of eventsOf(lake(args, { cwd: directory }))) {
      if (event.type === 'step-started') running.add(event.asset)
      if (event.type === 'step-finished') running.delete(event.asset)
      expect(running.size).toBeLessThanOrEqual(1)
    }
  })
})

describe('two processes at one lake', () => {
  const directory = sharedDirectory()
  const input = join(directory, 'input')
  beforeAll(() => {
    const sizes = ['--songs', '300', '--events', '150000', '--days', '20', '--seed', '5']
    expect(lake(['simulate', '--out', input, ...sizes]).status).toBe(0)
  })

  it('the second is told who holds what it needs, ends with 3, and leaves the first alone', async () => {
    const places = ['--lake', temporaryDirectory(), '--input', input]
    const first = startLake(['materialize', '--json', ...places])
    await first.printed(/"step-started"/)
    // Stopped, so that it surely still holds its claims.
    first.process.kill('SIGSTOP')
    const second = lake(['materialize', 'users', '--json', ...places])
    const status = lake(['status', '--json', ...places])
    const plain = lake(['materialize', 'songs', ...places])
    first.process.kill('SIGCONT')

    expect(second.status).toBe(3)
    expect(document(second)).toEqual({
      error: {
        code: 'held',
        asset: 'log_data',
        message: expect.stringContaining(String(first.process.pid)),
        details: expect.objectContaining({ pid: first.process.pid, runId: RUN_ID }),
      },
    })
    expect(plain).toMatchObject({ status: 3, stdout: '' })
    const states = document(status).assets.map(({ state }: { state: string }) => state)
    expect(new Set(states)).toEqual(new Set(['running']))
    const ended = await first.ended
    expect(ended.status).toBe(0)
    expect(lake(['materialize', 'users', '--json', ...places]).status).toBe(0)
  })

  it.each(['SIGINT', 'SIGTERM'] as const)('%s ends a run with 130, and the next one completes it', async (signal) => {
    const tables = temporaryDirectory()
    const places = ['--lake', tables, '--input', input]
    const run = startLake(['materialize', '--json', ...places])
    await run.printed(/"step-started".*"log_data"/)
    run.process.kill(signal)
    const interrupted = await run.ended
    expect(interrupted.status).toBe(130)
    expect(finished(interrupted).status).toBe('canceled')
    expect(outcomes(interrupted)).toMatchObject({ songplays: 'canceled' })
    expect(leftovers(tables)).toEqual([])
    for (const { key, outcome, version } of finished(interrupted).assets) {
      expect({ key, outcome, built: existsSync(join(tables, key, '_delta_log')) }).toEqual({
        ...{ key, outcome, built: outcome === 'materialized' },
      })
      expect(version).toBe(outcome === 'materialized' ? 0 : null)
    }

    const rerun = lake(['materialize', '--json', ...places])
    expect(rerun.status).toBe(0)
    expect(new Set(Object.values(outcomes(rerun)))).toEqual(
      new Set(finished(interrupted).assets.map(({ outcome }) => (outcome === 'canceled' ? 'materialized' : 'fresh'))),
    )
    expect(document(lake(['query', 'select count(*) as n from log_data', '--json', ...places]))).toEqual([
      { n: '150000' },
    ])
    expect(document(lake(['runs', '--json', ...places])).runs.map(({ status }: { status: string }) => status)).toEqual([
      'succeeded',
      'canceled',
    ])
    expect(leftovers(tables)).toEqual([])
  })
})

/** Scratch directories of runs, and files that nobody finished. */
function leftovers(tables: string): readonly string[] {
  const names = readdirSync(tables, { recursive: true, encoding: 'utf8' })
  return names.filter((name) => /^_lake\/scratch\/.|\.tmp-|claims\/.*\.json$/.test(name))
}

describe('simulate', () => {
  it('writes the same files for the same seed, and refuses to mix them with others', () => {
    const directory = temporaryDirectory()
    const sizes = ['--songs', '5', '--events', '60', '--days', '2', '--seed', '8']
    const one = lake(['simulate', '--out', join(directory, 'one'), ...sizes, '--json'])
    expect(one.status).toBe(0)
    expect(document(one)).toEqual({ out: join(directory, 'one'), files: 7, songs: 5, events: 60 })
    expect(lake(['simulate', '--out', join(directory, 'two'), ...sizes]).status).toBe(0)
    expect(contents(join(directory, 'two'))).toEqual(contents(join(directory, 'one')))
    expect(lake(['simulate', '--out', join(directory, 'two'), ...sizes])).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('already contains files'),
    })
    expect(lake(['simulate'])).toMatchObject({ status: 2, stderr: expect.stringContaining('--out') })
  })
})

function contents(directory: string): Readonly<Record<string, string>> {
  const names = readdirSync(directory, { recursive: true, encoding: 'utf8' }).toSorted()
  return Object.fromEntries(
    names.flatMap((name) => (name.endsWith('.json') ? [[name, readFileSync(join(directory, name), 'utf8')]] : [])),
  )
}

describe('schedule', () => {
  it('list shows each schedule of the config with its next time', () => {
    const { schedules } = document(lake(['schedule', 'list', '--json']))
    expect(schedules).toEqual([
      {
        ...{ name: 'hourly', cron: '5 * * * *', timeZone: 'UTC', selection: [], full: false },
        next: expect.stringMatching(/T\d\d:05:00\.000Z$/),
      },
      {
        ...{ name: 'daily-full', cron: '30 3 * * *', timeZone: 'UTC', selection: [], full: true },
        next: expect.stringMatching(/T03:30:00\.000Z$/),
      },
    ])
    expect(lake(['schedule', 'list']).stdout).toMatch(/^hourly +5 \* \* \* \* +UTC /m)
  })

  it('next lists the times that come, in order', () => {
    const { next } = document(lake(['schedule', 'next', '--count', '30', '--json']))
    const times = next.map(({ at }: { at: string }) => at)
    expect(times).toHaveLength(60)
    const hourly = next.filter(({ name }: { name: string }) => name === 'hourly')
    expect(hourly).toHaveLength(30)
    expect(times).toEqual(times.toSorted())
    expect(new Set(next.map(({ name }: { name: string }) => name))).toEqual(new Set(['hourly', 'daily-full']))
    expect(lake(['schedule', 'next', '--count', '1']).stdout.trim().split('\n')).toHaveLength(3)
  })

  it('export writes a crontab or systemd units', () => {
    expect(lake(['schedule', 'export']).stdout).toMatch(/^5 \* \* \* \* cd .*main\.js materialize$/m)
    expect(lake(['schedule', 'export', '--format', 'systemd']).stdout).toContain('OnCalendar=')
    expect(lake(['schedule', 'export', '--format', 'launchd']).status).toBe(2)
    const exported = document(lake(['--json', 'schedule', 'export']))
    expect(exported).toEqual({ format: 'crontab', text: lake(['schedule', 'export']).stdout })
    const elsewhere = lake(['schedule', 'export', '--profile', 'demo', '--lake', 'x y'], { cwd: ROOT }).stdout
    expect(elsewhere).toContain(`materialize --profile demo --lake '${join(ROOT, 'x y')}'`)
  })

  it.each(['SIGTERM', 'SIGINT'] as const)('run waits for what is due, and ends with 0 on %s', async (signal) => {
    const directory = temporaryDirectory()
    const places = ['--lake', join(directory, 'tables'), '--input', join(directory, 'input')]
    const running = startLake(['schedule', 'run', '--json', ...places])
    await running.printed(/\n/)
    running.process.kill(signal)
    const { status, stdout, stderr } = await running.ended
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
    for (const line of stdout.trimEnd().split('\n')) expect(JSON.parse(line)).toHaveProperty('type')
  })
})

it('the help of a command has the flags that every command takes', () => {
  for (const words of [['plan'], ['run'], ['run', 'resume'], ['schedule', 'next']]) {
    const { status, stdout } = lake([...words, '--help'])
    expect({ words, status, stdout }).toMatchObject({
      words,
      status: 0,
      stdout: expect.stringMatching(/--profile <name>/),
    })
  }
})

it('--help and --version end with 0', () => {
  expect(lake(['--version'])).toMatchObject({ status: 0, stdout: '0.1.0\n' })
  const help = lake(['--help'])
  expect(help.status).toBe(0)
  for (const command of [
    'materialize',
    'plan',
    'status',
    'show',
    'graph',
    'query',
    'rejects',
    'history',
    'runs',
    'run',
  ]) {
    expect(help.stdout).toMatch(new RegExp(`^  ${command} `, 'm'))
  }
})
