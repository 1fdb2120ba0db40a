// Tables that no asset declares: status and doctor name them, and drop removes them.

import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { claimAssets } from '../../../framework/run/claims/claim-assets.ts'
import { newRunId } from '../../../framework/run/run-id.ts'
import { localStorage } from '../../../framework/storage/local/local-storage.ts'
import { lake } from '../../support/programs/lake-process.ts'
import { document } from '../../support/programs/run-events.ts'
import { builtProject, PLACES } from '../../support/projects/built-project.ts'
import { edit } from '../../support/projects/project-copy.ts'
import { playLine, songLine } from '../../support/projects/source-lines.ts'

let directory = ''
builtProject({ 'input/song_data/a.json': songLine(), 'input/log_data/a.json': playLine() }, (own) => {
  directory = own
})
const at = (...args: string[]) => lake([...args, ...PLACES], { cwd: directory })
const inLake = (...path: string[]) => join(directory, 'tables', ...path)

/** Gives the asset `time` the key `moments`. */
const rename = () => edit(directory, 'assets/time.ts', ["key: 'time'", "key: 'moments'"])

describe('a table that no asset declares', () => {
  it('is named by status and doctor; a directory that is not a table is not named', () => {
    mkdirSync(inLake('notes'))
    expect(document(at('status', '--json')).undeclared).toBeUndefined()
    rename()
    expect(document(at('status', '--json')).undeclared).toEqual(['time'])
    expect(at('status').stdout).toContain(
      'declared by no asset: time (`lake --lake tables --input input drop KEY` removes one)',
    )
    const { checks } = document(at('doctor', '--json'))
    expect(checks).toContainEqual(
      expect.objectContaining({ name: 'undeclared tables', status: 'warning', found: expect.stringContaining('time') }),
    )
  })

  it('is dropped after confirmation, and nothing else is dropped', () => {
    rename()
    expect(at('materialize').status).toBe(0)
    const unasked = at('drop', 'time')
    expect(unasked).toMatchObject({ status: 2, stdout: '' })
    expect(unasked.stderr).toContain('--yes')
    expect(existsSync(inLake('time/_delta_log'))).toBe(true)
    const dropped = at('drop', 'time', '--yes', '--json')
    expect(dropped.status).toBe(0)
    expect(document(dropped)).toMatchObject({ key: 'time', files: 2, bytes: expect.any(Number) })
    expect(document(at('status', '--json')).undeclared).toBeUndefined()
    expect(at('drop', 'time', '--yes').status).toBe(2)
    expect(at('verify').status).toBe(0)
  })

  it.each(['songs', 'notes', '_lake', '../tables', ''])(
    'is the only thing that drop accepts, so it refuses %j',
    (key) => {
      mkdirSync(inLake('notes'))
      expect(at('drop', key, '--yes')).toMatchObject({ status: 2, stdout: '' })
      expect(existsSync(inLake('songs/_delta_log'))).toBe(true)
      expect(existsSync(inLake('_lake'))).toBe(true)
    },
  )

  it('is not dropped while a run or a vacuum has claimed it', async () => {
    rename()
    const claim = await claimAssets(localStorage(inLake()), ['time'], newRunId(new Date()))
    expect(at('drop', 'time', '--yes').status).toBe(3)
    if (claim.kind !== 'held-by-other') await claim.claims.release()
    expect(at('drop', 'time', '--yes').status).toBe(0)
  })
})
