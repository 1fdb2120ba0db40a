// lake cannot write to a lake, or the files of the lake are lost or damaged.
import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, readdirSync, rmSync, truncateSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { type LakeOptions, lake, writeFiles } from '../../support/programs/lake-process.ts'
import { allowEveryUser, canBeOtherUser, OTHER_USER } from '../../support/programs/other-user.ts'
import { document, outcomes } from '../../support/programs/run-events.ts'
import { oneSongProject, runFailure } from '../../support/projects/one-song-project.ts'
import { playLine, songLine } from '../../support/projects/source-lines.ts'

const project = oneSongProject()
const { at, rows, expectNothingLost } = project

const SOURCES = ['song_data', 'log_data']

describe('the directory of the lake', () => {
  const elsewhere = (tables: string, options: LakeOptions = {}) =>
    lake(['materialize', '--concurrency', '1', '--json', '--lake', tables, '--input', 'input'], {
      cwd: project.directory(),
      ...options,
    })

  it.each([['a-file'], ['a-file/tables']])('is %s: status 1, and lake does not change the file', (tables) => {
    writeFiles(project.directory(), { 'a-file': 'precious' })
    const result = elsewhere(tables)
    expect(result.status).toBe(1)
    expect(document(result)).toEqual({
      error: {
        code: 'storage',
        message: expect.stringMatching(/a-file.*a file where a directory is needed/),
        remedy: expect.any(String),
      },
    })
  })

  it.skipIf(!canBeOtherUser)('is not writable: status 1, and the error names it', () => {
    allowEveryUser(project.directory())
    mkdirSync(join(project.directory(), 'closed'))
    chmodSync(join(project.directory(), 'closed'), 0o555)
    const result = elsewhere('closed', OTHER_USER)
    chmodSync(join(project.directory(), 'closed'), 0o755)
    expect(result.status).toBe(1)
    expect(document(result)).toEqual({
      error: {
        code: 'storage',
        message: expect.stringMatching(/closed.*not writable for this user/),
        remedy: expect.any(String),
      },
    })
  })

  it('is on a full disk: status 1, nothing is half-written, and a run with more room builds the rest', (context) => {
    const disk = join(project.directory(), 'disk')
    mkdirSync(disk)
    if (spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=1500k', 'tmpfs', disk]).status !== 0) {
      context.skip('not tried: a full disk, since mounting a small one is not possible here')
    }
    try {
      // The lines begin with white space, so that lake packs the files into one file in the lake.
      const events = Array.from(
        { length: 20_000 },
        (_, item) => ` ${playLine({ sessionId: 7, itemInSession: item, ts: 1.5e12 + item })}`,
      )
      writeFiles(project.directory(), { 'input/log_data/many.json': events.join('\n') })
      const full = elsewhere(join(disk, 'tables'))
      expect(full.status).toBe(1)
      expect(outcomes(full)).toMatchObject({ log_data: 'failed', songplays: 'skipped' })
      expect(runFailure(full)).toMatchObject({
        code: 'storage',
        message: expect.stringMatching(/no space left|disk is full/i),
      })
      expect(existsSync(join(disk, 'tables/log_data'))).toBe(false)
      expect(readdirSync(join(disk, 'tables/_lake/scratch'))).toEqual([])

      expect(spawnSync('mount', ['-o', 'remount,size=64m', disk]).status).toBe(0)
      expect(elsewhere(join(disk, 'tables')).status).toBe(0)
    } finally {
      spawnSync('umount', ['-l', disk])
    }
  })
})

