// A refresh that only repeats the newest version adds no version.
import { readdirSync, rmSync, utimesSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { finished, outcomes } from '../../support/programs/run-events.ts'
import { edit } from '../../support/projects/project-copy.ts'
import { versionedProject } from '../../support/projects/versioned-project.ts'

const project = versionedProject()
const { at, json, inLake, files } = project

/** Maps each asset to its newest version. */
const versions = (): Readonly<Record<string, number>> =>
  Object.fromEntries(json('status').assets.map(({ key, version }: { key: string; version: number }) => [key, version]))

describe('a full refresh', () => {
  it('adds no version and no file if files, code, inputs, checks and rows are the same', () => {
    const [before, old] = [files(), versions()]
    const run = at('materialize', '--full', '--json')
    expect([...new Set(Object.values(outcomes(run)))]).toEqual(['unchanged'])
    expect(finished(run).assets).toContainEqual({
      ...{ key: 'songs', outcome: 'unchanged', version: 0, rowsWritten: 0, partitionsWritten: 0 },
    })
    expect(versions()).toEqual(old)
    const left = files().filter((path) => !path.startsWith('_lake/runs/'))
    expect(left).toEqual(before.filter((path) => !path.startsWith('_lake/runs/')))
    expect(at('verify').status).toBe(0)
    expect(json('plan')).toMatchObject({ steps: [] })
    expect(json('rejects', 'log_data').total).toBe(1)
  })

  it('adds a version with the new source file if the file was written again with the same lines', () => {
    const file = join(project.directory(), 'input/song_data/elena.json')
    utimesSync(file, 1_700_000_000, 1_700_000_000)
    expect(outcomes(at('materialize', '--full', '--json'))).toMatchObject({
      song_data: 'unchanged',
      songs: 'unchanged',
    })
    expect(versions()).toMatchObject({ song_data: 1, log_data: 0, songs: 1, users: 0 })
    expect(json('plan')).toMatchObject({ steps: [] })
  })

  it('adds a version if the list of source files, or of refused lines, was lost', () => {
    for (const name of readdirSync(inLake('_lake/sources/log_data'))) rmSync(inLake('_lake/sources/log_data', name))
    expect(at('materialize', '--full').status).toBe(0)
    expect(versions()).toMatchObject({ log_data: 1, song_data: 0 })
    expect(json('rejects', 'log_data').total).toBe(1)
  })

  it('adds a version if other checks have passed', () => {
    edit(project.directory(), 'assets/songs.ts', [
      "primaryKey: ['song_id'],",
      "primaryKey: ['song_id'], checks: [sqlCheck('some', 'true')],",
    ])
    edit(project.directory(), 'assets/songs.ts', ['byKey, defineAsset,', 'byKey, defineAsset, sqlCheck,'])
    expect(at('materialize', '--full').status).toBe(0)
    expect(versions()).toMatchObject({ songs: 1, artists: 0 })
  })
})
