// What the commands print about one lake: text, JSON documents, events, errors, and exit statuses.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { type LakeResult, lake, PROGRAM, ROOT, temporaryDirectory } from '../../support/programs/lake-process.ts'
import { document, eventsOf, finished, outcomes, ran, started } from '../../support/programs/run-events.ts'
import { simulatedLake } from '../../support/projects/simulated-lake.ts'

const RUN_ID = expect.stringMatching(/^\d{8}T\d{9}Z-[0-9a-f]{6}$/)
const INSTANT = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
const ESCAPE = '\u001b'
const ASSETS = ['song_data', 'artists', 'log_data', 'songs', 'songplays', 'time', 'users']

describe('commands on a lake of simulated data', () => {
  let built: LakeResult
  const { input, tables, places, at } = simulatedLake((result) => {
    built = result
  })

  describe('materialize', () => {
    it('prints one event per line as JSON: the plan first, the result last', () => {
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

    it('runs no step and opens no engine if nothing is stale', () => {
      const again = at('materialize', '--json')
      expect(again.status).toBe(0)
      expect(started(again)).toMatchObject({ engine: null, steps: [] })
      expect(ran(again)).toEqual([])
      expect(finished(again).assets).toEqual(
        ASSETS.map((key) => ({ key, outcome: 'fresh', version: 0, rowsWritten: 0, partitionsWritten: 0 })),
      )
    })

    it('accepts its flags before and after the command', () => {
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

    it('--only fails if an upstream has never been built', () => {
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
  ])('the selection %j in an empty lake plans %j', (selection, expected) => {
    const empty = join(temporaryDirectory(), 'tables')
    const { steps } = document(lake(['plan', ...selection, '--json', '--lake', empty, '--input', input]))
    expect(steps.map(({ asset }: { asset: string }) => asset).toSorted()).toEqual(expected)
  })

  it('plan prints an empty list if nothing is stale; --full forces a step for each selected asset', () => {
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

    it('is a table without colours if standard output is not a terminal', () => {
      const { status, stdout } = at('status')
      expect(status).toBe(0)
      expect(stdout).toMatch(/^songplays +fresh +[\d,]+ +\d+ +0 /m)
      expect(stdout).not.toContain(ESCAPE)
    })

    it('reports a lake that does not exist yet, with status 0', () => {
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

  it('the command `history` lists the versions of one table, or of all tables', () => {
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

  it('the command `runs` lists past runs, and `run` shows the events of one run', () => {
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

  describe('wrong usage ends with 2', () => {
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
      expect(document({ stdout, stderr })).toMatchObject({ error: { code, message: expect.stringContaining(message) } })
      expect(stderr).toBe('')
    })

    it('in a directory without a project, and the error says how to name a project', () => {
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

    it('are not printed if standard output is not a terminal', () => {
      for (const args of [['status'], ['history'], ['graph'], ['show', 'songs'], ['plan'], ['runs'], ['materialize']]) {
        expect(at(...args).stdout).not.toContain(ESCAPE)
      }
    })

    it.skipIf(!hasScript)('are printed in a terminal, except with --no-color or NO_COLOR', () => {
      expect(terminal('', 'history')).toContain(ESCAPE)
      expect(terminal('', 'history', '--no-color')).not.toContain(ESCAPE)
      expect(terminal('NO_COLOR=1', 'history')).not.toContain(ESCAPE)
    })
  })
})

it('the help of a command lists the flags of every command', () => {
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
  expect(lake(['--version'])).toMatchObject({ status: 0, stdout: expect.stringMatching(/^0\.1\.0\n/) })
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
    'catalog',
    'history',
    'runs',
    'run',
  ]) {
    expect(help.stdout).toMatch(new RegExp(`^  ${command} `, 'm'))
  }
})