describe('a damaged lake', () => {
  const file = (table: string, suffix: string, below = '') => {
    const path = join(project.directory(), 'tables', table, below)
    const name = readdirSync(path).find((candidate) => candidate.endsWith(suffix))
    if (name === undefined) throw new Error(`there is no ${suffix} in ${path}`)
    return join(path, name)
  }

  it('with a cut log file: the error names the file and a remedy that works', () => {
    const log = file('songs', '.json', '_delta_log')
    truncateSync(log, 200)
    for (const command of [['materialize'], ['query', 'from songs'], ['history', 'songs']]) {
      const { status, stdout, stderr } = at(command)
      expect(status).toBe(1)
      expect(stdout + stderr).toContain(log)
      expect(stdout + stderr).toContain(`delete the directory ${join(project.directory(), 'tables/songs')}`)
    }
    expect(document(at(['status', '--json'])).assets[3].causes[0].message).toContain(log)
    rmSync(join(project.directory(), 'tables/songs'), { recursive: true })
    expect(at(['materialize']).status).toBe(0)
    expectNothingLost()
  })

  it.each([
    ['without', (path: string) => rmSync(path), 'is missing'],
    ['with a cut', (path: string) => truncateSync(path, 100), 'has 100 bytes and not'],
  ])('%s data file: the error names the file and a remedy that works', (_, spoil, problem) => {
    const path = file('song_data', '.parquet')
    spoil(path)
    const query = at(['query', 'select count(title) from song_data'])
    expect(query).toMatchObject({ status: 1, stdout: '' })
    expect(query.stderr).toContain(`${path} ${problem}`)
    expect(query.stderr).toContain('lake --lake tables --input input materialize song_data --full')
    const build = at(['materialize', 'songs', '--full', '--json'])
    expect(build.status).toBe(1)
    expect(runFailure(build)).toMatchObject({ code: 'corrupt-table', asset: 'song_data' })
    expect(runFailure(build)?.message).toContain(path)

    writeFiles(project.directory(), { 'input/song_data/good.json': songLine({ title: 'Setanta nits' }) })
    const ingest = at(['materialize', 'song_data', '--json'])
    expect(ingest.status).toBe(1)
    expect(runFailure(ingest)).toMatchObject({ code: 'corrupt-table', asset: 'song_data' })
    writeFiles(project.directory(), { 'input/song_data/good.json': songLine() })

    expect(at(['materialize', 'song_data', '--full']).status).toBe(0)
    expect(rows('select song_id from song_data')).toEqual([{ song_id: 'SO1' }])
    expect(at(['materialize', 'songs', '--full']).status).toBe(0)
  })

  it.each([
    ['without the list of a source’s files', () => rmSync(file('_lake', '.gz', 'sources/song_data')), ['song_data']],
    [
      'with a cut list of a source’s files',
      () => truncateSync(file('_lake', '.gz', 'sources/log_data'), 20),
      ['log_data'],
    ],
    [
      'without all that is beside its tables',
      () => rmSync(join(project.directory(), 'tables/_lake'), { recursive: true }),
      SOURCES,
    ],
  ])('%s: the plan says so, and the next run reads the source anew', (_, spoil, sources) => {
    spoil()
    const { steps } = document(at(['plan', '--json']))
    const anew = steps.filter(({ conditional }: { readonly conditional: boolean }) => !conditional)
    expect(anew.map(({ asset }: { readonly asset: string }) => asset)).toEqual(sources)
    expect(anew[0].causes[0]).toMatchObject({
      ...{ kind: 'source-changed', changed: 1 },
      message: expect.stringMatching(/^all files are read anew: the list .* is lost \(.*manifest/),
    })
    const result = at(['materialize', '--json'])
    expect(result.status).toBe(0)
    for (const key of sources) expect(outcomes(result)).toMatchObject({ [key]: 'unchanged' })
    expect(outcomes(result)).toMatchObject({ songs: 'fresh', songplays: 'fresh' })
    expectNothingLost()
    expect(document(at(['plan', '--json']))).toEqual({ steps: [] })
  })

  it('without its manifests, and with a changed source file: the changed row replaces the old row', () => {
    rmSync(join(project.directory(), 'tables/_lake'), { recursive: true })
    writeFiles(project.directory(), { 'input/song_data/good.json': songLine({ title: 'Setanta nits' }) })
    expect(at(['materialize']).status).toBe(0)
    expect(rows('select title from song_data')).toEqual([{ title: 'Setanta nits' }])
    expect(rows('select title from songs')).toEqual([{ title: 'Setanta nits' }])
  })

  it('with damaged notes of failures and claims works as before', () => {
    writeFiles(project.directory(), {
      'tables/_lake/failures/songs.json': 'garbage',
      'tables/_lake/claims/songs.00000077.json': 'garbage',
    })
    expect(document(at(['status', '--json'])).assets[3]).toMatchObject({ key: 'songs', state: 'fresh' })
    expect(at(['materialize', 'songs', '--full']).status).toBe(0)
    expect(document(at(['status', '--json'])).assets[3]).toMatchObject({ key: 'songs', state: 'fresh' })
  })
})
