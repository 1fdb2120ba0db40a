// Some tables have lost their newest commits. Their logs do not show the loss, but the tables that
// were built from the lost commits do.

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

/**
 * Gives `songs` a version 1, which its downstreams record as their input. No other file of the log
 * mentions version 1.
 */
beforeEach(() => {
  writeFiles(directory, { 'input/song_data/b.json': songLine({ song_id: 'SO2', title: 'Second', year: 2011 }) })
  expect(at('materialize').status).toBe(0)
  expect(readdirSync(join(table('songs'), '_delta_log'))).toHaveLength(2)
})

describe('a table that has lost its newest commit after other tables have read it', () => {
  it('has the state failed in status; a run leaves it out, and names the missing file and what to do', () => {
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

  it('works again once the file is back, or after a rebuild, even if others have read later versions', () => {
    rmSync(table('songs'), { recursive: true })
    expect(at('materialize').status).toBe(0)
    expect(states()).toMatchObject({ songs: 'fresh', songplays: 'fresh' })
    // A rollback brings back songplays' record of version 1, which no longer exists.
    expect(at('rollback', 'songplays', '--to', '0').status).toBe(0)
    expect(states()).toMatchObject({ songs: 'fresh' })
    expect(at('materialize').status).toBe(0)
    expect(at('verify').status).toBe(0)
  })

  it('looks like an older table if no other table has read the lost commit; a run brings it up to date from there', () => {
    const newest = readdirSync(join(table('songplays'), '_delta_log')).length - 1
    expect(newest).toBeGreaterThan(0)
    rmSync(commitFile('songplays', newest))
    expect(states()).not.toMatchObject({ songplays: 'failed' })
    expect(at('materialize').status).toBe(0)
    expect(at('verify').status).toBe(0)
  })
})
