/**
 * Lakes that earlier versions of lake wrote stay readable. lake refuses later formats with a clear
 * error.
 */
import { cpSync, readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect, it } from 'vitest'
import { lake, ROOT, temporaryDirectory } from '../../support/programs/lake-process.ts'

/**
 * A project with the lake that lake 0.1 wrote for it: two versions of each table, rejects, a failed
 * run, results of checks.
 */
const WRITTEN = join(ROOT, 'tests/fixtures/lake-of-format-1')

/**
 * The manifest records this time of the source files. Because of it, lake knows that the files are
 * the same.
 */
const SOURCE_TIME = new Date('2026-01-01T00:00:00Z')

let project: string
beforeEach(() => {
  project = temporaryDirectory()
  cpSync(WRITTEN, project, { recursive: true })
  const sources = join(project, 'input/scores')
  for (const name of readdirSync(sources)) utimesSync(join(sources, name), SOURCE_TIME, SOURCE_TIME)
})

const run = (...args: readonly string[]) => lake(args, { cwd: project })
const document = (...args: readonly string[]) => JSON.parse(run(...args, '--json').stdout)

describe('a lake of format 1', () => {
  it('has its source read once more, because recorded times can have more digits now; everything else is fresh', () => {
    const { assets } = document('status')
    expect(assets).toMatchObject([
      {
        key: 'scores',
        state: 'stale',
        rows: 4,
        version: 1,
        causes: [{ message: expect.stringMatching(/ to nine digits$/) }],
      },
      { key: 'points', rows: 3, version: 1, causes: [{ message: 'scores is rebuilt first' }] },
      { key: 'total', rows: 1, version: 1, causes: [{ message: 'points is rebuilt first' }] },
      { key: 'captains', rows: 2, version: 1, causes: [{ message: 'points is rebuilt first' }] },
    ])
    expect(run('materialize').stdout).toContain('1 unchanged, 3 fresh')
    expect(run('materialize').stdout).toContain('Nothing to do')
  })

  it('has readable rows, rejects, runs and history', () => {
    expect(run('query', 'select team, name, points from points order by name', '--format', 'csv').stdout).toBe(
      'team,name,points\nred,Ada,12\nblue,Bo,3\nblue,Dee,6\n',
    )
    expect(run('rejects', 'scores').stdout).toContain('b.json:3')
    expect(document('runs').runs.map(({ status }: { status: string }) => status)).toEqual([
      'succeeded',
      'succeeded',
      'failed',
    ])
    expect(run('run', '20261129T132121742Z-e7c88b').stdout).toContain('not JSON')
    expect(document('history', 'points').versions).toHaveLength(2)
    expect(run('verify').status).toBe(0)
  })

  it('is followed by increments', () => {
    writeFileSync(join(project, 'input/scores/c.json'), '{"name":"Bo","team":"blue","points":4,"at":null}\n')
    expect(document('plan').steps).toMatchObject([
      { asset: 'scores', mode: 'ingest' },
      { asset: 'points', mode: 'keys' },
      { asset: 'total' },
      { asset: 'captains' },
    ])
    expect(run('materialize').status).toBe(0)
    expect(run('query', "select points from points where name = 'Bo'", '--format', 'csv').stdout).toBe('points\n7\n')
  })
})

describe('a table of a later format', () => {
  it('is refused, naming the format, and assets that do not depend on it go on', () => {
    const commit = join(project, 'lake/points/_delta_log/00000000000000000001.json')
    writeFileSync(commit, readFileSync(commit, 'utf8').replace('"format":1', '"format":2'))
    const { status, stderr } = run('materialize', 'points')
    expect(status).toBe(1)
    expect(stderr).toMatch(
      /a later version of lake wrote version 1 of .*points \(format 2; this one reads 1\)\. Upgrade lake\./,
    )
    expect(run('vacuum').status).toBe(1)
    expect(run('materialize', 'scores').status).toBe(0)
  })
})
