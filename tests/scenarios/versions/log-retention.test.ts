// `lake vacuum` shortens the logs of tables. The remaining versions read as before, and errors name
// the removed versions.
import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import {
  lake,
  preloaded,
  sharedDirectory,
  temporaryDirectory,
  writeFiles,
} from '../../support/programs/lake-process.ts'
import { document } from '../../support/programs/run-events.ts'
import { totalsConfig } from '../../support/projects/totals-project.ts'
import { python, runPython } from '../../support/python/python.ts'
import { upload } from '../../support/s3/upload.ts'
import { sharedS3Server } from '../../support/shared/s3.ts'

const server = await sharedS3Server()
const program = python()

/** Number of runs after the first one, each of which makes a version. */
const NEWEST = 12

/**
 * `names` reads a column that never changes. So it stays at the version that was built from version
 * 0 of `lines`.
 */
const config = (settings: string) =>
  totalsConfig({
    third: `
      key: 'names', columns: { name: text() }, primaryKey: ['name'], upstream: { lines },
      query: ({ db }) => db.selectFrom('lines').select('name').distinct(),`,
    settings,
  })

const amount = (n: number) => ({
  'input/lines/a.json': ['x', 'y'].map((name) => JSON.stringify({ name, amount: name === 'x' ? 1 : n })).join('\n'),
})
const SOON = { 'config/lake.config.ts': config("keepHistory: '0d'") }
const NOW = ['vacuum', '--older-than', '0d'] as const

const built = sharedDirectory()
let directory = ''
/** Restores the times of the files, so that `lake` sees that no file changed. */
const copy = (whole: string, to: string) => execFileSync('cp', ['-a', `${whole}/.`, to])
const at = (...args: readonly string[]) => lake(args, { cwd: directory })
const json = (...args: readonly string[]) => document(at(...args, '--json'))
const inLog = (key: string) => readdirSync(join(directory, 'tables', key, '_delta_log')).toSorted()
const commits = (key: string) => inLog(key).flatMap((name) => (name.endsWith('.json') ? Number(name.slice(0, 20)) : []))
const from = (first: number, last = NEWEST) => Array.from({ length: last + 1 - first }, (_, index) => first + index)
const gone = (version: number, key = 'totals') =>
  expect.stringContaining(`Version ${version} of ${key} is no longer in the log, which begins at version 10. Run`)

beforeAll(() => {
  writeFiles(built, { 'config/lake.config.ts': config('') })
  for (let version = 0; version <= NEWEST; version++) {
    writeFiles(built, amount(version))
    const { status, stderr } = lake(['materialize'], { cwd: built })
    expect(status, stderr).toBe(0)
  }
})
beforeEach(() => {
  directory = temporaryDirectory()
  copy(built, directory)
})

describe('a vacuum', () => {
  it('does not shorten a log if its versions were the newest within 30 days', () => {
    expect(json(...NOW).deleted.filter(({ path }: { path: string }) => path.includes('_delta_log'))).toEqual([])
    expect(commits('totals')).toEqual(from(0))
  })

  it('lets a log begin at a checkpoint, unless a table was made from an older version', () => {
    writeFiles(directory, SOON)
    const planned = json(...NOW, '--dry-run')
    expect(commits('totals')).toEqual(from(0))
    expect({ ...json(...NOW), dryRun: true }).toEqual(planned)
    expect(planned.deleted).toContainEqual({
      path: 'totals/_delta_log/00000000000000000009.json',
      size: expect.any(Number),
      why: 'of version 9: the log begins at version 10 now',
    })
    expect(commits('totals')).toEqual(from(10))
    expect(commits('lines')).toEqual(from(0))
    expect(json('status').assets.map(({ state }: { state: string }) => state)).toEqual(['fresh', 'fresh', 'fresh'])
    expect(json('plan')).toMatchObject({ steps: [] })
    expect(json(...NOW).deleted).toEqual([])
    expect(at('materialize', 'names', '--full').status).toBe(0)
    json(...NOW)
    expect(commits('lines')).toEqual(from(10))
  })

  it('deletes no young version if the log has lost its first commit', () => {
    writeFiles(directory, SOON)
    const [first, saved] = [
      join(directory, `tables/totals/_delta_log/${'0'.repeat(20)}.json`),
      join(directory, 'saved'),
    ]
    renameSync(first, saved)
    expect(at('vacuum', '--older-than', '1d').status).toBe(0)
    renameSync(saved, first)
    expect(at('query', 'from totals order by name', '--at', 'totals=4', '--format', 'csv').stdout).toBe(
      'name,total\nx,1\ny,4\n',
    )
    expect(at('diff', 'totals', '0', '12').status).toBe(0)
  })

  it('leaves the tables as they were if it is killed at any change; the next vacuum does the rest', () => {
    writeFiles(directory, SOON)
    const [whole, count] = [directory, join(directory, 'count')]
    const vacuumed = (more: Readonly<Record<string, string>>) => {
      directory = temporaryDirectory()
      copy(whole, directory)
      return lake([...NOW], { cwd: directory, env: { ...preloaded('kill-at.mjs'), ...more } })
    }
    expect(vacuumed({ LAKE_KILL_COUNT: count }).status).toBe(0)
    const changes = Number(readFileSync(count, 'utf8'))
    const [rows, files] = [at('query', 'from totals').stdout, inLog('totals')]
    for (const before of [2, 6, 9]) {
      expect(vacuumed({ LAKE_KILL_AT: String(changes - before) }).status).toBe(null)
      expect(at('query', 'from totals').stdout).toBe(rows)
      expect(json('history', 'totals').versions.length).toBeGreaterThanOrEqual(3)
      expect(at(...NOW).status).toBe(0)
      expect(inLog('totals')).toEqual(files)
    }
  })
})

