// Ctrl-C while lake reads a source: the lake keeps the files that were read, and a run on another
// machine continues from them.
import { utimesSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  lake,
  sharedDirectory,
  startLake,
  temporaryDirectory,
  writeFiles,
} from '../../support/programs/lake-process.ts'
import { document, eventsOf, finished } from '../../support/programs/run-events.ts'
import { sharedS3Server } from '../../support/shared/s3.ts'

const CONFIG = `
import { bigint, defineConfig, defineSource, text } from 'lake'
const lines = defineSource({ key: 'lines', columns: { id: bigint(), name: text() } })
export default defineConfig({ assets: [lines], profiles: { default: { lake: 'tables', input: 'input' } } })`

const FILES = 30
const LINES = 10_000
const server = await sharedS3Server()
const project = sharedDirectory()

beforeAll(() => {
  writeFiles(project, { 'config/lake.config.ts': CONFIG })
  for (let file = 0; file < FILES; file++) {
    const path = `input/lines/${file}.json`
    const lines = Array.from(
      { length: LINES },
      (_, at) => `{"id": ${file * LINES + at}, "name": "${'x'.repeat(100)}"}\n`,
    )
    writeFiles(project, { [path]: lines.join('') })
    utimesSync(join(project, path), 1_500_000_000, 1_500_000_000)
  }
})
afterAll(async () => server?.stop())

const places = [
  { name: 'local', open: async () => join(temporaryDirectory(), 'lake'), env: {} },
  ...(server ? [{ name: 'S3', open: async () => `s3://${await server.bucket()}/lake`, env: server.env }] : []),
]

const keptFiles = (result: { readonly stdout: string }) =>
  eventsOf(result).flatMap((event) => (event.type === 'step-finished' && event.kept ? [event.kept] : []))

describe.each(places)('a lake that is $name', ({ open, env }) => {
  it('keeps the files that an interrupted run has read, even after a vacuum, for a run on another machine', async () => {
    const options = (cache: string) => ({ cwd: project, env: { ...env, XDG_CACHE_HOME: cache } })
    const at = ['--lake', await open()]
    const stopAt = /"step-progressed".*"done":[1-9]/
    const running = startLake(['materialize', '--json', ...at], { ...options(temporaryDirectory()), stopAt })
    await running.printed(stopAt)
    running.process.kill('SIGINT')
    running.goOn()
    const interrupted = await running.ended
    expect(interrupted.status, interrupted.stdout).toBe(130)
    expect(finished(interrupted)).toMatchObject({ status: 'canceled' })
    const [kept] = keptFiles(interrupted)
    expect(kept?.of).toBe(FILES)
    expect(kept?.files).toBeGreaterThan(0)
    const elsewhere = options(temporaryDirectory())
    const vacuumed = document(lake(['vacuum', '--json', ...at], elsewhere))
    expect(vacuumed.deleted.filter(({ path }: { path: string }) => path.includes('/begun/'))).toEqual([])
    const resumed = lake(['materialize', '--json', ...at], elsewhere)
    expect(finished(resumed).assets).toMatchObject([{ outcome: 'materialized', rowsWritten: FILES * LINES }])
    const progress = eventsOf(resumed).flatMap((event) => (event.type === 'step-progressed' ? [event.done] : []))
    expect(progress.every((done) => done >= (kept?.files ?? FILES))).toBe(true)
    const query = 'SELECT count(DISTINCT id) AS ids, count(*) AS n, max(_line) AS line FROM lines'
    expect(document(lake(['query', '--json', query, ...at], elsewhere))).toMatchObject([
      { ids: String(FILES * LINES), n: String(FILES * LINES), line: String(LINES) },
    ])
  })
})

it('the interrupted run says what it keeps', async () => {
  const stopAt = /started/
  const running = startLake(['materialize', '--lake', join(temporaryDirectory(), 'lake')], { cwd: project, stopAt })
  await running.printed(stopAt)
  running.process.kill('SIGTERM')
  running.goOn()
  const { status, stdout, stderr } = await running.ended
  expect(status).toBe(130)
  expect(stderr).toContain('stopping; finished work is kept')
  expect(stdout).toMatch(/^lines {2}canceled( {6}\d+ of 30 files kept for the next run, .*| {6}[\d.]+ m?s)$/m)
})
