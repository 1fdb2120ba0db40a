// Tables whose newest commits are lost. Their logs do not show it, but the tables do that were
// built from those commits.

import { readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect, it } from 'vitest'
import { commitPath } from '../../../framework/delta/log/log-files.ts'
import { lake, writeFiles } from '../../support/programs/lake-process.ts'
import { document, outcomes } from '../../support/programs/run-events.ts'
import { builtProject, PLACES } from '../../support/projects/built-project.ts'
import { playLine, songLine } from '../../support/projects/source-lines.ts'

let directory = ''
builtProject({ 'input/song_data/a.json': songLine(), 'input/log_data/a.json': playLine() }, (own) => {
  directory = own
})
const at = (...args: string[]) => lake([...args, ...PLACES], { cwd: directory })
const table = (key: string) => join(directory, 'tables', key)
const commitFile = (key: string, version: number) => join(directory, 'tables', commitPath(key, version))
const states = () =>
  Object.fromEntries(
    document(at('status', '--json')).assets.map(({ key, state }: { key: string; state: string }) => [key, state]),
  )

/** `songs` and its downstreams know of version 1, which no other file of the log mentions. */
beforeEach(() => {
  writeFiles(directory, { 'input/song_data/b.json': songLine({ song_id: 'SO2', title: 'Second', year: 2011 }) })
  expect(at('materialize').status).toBe(0)
  expect(readdirSync(join(table('songs'), '_delta_log'))).toHaveLength(2)
})

describe('a table that has lost its newest commit, which others have read', () => {
  it('has the state failed in status and is left out of a run, with the missing file and what to do', () => {
    rmSync(commitFile('songs', 1))
    const problem = expect.stringMatching(
      `${commitFile('songs', 1)} is missing.*delete the directory ${table('songs')}`,
    )
    const { assets } = document(at('status', '--json'))
    expect(assets.find(({ key }: { key: string }) => key === 'songs')).toMatchObject({
      state: 'failed',
      version: null,
      causes: [{ kind: 'unreadable', message: problem }],
    })
    const run = at('materialize', '--json')
    expect(run.status).toBe(1)
    expect(outcomes(run)).toMatchObject({ songs: 'failed', songplays: 'skipped', users: 'fresh', artists: 'fresh' })
    expect(run.stdout).toContain(`${commitFile('songs', 1)} is missing`)
  })

  it('works again with the file, or after a rebuild, with fewer versions than others have read', () => {
    rmSync(table('songs'), { recursive: true })
    expect(at('materialize').status).toBe(0)
    expect(states()).toMatchObject({ songs: 'fresh', songplays: 'fresh' })
    // A rollback brings back songplays' record of version 1, which no longer exists.
    expect(at('rollback', 'songplays', '--to', '0').status).toBe(0)
    expect(states()).toMatchObject({ songs: 'fresh' })
    expect(at('materialize').status).toBe(0)
    expect(at('verify').status).toBe(0)
  })

  it('cannot be distinguished from an older one if no table has read the lost commit: then it is brought up to date from there', () => {
    const newest = readdirSync(join(table('songplays'), '_delta_log')).length - 1
    expect(newest).toBeGreaterThan(0)
    rmSync(commitFile('songplays', newest))
    expect(states()).not.toMatchObject({ songplays: 'failed' })
    expect(at('materialize').status).toBe(0)
    expect(at('verify').status).toBe(0)
  })
})