describe('a log that begins at version 10', () => {
  beforeEach(() => {
    writeFiles(directory, SOON)
    expect(at('materialize', 'names', '--full').status).toBe(0)
    expect(at(...NOW).status).toBe(0)
    expect([commits('totals'), commits('lines')]).toEqual([from(10), from(10)])
  })

  it('is named by each command that the user asks for an older version', () => {
    const refused = (version: number, ...args: string[]) =>
      expect(at(...args), args.join(' ')).toMatchObject({ status: 2, stderr: gone(version) })
    refused(3, 'query', 'from totals', '--at', 'totals=3')
    refused(9, 'diff', 'totals', '9', '12')
    refused(0, 'rollback', 'totals', '--to', '0')
    const runs: readonly { runId: string }[] = json('runs', '--limit', '50').runs
    expect(at('query', 'from totals', '--at', runs.at(-1)?.runId ?? '')).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('is no longer in the log, which begins at version 10'),
    })
    expect(at('history', 'totals').stdout).toMatch(
      /\nThe log begins at version 10\. A vacuum removed older versions\.\n/,
    )
    expect(at('history', 'totals', '--limit', '2').stdout).not.toContain('begins')
    expect(json('history', 'totals').versions.map(({ version }: { version: number }) => version)).toEqual([12, 11, 10])
    expect(at('show', 'totals').status).toBe(0)
    expect(at('catalog', '--out', 'pages').status).toBe(0)
  })

  it('still lets tables follow by increments and be verified, and other programs read the same rows', () => {
    writeFiles(directory, amount(50))
    expect(json('plan').steps).toContainEqual(expect.objectContaining({ asset: 'totals', mode: 'keys' }))
    expect(at('materialize').status).toBe(0)
    expect(at('query', 'from totals order by name', '--format', 'csv').stdout).toBe('name,total\nx,1\ny,50\n')
    expect(at('verify').status).toBe(0)
    expect(at('rollback', 'totals', '--to', '12').status).toBe(0)
    expect(json('status').assets).toContainEqual(expect.objectContaining({ key: 'totals', state: 'stale' }))
    if (program === undefined) return
    const [read] = runPython(program, 'read_delta.py', [
      'deltalake,deltalake-sql,duckdb,polars',
      join(directory, 'tables/totals'),
    ]) as readonly Readonly<Record<string, { readonly rows: readonly unknown[] }>>[]
    const rows = Object.entries(read ?? {}).map(([reader, table]) => [reader, table.rows.toSorted()])
    expect(rows).toHaveLength(4)
    for (const [reader, found] of rows)
      expect([reader, found]).toEqual([
        reader,
        [
          ['x', 1],
          ['y', 12],
        ],
      ])
  })
})

it.skipIf(!server)('a log on S3 is shortened too', async () => {
  writeFiles(directory, SOON)
  const bucket = `s3://${await server?.bucket()}`
  const env = { ...server?.env, XDG_CACHE_HOME: temporaryDirectory() }
  for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value)
  await upload(join(directory, 'tables'), `${bucket}/tables`)
  vi.unstubAllEnvs()
  const there = (...args: readonly string[]) => lake([...args, '--lake', `${bucket}/tables`], { cwd: directory, env })
  expect(there(...NOW).status).toBe(0)
  expect(document(there('history', 'totals', '--json')).versions).toHaveLength(3)
  expect(there('query', 'from totals order by name', '--format', 'csv').stdout).toBe('name,total\nx,1\ny,12\n')
  expect(there('query', 'from totals', '--at', 'totals=3')).toMatchObject({ status: 2, stderr: gone(3) })
})
