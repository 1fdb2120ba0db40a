// Assets get another key: lake moves their tables, and builds nothing anew.

import { existsSync, readdirSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { claimAssets } from '../../../framework/run/claims/claim-assets.ts'
import { newRunId } from '../../../framework/run/run-id.ts'
import { localStorage } from '../../../framework/storage/local/local-storage.ts'
import { type LakeResult, lake, writeFiles } from '../../support/programs/lake-process.ts'
import { document, eventsOf, finished, outcomes, ran } from '../../support/programs/run-events.ts'
import { builtProject, PLACES } from '../../support/projects/built-project.ts'
import { edit } from '../../support/projects/project-copy.ts'
import { playLine, songLine } from '../../support/projects/source-lines.ts'

let directory = ''
builtProject(
  {
    'input/song_data/a.json': songLine(),
    'input/song_data/bad.json': [...Array(150).keys()].map((n) => songLine({ song_id: `SO${n + 9}` })).join('\n').concat('\nno json'), // biome-ignore format: one line
    'input/log_data/a.json': playLine(),
  },
  (own) => {
    directory = own
  },
)
const MOVED = ['--source', 'catalog=input/song_data'] as const
const at = (...args: string[]) => lake([...args, ...PLACES], { cwd: directory })
const inLake = (...path: string[]) => join(directory, 'tables', ...path)
const rows = (key: string, ...flags: string[]) =>
  at('query', `select * from ${key} order by all`, '--json', ...flags).stdout
const statusOf = (result: LakeResult, key: string) =>
  document(result).assets.find((asset: { readonly key: string }) => asset.key === key)

/** Gives `songs`, to which a check of songplays refers, the key `tracks`. */
const renameSongs = (more = '') => edit(directory, 'assets/songs.ts', ["key: 'songs',", `key: 'tracks', formerly: 'songs',${more}`]) // biome-ignore format: one line
/** Gives `song_data`, from which songs, artists and songplays are built, the key `catalog`. */
const renameSource = () => edit(directory, 'assets/sources.ts', ["key: 'song_data',", "key: 'catalog', formerly: 'song_data',"]) // biome-ignore format: one line
const secondSong = () => writeFiles(directory, { 'input/song_data/b.json': songLine({ song_id: 'SO2', title: 'Second' }) }) // biome-ignore format: one line

describe('a table with a former key', () => {
  it('is shown as moved in plan and status, and is fresh before and after the move', () => {
    renameSongs()
    expect(statusOf(at('status', '--json'), 'tracks')).toMatchObject({ state: 'fresh', version: 0, movedFrom: 'songs' })
    expect(document(at('status', '--json')).undeclared).toBeUndefined()
    expect(at('status').stdout).toContain('moved from songs')
    const plan = document(at('plan', '--json'))
    expect(plan.steps).toMatchObject([
      {
        asset: 'tracks',
        mode: 'rename',
        movedFrom: 'songs',
        causes: [{ kind: 'renamed', from: 'songs', to: 'tracks' }],
      },
      { asset: 'songplays', mode: 'rename', causes: [{ message: 'its upstream songs is called tracks now' }] },
    ])
    expect(at('plan').stdout).toContain('moved from songs')
    expect(existsSync(inLake('tracks'))).toBe(false)
    expect(at('drop', 'songs', '--yes')).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('tracks was formerly songs, and the next run moves this table to it'),
    })
    expect(at('materialize').status).toBe(0)
    const after = statusOf(at('status', '--json'), 'tracks')
    expect(after).toMatchObject({ state: 'fresh', version: 0, rows: 151 })
    expect([after.movedFrom, after.warnings]).toEqual([undefined, undefined])
    expect(document(at('plan', '--json'))).toEqual({ steps: [] })
  })

  it('keeps its rows, versions and readers; nothing is built, and the old table is removed', () => {
    secondSong()
    expect(at('materialize').status).toBe(0)
    const [newest, first] = [rows('songs'), rows('songs', '--at', 'songs=0')]
    renameSongs()
    const run = at('materialize', '--json')
    expect(run.status).toBe(0)
    expect(ran(run)).toEqual(['songplays', 'tracks'])
    expect(outcomes(run)).toMatchObject({ tracks: 'unchanged', songplays: 'unchanged' })
    expect(outcomes(run)).not.toHaveProperty('songs')
    expect(finished(run).assets.every(({ rowsWritten }) => rowsWritten === 0)).toBe(true)
    expect([rows('tracks'), rows('tracks', '--at', 'tracks=0')]).toEqual([newest, first])
    expect(document(at('status', '--json')).undeclared).toBeUndefined()
    expect(existsSync(inLake('songs/_delta_log/00000000000000000000.json'))).toBe(false)
    expect(at('verify').status).toBe(0)
    expect(at('rollback', 'tracks', '--to', '0').status).toBe(0)
    expect(rows('tracks')).toEqual(first)
  })

  it('does not need `formerly` after the move', () => {
    const undo = renameSongs()
    expect(at('materialize').status).toBe(0)
    undo()
    edit(directory, 'assets/songs.ts', ["key: 'songs',", "key: 'tracks',"])
    expect(document(at('plan', '--json'))).toEqual({ steps: [] })
  })

  it('is moved first if it is also stale, and then follows by an increment', () => {
    renameSongs()
    secondSong()
    const plan = document(at('plan', '--json'))
    const step = (key: string) => plan.steps.find(({ asset }: { readonly asset: string }) => asset === key)
    expect(step('tracks')).toMatchObject({ mode: 'keys', movedFrom: 'songs', conditional: true })
    const run = at('materialize', '--json')
    expect(run.status).toBe(0)
    expect(finished(run).assets.find(({ key }) => key === 'tracks')).toMatchObject({
      version: 1,
      outcome: 'materialized',
    })
    expect(at('verify').status).toBe(0)
    expect(document(at('plan', '--json'))).toEqual({ steps: [] })
  })

  it('is rebuilt after the move if its query changed', () => {
    renameSongs()
    edit(directory, 'assets/songs.ts', ["'duration'])", "'duration']).where('title', '<>', 'x')"])
    const run = at('materialize', '--json')
    expect(run.status).toBe(0)
    expect(finished(run).assets.find(({ key }) => key === 'tracks')).toMatchObject({ version: 1 })
    expect(document(at('plan', '--json'))).toEqual({ steps: [] })
    expect(existsSync(inLake('songs/_delta_log/00000000000000000000.json'))).toBe(false)
  })

  it('is neither moved nor overwritten while another run has claimed the old key', async () => {
    renameSongs()
    const claim = await claimAssets(localStorage(inLake()), ['songs'], newRunId(new Date()))
    expect(at('materialize').status).toBe(3)
    expect(existsSync(inLake('tracks'))).toBe(false)
    if (claim.kind === 'claimed') await claim.claims.release()
    expect(at('materialize').status).toBe(0)
  })
})

