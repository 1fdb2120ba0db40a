// `lake rollback`: an earlier version comes back as a new one.
import { rmSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { onlyFile } from '../../support/lakes/damage.ts'
import { writeFiles } from '../../support/programs/lake-process.ts'
import { edit } from '../../support/projects/project-copy.ts'
import { versionedProject } from '../../support/projects/versioned-project.ts'

const project = versionedProject()
const { at, json, inLake, rows, levels, materialize, upgrade, states, claim, files } = project
const ASSETS = ['artists', 'log_data', 'song_data', 'songplays', 'songs', 'time', 'users']
const FREE = [
  { user_id: '15', level: 'paid' },
  { user_id: '8', level: 'free' },
]
const PAID = [
  { user_id: '15', level: 'paid' },
  { user_id: '8', level: 'paid' },
]

describe('lake rollback', () => {
  it('brings back the rows of an earlier version, and makes the table stale', () => {
    upgrade()
    expect(levels()).toEqual(PAID)
    const rolledBack = json('rollback', 'users', '--to', '0')
    expect(rolledBack).toEqual({
      ...{ asset: 'users', to: 0, outcome: 'rolled-back', from: 1, version: 2, rows: 2, runId: expect.any(String) },
    })
    expect(levels()).toEqual(FREE)
    expect(levels('--at', 'users=1')).toEqual(PAID)
    expect(states()).toEqual({ ...Object.fromEntries(ASSETS.map((key) => [key, 'fresh'])), users: 'stale' })
    const [newest] = json('history', 'users').versions
    expect(newest).toMatchObject({ version: 2, operation: 'ROLLBACK', runId: rolledBack.runId, rows: 2 })
    materialize()
    expect(levels()).toEqual(PAID)
  })

  it('also brings back the manifest and the refused lines of a source, and makes the downstreams of the source stale', () => {
    writeFiles(project.directory(), { 'input/log_data/refused.json': '' })
    upgrade()
    expect(json('rejects', 'log_data').total).toBe(0)
    expect(at('rollback', 'log_data', '--to', '0').status).toBe(0)
    expect(json('rejects', 'log_data').total).toBe(1)
    const stale = ['log_data', 'songplays', 'time', 'users']
    expect(
      Object.entries(states())
        .flatMap(([key, state]) => (state === 'stale' ? [key] : []))
        .toSorted(),
    ).toEqual(stale)
    const before = rows('select * from songplays order by all')
    materialize()
    expect(states().users).toBe('fresh')
    expect(rows('select * from songplays order by all')).toEqual(before)
    expect(json('verify').assets.every(({ result }: { result: string }) => result === 'equal')).toBe(true)
  })

  it('brings back the schema of the earlier version', () => {
    edit(project.directory(), 'assets/users.ts', ['gender: text().nullable(),', 'sex: text().nullable(),'])
    edit(project.directory(), 'assets/users.ts', ["'gender', 'level']),", "'gender as sex', 'level']),"])
    materialize('users')
    expect(Object.keys(rows('from users')[0])).toContain('sex')
    expect(at('rollback', 'users', '--to', '0').status).toBe(0)
    expect(Object.keys(rows('from users')[0])).toContain('gender')
    expect(Object.keys(rows('from users', '--at', 'users=1')[0])).toContain('sex')
    expect(json('status').assets.find(({ key }: { key: string }) => key === 'users').causes).toMatchObject([
      { kind: 'code-changed', changes: expect.arrayContaining(['column sex added']) },
    ])
    materialize('users')
    expect(Object.keys(rows('from users')[0])).toContain('sex')
  })

  it('does nothing, and says so, if it names the newest version', () => {
    const before = files()
    expect(at('rollback', 'users', '--to', '0')).toMatchObject({
      ...{ status: 0, stdout: 'Nothing to do: version 0 is the newest of users.\n' },
    })
    expect(json('rollback', 'users', '--to', '0')).toMatchObject({ outcome: 'unchanged', version: 0 })
    expect(files()).toEqual(before)
  })

  it('refuses a version that does not exist; for a vacuumed version it names the lost files', async () => {
    expect(at('rollback', 'users', '--to', '7')).toMatchObject({
      ...{
        status: 2,
        stderr:
          'lake: There is no version 7 of users: it has only version 0. Run `lake --lake tables --input input history users` to list its versions.\n',
      },
    })
    expect(at('rollback', 'users').status).toBe(2)
    expect(at('rollback', 'users', '--to', 'x').status).toBe(2)
    expect(at('rollback', 'nobody', '--to', '0').status).toBe(2)
    const { path } = await onlyFile(inLake(), 'users')
    upgrade()
    expect(at('vacuum', '--older-than', '0d').status).toBe(0)
    const refused = at('rollback', 'users', '--to', '0')
    expect(refused.status).toBe(2)
    expect(refused.stderr).toContain(`users/${path} is missing`)
    expect(json('history', 'users').versions).toHaveLength(2)
    rmSync(inLake('users'), { recursive: true })
    expect(at('rollback', 'users', '--to', '0')).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('not been built'),
    })
  })

  it('ends with 3 at once while a run builds the asset, or while a vacuum runs', async () => {
    upgrade()
    const runId = await claim('users')
    expect(at('rollback', 'users', '--to', '0')).toMatchObject({ status: 3, stderr: expect.stringContaining(runId) })
    await claim('_files')
    expect(at('rollback', 'time', '--to', '0')).toMatchObject({ status: 3 })
    expect(levels()).toEqual(PAID)
  })
})
