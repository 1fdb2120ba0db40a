// `lake vacuum`: what it deletes, and what it keeps for versions, runs and other programs.
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { describe, expect, it } from 'vitest'
import { writeFiles } from '../../support/programs/lake-process.ts'
import { playLine, songLine } from '../../support/projects/source-lines.ts'
import { OCTOBER, versionedProject } from '../../support/projects/versioned-project.ts'

const project = versionedProject()
const { at, json, inLake, materialize, upgrade, claim, files } = project

describe('lake vacuum', () => {
  const deletedBy = (...args: string[]): readonly string[] =>
    json('vacuum', ...args).deleted.map(({ path }: { path: string }) => path)

  it('deletes no version that was the newest within a week', () => {
    upgrade()
    const before = files()
    expect(json('vacuum')).toMatchObject({ deleted: [], bytes: 0, dryRun: false })
    expect(at('vacuum').stdout).toMatch(/^Nothing to delete\.\n\nKept:\n/)
    expect(files()).toEqual(before)
  })

  it('deletes what no kept version needs, and keeps every version that it lists as kept', () => {
    upgrade()
    materialize('songs', '--full')
    writeFiles(project.directory(), { 'input/song_data/elena.json': songLine({ title: 'Setanta nits' }) })
    materialize('songs')
    const before = files()
    const planned = json('vacuum', '--older-than', '0d', '--dry-run')
    expect(planned.dryRun).toBe(true)
    expect(files()).toEqual(before)
    const done = json('vacuum', '--older-than', '0d')
    expect({ ...done, dryRun: true }).toEqual(planned)
    const paths = done.deleted.map(({ path }: { path: string }) => path)
    expect(files()).toEqual(before.filter((path) => !paths.includes(path)))
    const directories = new Set(paths.map((path: string) => path.slice(0, path.lastIndexOf('/'))))
    expect([...directories].toSorted()).toEqual(['_lake/sources/log_data', 'songs', 'users'])
    expect(done.bytes).toBeGreaterThan(0)
    for (const { asset, from, to } of done.kept.versions) {
      for (let version = from; version <= to; version++) {
        expect(at('query', `from ${asset}`, '--at', `${asset}=${version}`).status, `${asset}=${version}`).toBe(0)
      }
    }
    expect(json('verify').assets.every(({ result }: { result: string }) => result === 'equal')).toBe(true)
    expect(json('rejects', 'log_data').total).toBe(1)
    expect(deletedBy('--older-than', '0d')).toEqual([])
  })

  it('keeps the input versions of a table’s newest version, so that verify can rebuild it', () => {
    writeFiles(project.directory(), {
      'input/log_data/october.json': playLine({ ts: OCTOBER, sessionId: 11, userId: '9' }),
    })
    materialize('log_data')
    const { kept, deleted } = json('vacuum', '--older-than', '0d')
    expect(deleted).toEqual([])
    expect(kept.versions).toContainEqual({
      ...{ asset: 'log_data', from: 0, to: 0, why: 'what songplays, time, users was made from' },
    })
    expect(json('verify', 'users').assets).toMatchObject([{ result: 'equal' }])
    materialize()
    expect(deletedBy('--older-than', '0d')).toEqual(expect.arrayContaining([expect.stringMatching(/^log_data\/part-/)]))
  })

  it('keeps the unpublished files of a killed run while another run is active', async () => {
    writeFiles(inLake(), {
      'users/part-0.parquet': 'never published',
      '_lake/sources/log_data/manifest-0.json.gz': 'never published',
      'users/.tmp-0': 'half',
      'users/README': 'somebody’s own',
      'stranger/part-0.parquet': 'another project’s',
    })
    const before = files()
    const runId = await claim('users', 'songs')
    const { deleted, kept } = json('vacuum', '--older-than', '0d')
    expect(deleted).toEqual([])
    expect(kept.files).toEqual([
      { path: 'users/.tmp-0', size: 4, why: 'half-written, less than an hour ago' },
      { path: 'users/part-0.parquet', size: 15, why: `${runId} is building users` },
      {
        path: '_lake/sources/log_data/manifest-0.json.gz',
        size: 15,
        why: `less than an hour old while ${runId} is at work`,
      },
    ])
    expect(files()).toEqual(before)
  })

  it('deletes the unpublished files of a killed run when no run is active', () => {
    writeFiles(inLake(), {
      'users/part-0.parquet': 'never published',
      '_lake/sources/log_data/manifest-0.json.gz': 'never published',
      'users/README': 'somebody’s own',
      'stranger/part-0.parquet': 'another project’s',
    })
    expect(deletedBy()).toEqual(['users/part-0.parquet', '_lake/sources/log_data/manifest-0.json.gz'])
    expect(existsSync(inLake('users/README')) && existsSync(inLake('stranger/part-0.parquet'))).toBe(true)
  })

  it('keeps versions that an active run may still be reading', async () => {
    await claim('songs')
    upgrade()
    const { deleted, kept } = json('vacuum', '--older-than', '0d')
    expect(deleted).toEqual([])
    expect(kept.versions).toContainEqual({ asset: 'users', from: 0, to: 0, why: 'the newest within the retention' })
  })

  it('deletes the scratch directory of a dead run, and keeps that of an active run', async () => {
    const claimed = await claim('users')
    const runId = '20181121T215647796Z-00dead'
    const dead = {
      ...{ key: 'songs', runId },
      host: hostname(),
      pid: 4_194_305,
      expiresAt: '2999-01-01T00:00:00.000Z',
    }
    writeFiles(inLake(), {
      '_lake/claims/songs.00000099.json': JSON.stringify(dead),
      [`_lake/scratch/${runId}/songs/part.parquet`]: 'unfinished',
    })
    mkdirSync(inLake('_lake/scratch', claimed))
    writeFileSync(inLake('_lake/scratch', claimed, 'part.parquet'), 'unfinished')
    expect(json('vacuum').deleted).toEqual([{ path: `_lake/scratch/${runId}`, size: 10, why: 'its run is dead' }])
    expect(readdirSync(inLake('_lake/scratch'))).toEqual([claimed])
  })

  it('refuses an invalid age, and refuses to run twice at once', async () => {
    for (const time of ['7', 'd', '-1d', '1.5h', '7 days']) {
      expect(at('vacuum', `--older-than=${time}`), time).toMatchObject({ status: 2 })
    }
    await claim('_files')
    expect(at('vacuum')).toMatchObject({
      status: 3,
      stderr: expect.stringContaining('files are being deleted or rolled back'),
    })
    expect(at('vacuum', '--dry-run').status).toBe(0)
  })
})
