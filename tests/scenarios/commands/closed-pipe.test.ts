// What commands do if the reader of their output closes the pipe before they have ended.

import { spawnSync } from 'node:child_process'
import { existsSync, openSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { lake, PROGRAM, startLake } from '../../support/programs/lake-process.ts'
import { document } from '../../support/programs/run-events.ts'
import { builtProject, PLACES } from '../../support/projects/built-project.ts'
import { playLine, songLine } from '../../support/projects/source-lines.ts'

const INPUT = { 'input/song_data/elena.json': songLine(), 'input/log_data/a.json': playLine() }

describe('a reader that closes the pipe', () => {
  let directory = ''
  builtProject(INPUT, (copy) => {
    directory = copy
  })

  it.each([['--json'], []])('ends the printing of a run, but not the run itself (%s)', async (...flags) => {
    const running = startLake(['materialize', '--full', ...flags, ...PLACES], { cwd: directory })
    running.process.stdout?.destroy()
    expect((await running.ended).status).toBe(0)
    const { runs } = document(lake(['runs', '--json', ...PLACES], { cwd: directory }))
    expect(runs[0]).toMatchObject({
      status: 'succeeded',
      assets: expect.arrayContaining([expect.objectContaining({ state: 'unchanged' })]),
    })
  })

  it('does not change the exit status of a run that fails', async () => {
    const running = startLake(['materialize', '--input', 'nowhere', '--lake', 'tables', '--full'], { cwd: directory })
    running.process.stdout?.destroy()
    running.process.stderr?.destroy()
    expect((await running.ended).status).toBe(2)
  })

  it('ends a query that prints more rows than fit into a pipe', async () => {
    const running = startLake(['query', 'select range from range(10000000)', '--format', 'csv', ...PLACES], {
      cwd: directory,
    })
    await running.printed(/9\n/)
    running.process.stdout?.destroy()
    expect(await running.ended).toMatchObject({ status: 0, stderr: '' })
  })

  it.skipIf(!existsSync('/dev/full'))(
    'if the disk is full, a run does all of its work, explains the problem and ends with 1',
    () => {
      const { status, stderr } = spawnSync(process.execPath, [PROGRAM, 'materialize', '--full', ...PLACES], {
        cwd: directory,
        stdio: ['ignore', openSync('/dev/full', 'w'), 'pipe'],
        encoding: 'utf8',
      })
      expect({ status, stderr }).toEqual({ status: 1, stderr: expect.stringContaining('could not be written') })
      const { runs } = document(lake(['runs', '--json', ...PLACES], { cwd: directory }))
      expect(runs[0]).toMatchObject({ status: 'succeeded' })
    },
  )
})
