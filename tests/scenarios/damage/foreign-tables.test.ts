// Tables that are damaged, or that other Delta writers have changed.

import { appendFileSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { commitPath } from '../../../framework/delta/log/log-files.ts'
import { lake, writeFiles } from '../../support/programs/lake-process.ts'
import { document, eventsOf, finished, outcomes } from '../../support/programs/run-events.ts'
import { builtProject, PLACES } from '../../support/projects/built-project.ts'
import { playLine, songLine } from '../../support/projects/source-lines.ts'
import { python, runPython } from '../../support/python/python.ts'

const INPUT = {
  'input/song_data/elena.json': songLine(),
  'input/song_data/camila.json': songLine({ song_id: 'SO2', title: 'Bring Me', artist_id: 'AR2', year: 2010 }),
  'input/log_data/november.json': playLine(),
}
const DECEMBER = { 'input/log_data/december.json': playLine({ ts: 1_543_700_000_000, userId: '8', sessionId: 9 }) }

let directory = ''
builtProject(INPUT, (own) => {
  directory = own
})
const at = (...args: string[]) => lake([...args, ...PLACES], { cwd: directory })
const table = (key: string) => join(directory, 'tables', key)
const commitFile = (key: string, version: number) => join(directory, 'tables', commitPath(key, version))
const statusOf = (key: string) =>
  document(at('status', '--json')).assets.find((asset: { key: string }) => asset.key === key)

describe('a table whose log has a gap', () => {
  const broken = () => commitFile('songs', 0)

  /** Gives `songs` a version 1, and then removes version 0. */
  function breakSongs(): void {
    writeFiles(directory, { 'input/song_data/third.json': songLine({ song_id: 'SO3', title: 'Third', year: 2011 }) })
    expect(at('materialize').status).toBe(0)
    rmSync(broken())
  }

  it('has the state failed in status, with the missing file and what to do', () => {
    breakSongs()
    expect(statusOf('songs')).toMatchObject({
      state: 'failed',
      causes: [{ kind: 'unreadable', message: expect.stringMatching(`${broken()} is missing.*delete the directory`) }],
    })
  })

  it('has the state failed, not missing, in show', () => {
    breakSongs()
    const { status, stdout } = at('show', 'songs')
    expect(status).toBe(0)
    expect(stdout).toContain('failed')
    expect(stdout).not.toContain('not built yet')
  })

  it('stops its downstreams, and nothing else', () => {
    breakSongs()
    writeFiles(directory, DECEMBER)
    const plan = at('plan', '--json')
    expect(plan.status).toBe(1)
    expect(document(plan)).toMatchObject({
      steps: [{ asset: 'log_data' }, { asset: 'time' }, { asset: 'users' }],
      failed: [{ code: 'corrupt-table', asset: 'songs' }],
      skipped: ['songplays'],
    })
    const run = at('materialize', '--json')
    expect(run.status).toBe(1)
    expect(outcomes(run)).toMatchObject({
      ...{ songs: 'failed', songplays: 'skipped' },
      ...{
        log_data: 'materialized',
        users: 'materialized',
        time: 'materialized',
        artists: 'fresh',
        song_data: 'fresh',
      },
    })
    expect(finished(run).status).toBe('failed')
    const failed = eventsOf(run).find((event) => event.type === 'step-finished' && event.asset === 'songs')
    expect(failed).toMatchObject({ error: { code: 'corrupt-table', message: expect.stringContaining(broken()) } })
    const text = at('materialize')
    expect(text.status).toBe(1)
    expect(text.stdout).toContain(broken())
  })

  it('is refused if it is the only selected asset', () => {
    breakSongs()
    const run = at('materialize', 'songs', '--json')
    expect(run.status).toBe(1)
    expect(document(run)).toMatchObject({ error: { code: 'corrupt-table', asset: 'songs' } })
  })

  it('does not stop a query of another table; a query of the table itself names the gap', () => {
    breakSongs()
    expect(at('query', 'pivot users on level using count(*)').status).toBe(0)
    expect(at('query', 'show tables', '--format', 'csv').stdout.split('\n')).not.toContain('songs')
    const own = at('query', 'pivot songs on year using count(*)')
    expect(own).toMatchObject({ status: 1, stdout: '' })
    expect(own.stderr).toContain(broken())
  })
})

describe('a table that another program has written to', () => {
  function commitByHand(key: string, version: number, ...actions: readonly object[]): void {
    writeFiles(directory, { [`tables/${commitPath(key, version)}`]: '' })
    appendFileSync(commitFile(key, version), actions.map((action) => `${JSON.stringify(action)}\n`).join(''))
  }
  const INFO = {
    commitInfo: { timestamp: 1_700_000_000_000, operation: 'SET TBLPROPERTIES', engineInfo: 'Apache-Spark' },
  }
  const RAISED = { minReaderVersion: 3, minWriterVersion: 7, readerFeatures: ['v2'], writerFeatures: ['v2'] }

  it('has an error that names the right rollback, and this rollback repairs it', () => {
    commitByHand('songs', 1, INFO, { protocol: RAISED })
    const remedy = 'lake --lake tables --input input rollback songs --to 0'
    for (const command of [
      ['status'],
      ['show', 'songs'],
      ['materialize', 'songs'],
      ['query', 'from songs'],
      ['verify', 'songs'],
    ]) {
      const { stdout, stderr } = at(...command)
      expect(stdout + stderr, command.join(' ')).toContain(remedy)
      expect(stdout + stderr).not.toContain('bug')
    }
    expect(at('rollback', 'songs', '--to', '0').status).toBe(0)
    expect(statusOf('songs')).toMatchObject({ state: 'fresh', version: 2 })
    expect(JSON.parse(at('query', 'select song_id from songs order by 1', '--json').stdout)).toHaveLength(2)
    expect(readFileSync(commitFile('songs', 2), 'utf8')).toContain(
      '{"protocol":{"minReaderVersion":1,"minWriterVersion":2}}',
    )
  })

  it('can be rolled back even if the program raised and lowered its protocol', () => {
    commitByHand('songs', 1, INFO, { protocol: RAISED })
    commitByHand('songs', 2, INFO, { protocol: { minReaderVersion: 1, minWriterVersion: 2 } })
    expect(at('query', 'from songs').status).toBe(0)
    expect(at('rollback', 'songs', '--to', '0').status).toBe(0)
    expect(statusOf('songs').state).toBe('fresh')
  })
})

const program = python()

describe.skipIf(program === undefined)('a table that delta-rs has changed', () => {
  const change = (what: string) => runPython(program ?? '', 'change_delta.py', [table('songs'), what])
  const songs = (...more: string[]) =>
    JSON.parse(at('query', 'select song_id, year from songs order by all', '--json', ...more).stdout)
  const ROWS = [
    { song_id: 'SO1', year: 0 },
    { song_id: 'SO2', year: 2010 },
  ]
  const twice = [ROWS[0], ROWS[0], ROWS[1]]

  it.each([
    ['z_order', 2],
    ['append', 3],
    ['add_column', 2],
    ['feature', 2],
  ])('by %s can be queried and compared in its current state', (what, rows) => {
    expect(songs()).toEqual(ROWS)
    expect(change(what)).toBe(rows)
    const expected = rows === 2 ? [ROWS, ROWS] : [twice, [ROWS[0], ROWS[1], ROWS[1]]]
    expect(expected).toContainEqual(songs())
    expect(songs('--at', 'songs=0')).toEqual(ROWS)
    const diff = at('diff', 'songs', '0', '1', '--json')
    expect(document(diff)).toMatchObject({ added: rows - 2, removed: 0, changed: 0 })
    expect(document(diff).columns.added).toEqual(what === 'add_column' ? ['mood'] : [])
    if (what === 'add_column')
      expect(document(at('query', 'select distinct mood from songs', '--json'))).toEqual([{ mood: null }])
  })

  it('in every way, one after the other, is repaired by one rollback, and keeps its description', () => {
    for (const what of ['z_order', 'append', 'add_column', 'comment', 'feature', 'deletion_vectors']) change(what)
    expect(at('rollback', 'songs', '--to', '0').status).toBe(0)
    expect(songs()).toEqual(ROWS)
    expect(statusOf('songs').state).toBe('fresh')
    expect(at('verify', 'songs').status).toBe(0)
    const read = runPython(program ?? '', 'read_delta.py', ['deltalake,duckdb,polars', table('songs')])
    for (const { rows } of Object.values((read as [Record<string, { rows: unknown[] }>])[0]))
      expect(rows).toHaveLength(2)
    const log = readFileSync(commitFile('songs', 7), 'utf8')
    expect(log).toContain('"description":"All the songs"')
    writeFiles(directory, { 'input/song_data/third.json': songLine({ song_id: 'SO3', title: 'Third', year: 2011 }) })
    expect(at('materialize').status).toBe(0)
    expect(songs()).toHaveLength(3)
  })
})
