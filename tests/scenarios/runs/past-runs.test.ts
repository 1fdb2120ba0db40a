// What commands say about past runs, including killed ones.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { lake } from '../../support/programs/lake-process.ts'
import { document } from '../../support/programs/run-events.ts'
import { builtProject, PLACES } from '../../support/projects/built-project.ts'
import { playLine, songLine } from '../../support/projects/source-lines.ts'

const INPUT = { 'input/song_data/elena.json': songLine(), 'input/log_data/a.json': playLine() }

describe('a past run', () => {
  let directory = ''
  builtProject(INPUT, (copy) => {
    directory = copy
  })
  const at = (...args: string[]) => lake([...args, ...PLACES], { cwd: directory })
  const logs = () => readdirSync(join(directory, 'tables/_lake/runs'))
  const onlyRun = () => logs()[0]?.replace('.ndjson', '') ?? ''

  it('is shown with what it published, even if it was killed before it could record its steps', () => {
    const log = join(directory, 'tables/_lake/runs', logs()[0] ?? '')
    // The log of a killed run lacks the events of its last second.
    writeFileSync(log, `${readFileSync(log, 'utf8').split('\n')[0]}\n`)
    const { stdout } = at('run', 'last')
    expect(stdout).toMatch(/^songs +materialized +1 /m)
    expect(stdout).toMatch(/7 materialized; \d+ rows written/)
    const { runs } = document(at('runs', '--json'))
    expect(runs).toMatchObject([{ status: 'canceled' }])
    expect(runs[0].assets).toContainEqual({ key: 'songs', state: 'materialized', version: 0, rowsWritten: 1 })
  })

  it('is shown with nothing published if it was killed before it published', () => {
    const log = join(directory, 'tables/_lake/runs', logs()[0] ?? '')
    const [first = ''] = readFileSync(log, 'utf8').split('\n')
    const other = onlyRun().replace(/......$/, 'ffffff')
    writeFileSync(log.replace(onlyRun(), other), `${first.replaceAll(onlyRun(), other)}\n`)
    expect(at('run', other).stdout).toMatch(/Interrupted: 7 canceled\./)
  })

  it('is found by the beginning of its ID, and as `last`', () => {
    const id = onlyRun()
    for (const given of [id, id.slice(0, 12), 'last']) {
      expect(document(at('run', given, '--json'))).toMatchObject({ runId: id })
    }
    expect(at('run', 'x').status).toBe(2)
    expect(at('run', 'resume', id.slice(0, 12)).stdout).toContain('Nothing to do')
  })

  it('can be named by the beginning of its ID only if no other run has that beginning', () => {
    at('materialize', 'songs', '--full')
    const { status, stderr } = at('run', '20')
    expect(status).toBe(2)
    expect(stderr).toContain('2 runs begin with 20: ')
    expect(document(at('run', 'last', '--json')).runId).not.toBe(onlyRun())
  })
})
