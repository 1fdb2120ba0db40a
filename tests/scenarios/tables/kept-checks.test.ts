/**
 * lake stores the results of checking a project. It uses them only until something changes on which
 * they can depend.
 */
import { join } from 'node:path'
import { beforeEach, expect, it } from 'vitest'
import { lake, temporaryDirectory, writeFiles } from '../../support/programs/lake-process.ts'
import { configOver } from '../../support/projects/built-project.ts'

const CONFIG = configOver('assets/index.ts')

const SOURCE = `
import { bigint, defineSource } from 'lake'
export const lines = defineSource({ key: 'lines', columns: { id: bigint() } })`

const table = (limit: string, column = 'id') => `
import { bigint, defineAsset } from 'lake'
import { lines } from './lines.ts'
import { limit } from './limit.ts'
export const high = defineAsset({
  key: 'high', columns: { id: bigint() }, upstream: { rows: lines },
  query: ({ db }) => db.selectFrom('rows').where('id', '>', ${limit}).select('${column}'),
})`

let directory = ''
const files = (written: Readonly<Record<string, string>>) => writeFiles(directory, written)
const run = (args: readonly string[], env: Readonly<Record<string, string>> = {}) =>
  lake(args, { cwd: directory, env: { XDG_CACHE_HOME: join(directory, 'cache'), ...env } })
const state = (env: Readonly<Record<string, string>> = {}) => {
  const { stdout } = run(['status', '--json'], env)
  const { assets } = JSON.parse(stdout) as { assets: { key: string; state: string }[] }
  return assets.find(({ key }) => key === 'high')?.state
}

beforeEach(() => {
  directory = temporaryDirectory()
  files({
    'config/lake.config.ts': CONFIG,
    'assets/index.ts': "export { lines } from './lines.ts'\nexport { high } from './high.ts'",
    'assets/lines.ts': SOURCE,
    'assets/limit.ts': 'export const limit = 1',
    'assets/high.ts': table('limit'),
    'input/lines/a.json': '{"id":1}\n{"id":2}\n',
  })
})

it('lake notices a change in an imported file, and the change back', () => {
  expect(run(['materialize']).status).toBe(0)
  expect([state(), state()]).toEqual(['fresh', 'fresh'])
  files({ 'assets/limit.ts': 'export const limit = 2' })
  expect([state(), state()]).toEqual(['stale', 'stale'])
  files({ 'assets/limit.ts': 'export const limit = 1' })
  expect(state()).toBe('fresh')
})

it('lake finds a mistake that comes with a change', () => {
  expect(run(['materialize']).status).toBe(0)
  files({ 'assets/high.ts': table('limit', 'no') })
  const { status, stderr } = run(['status'])
  expect(status).toBe(2)
  expect(stderr).toContain('high.ts')
})

it('lake notices a change of an environment variable that a file names', () => {
  files({ 'assets/limit.ts': "export const limit = Number(process.env.LOWEST ?? '1')" })
  expect(run(['materialize']).status).toBe(0)
  expect([state(), state({ LOWEST: '2' }), state({ LOWEST: '1' }), state()]).toEqual([
    'fresh',
    'stale',
    'fresh',
    'fresh',
  ])
})

it('lake checks a file each time if the file reads the time', () => {
  files({ 'assets/limit.ts': 'export const limit = Date.now()' })
  expect(run(['materialize']).status).toBe(0)
  expect([state(), state()]).toEqual(['stale', 'stale'])
})

it('lake lets jiti load a file that imports from Node', () => {
  files({
    'assets/limit.ts': "import { readFileSync } from 'node:fs'\nexport const limit = Number(readFileSync('limit'))",
    limit: '1',
  })
  expect(run(['materialize']).status).toBe(0)
  expect(state()).toBe('fresh')
  files({ limit: '2' })
  expect(state()).toBe('stale')
})
