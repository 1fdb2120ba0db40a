// A run in which an asset fails: what it skips, what it goes on with, and what it prints.
import { beforeAll, describe, expect, it } from 'vitest'
import { lake, sharedDirectory, writeFiles } from '../../support/programs/lake-process.ts'
import { document, eventsOf, finished, outcomes } from '../../support/programs/run-events.ts'
import { copyProject, edit } from '../../support/projects/project-copy.ts'
import { playLine, songLine } from '../../support/projects/source-lines.ts'

describe('a run in which an asset fails', () => {
  const directory = sharedDirectory()
  const places = ['--lake', 'tables', '--input', 'input']
  beforeAll(() => {
    copyProject(directory)
    edit(directory, 'assets/songs.ts', ['duration: double(),', 'duration: double().min(1000),'])
    writeFiles(directory, { 'input/song_data/a.json': songLine(), 'input/log_data/a.json': playLine() })
  })

  it('ends with 1, skips the assets that depend on it, and builds all others unless --fail-fast stops it', () => {
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

  it('prints the failure as text if standard output is not a terminal', () => {
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