describe('a source with a former key', () => {
  it('is not read again; its downstreams stay fresh, and its refused lines and older versions are moved too', () => {
    secondSong()
    expect(at('materialize').status).toBe(0)
    const rejects = document(at('rejects', 'song_data', '--json'))
    renameSource()
    const run = at('materialize', '--json', ...MOVED)
    expect(run.status).toBe(0)
    expect(
      eventsOf(run).flatMap((event) => (event.type === 'step-started' ? [[event.asset, event.mode]] : [])),
    ).toEqual(
      expect.arrayContaining([
        ['catalog', 'rename'],
        ['artists', 'rename'],
        ['songs', 'rename'],
        ['songplays', 'rename'],
      ]),
    )
    expect(ran(run)).toHaveLength(4)
    expect(document(at('plan', '--json', ...MOVED))).toEqual({ steps: [] })
    expect(document(at('rejects', 'catalog', '--json', ...MOVED))).toEqual(rejects)
    expect(rejects.rejects).toMatchObject([{ file: 'bad.json', line: 151, text: 'no json' }])
    expect(readdirSync(inLake('_lake/sources'))).toContain('catalog')
    expect(at('verify', ...MOVED).status).toBe(0)
    // An increment looks up the version from which the table was built, and a rollback looks up the
    // file list of an older version.
    writeFiles(directory, { 'input/song_data/c.json': songLine({ song_id: 'SO3', title: 'Third' }) })
    const more = at('materialize', '--json', ...MOVED)
    expect(finished(more).assets.find(({ key }) => key === 'songs')).toMatchObject({ rowsWritten: expect.any(Number) })
    expect(more.stdout).not.toContain('full refresh')
    expect(at('rollback', 'catalog', '--to', '0', ...MOVED).status).toBe(0)
    expect(at('materialize', ...MOVED).status).toBe(0)
    expect(at('verify', ...MOVED).status).toBe(0)
  })
})

describe('if tables exist under both keys', () => {
  it('lake says so, uses the table of the newer key, and overwrites neither', () => {
    const old = rows('songs')
    const undo = edit(directory, 'assets/songs.ts', ["key: 'songs',", "key: 'tracks',"])
    expect(at('materialize').status).toBe(0)
    undo()
    renameSongs()
    const said = expect.stringMatching(/it was formerly songs, and both tables exist.*drop songs/)
    const status = at('status', '--json')
    expect(statusOf(status, 'tracks')).toMatchObject({ state: 'fresh', warnings: [said] })
    expect(document(status).undeclared).toEqual(['songs'])
    expect(document(at('plan', '--json'))).toMatchObject({ steps: [], warnings: [{ asset: 'tracks', message: said }] })
    const run = at('materialize', '--json')
    expect(run.status).toBe(0)
    expect(run.stdout).toContain('both tables exist')
    expect(existsSync(inLake('songs/_delta_log/00000000000000000000.json'))).toBe(true)
    // To use the old table, the user moves the newer table away.
    renameSync(inLake('tracks'), join(directory, 'away'))
    expect(at('materialize').status).toBe(0)
    expect(rows('tracks')).toEqual(old)
    expect(document(at('status', '--json')).undeclared).toBeUndefined()
  })
})
