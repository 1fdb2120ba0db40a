// `lake preview` shows what an asset’s query gives. `lake dev` shows what a change of the project
// would do. Both publish nothing.
import { describe, expect, it } from 'vitest'
import { lake, startLake, writeFiles } from '../../support/programs/lake-process.ts'
import { document } from '../../support/programs/run-events.ts'
import { builtProject, PLACES } from '../../support/projects/built-project.ts'
import { edit } from '../../support/projects/project-copy.ts'
import { playLine, songLine } from '../../support/projects/source-lines.ts'

let directory = ''
builtProject(
  {
    'input/song_data/elena.json': songLine(),
    'input/song_data/camila.json': songLine({ song_id: 'SO2', title: 'Bring Me', artist_id: 'AR2', year: 2010 }),
    'input/log_data/november.json': playLine(),
  },
  (own) => {
    directory = own
  },
)
const at = (...args: string[]) => lake([...args, ...PLACES], { cwd: directory })
const ONLY_NEW: readonly [string, string] = ["'duration']),", "'duration']).where('year', '>', 2000),"]

describe('lake preview', () => {
  it('shows what the edited query would give and what it read, and publishes nothing', () => {
    expect(document(at('preview', 'songs', '--rows', '1', '--json'))).toMatchObject({
      ...{ asset: 'songs', rows: [{ song_id: expect.any(String) }], more: true },
      upstream: [{ name: 'catalog', key: 'song_data', version: 0, rows: 2, sampled: false, mostRead: null }],
    })
    edit(directory, 'assets/songs.ts', ONLY_NEW)
    const { status, stdout } = at('preview', 'songs')
    expect(status).toBe(0)
    expect(stdout).toMatch(/SO2 .*Bring Me/)
    expect(stdout).not.toContain('Setanta matins')
    expect(stdout).toMatch(/read all 2 rows of song_data \(version 0\)\nNothing was published\./)
    expect(document(at('history', 'songs', '--json')).versions).toHaveLength(1)
  })

  it('refuses a source, and names the upstream that has not been built', () => {
    expect(at('preview', 'song_data')).toMatchObject({ status: 2, stderr: expect.stringContaining('is a source') })
    const empty = lake(['preview', 'songs', '--lake', 'none', '--input', 'input'], { cwd: directory })
    expect(empty).toMatchObject({ status: 1, stderr: expect.stringContaining('song_data, which has not been built') })
  })
})

describe('lake query --at RUN', () => {
  it('reads every table as the run left it', () => {
    writeFiles(directory, { 'input/song_data/third.json': songLine({ song_id: 'SO3', title: 'Third', year: 2011 }) })
    expect(at('materialize').status).toBe(0)
    const [second, first] = document(at('runs', '--json')).runs as readonly { readonly runId: string }[]
    const songs = (...flags: string[]) => document(at('query', 'select count(*) as n from songs', '--json', ...flags))
    expect(songs('--at', first?.runId ?? '')).toEqual([{ n: '2' }])
    expect(songs('--at', second?.runId ?? '')).toEqual([{ n: '3' }])
    expect(songs('--at', 'last', '--at', 'songs=0')).toEqual([{ n: '2' }])
    expect(at('query', 'from songs', '--at', 'yesterday')).toMatchObject({
      ...{ status: 2, stderr: expect.stringContaining('neither a run nor ASSET=VERSION') },
    })
  })
})

describe('lake dev', () => {
  it('plans again and shows the first rows when the user edits an asset, survives a mistake, and ends at a signal', async () => {
    const dev = startLake(['dev', '--json', ...PLACES], { cwd: directory })
    await dev.printed(/"type":"planned".*"fresh":7/)
    const undo = edit(directory, 'assets/songs.ts', ONLY_NEW)
    await dev.printed(/"type":"planned".*"changed":\["assets\/songs.ts"\].*"asset":"songs".*code-changed/)
    await dev.printed(/"type":"previewed".*"asset":"songs","rows":\[\{"song_id":"SO2"/)
    undo()
    edit(directory, 'assets/songs.ts', ['duration: double()', 'duration: text()'])
    await dev.printed(/"type":"not-planned".*declared text/)
    edit(directory, 'assets/songs.ts', ['duration: text()', 'duration: double()'])
    await dev.printed(/not-planned[\s\S]*"type":"planned"/)
    dev.process.kill('SIGINT')
    expect((await dev.ended).status).toBe(130)
    expect(document(at('history', 'songs', '--json')).versions).toHaveLength(1)
  })

  it('shows the errors of the project’s compiler, first those of the edited file', async () => {
    // A stand-in for a compiler of any version: it prints what TypeScript prints.
    writeFiles(directory, {
      'tsconfig.json': '{}',
      'package.json': '{ "type": "module" }',
      'node_modules/typescript/package.json': '{ "name": "typescript", "version": "0.0.0" }',
      'node_modules/typescript/bin/tsc': `
        console.log('assets/a.ts(1,1): error TS1000: Elsewhere.')
        console.log('assets/songs.ts(2,1): error TS1001: Here.')
        process.exitCode = 2`,
    })
    const dev = startLake(['dev', ...PLACES], { cwd: directory })
    await dev.printed(/types: 2 errors\n {2}assets\/a.ts\(1,1\)/)
    edit(directory, 'assets/songs.ts', ONLY_NEW)
    await dev.printed(/types: 2 errors\n {2}assets\/songs.ts\(2,1\): error TS1001: Here\./)
    await dev.printed(/first rows of songs:\nsong_id/)
    dev.process.kill('SIGTERM')
    expect((await dev.ended).status).toBe(130)
  })
})
