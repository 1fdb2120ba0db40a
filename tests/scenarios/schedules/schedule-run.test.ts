// A scheduler that runs for a long time follows edits of the project.
import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { lake, preloaded, startLake, temporaryDirectory, writeFiles } from '../../support/programs/lake-process.ts'
import { document } from '../../support/programs/run-events.ts'

const CONFIG = `
import { defineConfig } from 'lake'
import * as assets from '../assets/assets.ts'
export default defineConfig({
  assets,
  profiles: { other: { lake: 'tables', input: 'input' } },
  schedules: [{ name: 'minutely', cron: '* * * * *' }],
})`

const assets = (condition: string) => `
import { bigint, defineAsset, defineSource } from 'lake'
export const lines = defineSource({ key: 'lines', columns: { id: bigint() } })
export const some = defineAsset({
  key: 'some', columns: { id: bigint() }, primaryKey: ['id'], upstream: { lines },
  query: ({ db }) => db.selectFrom('lines').select('id')${condition},
})`

const MINUTE = 60_000

/**
 * A clock that stands still at half past a minute until the test moves it. It is ahead, so that no
 * other process finds a lease expired.
 */
function clockIn(directory: string) {
  const LAKE_CLOCK = join(directory, 'clock')
  let time = Math.ceil(Date.now() / MINUTE) * MINUTE + 60.5 * MINUTE
  const put = () => {
    writeFileSync(`${LAKE_CLOCK}.new`, String(time))
    renameSync(`${LAKE_CLOCK}.new`, LAKE_CLOCK)
  }
  put()
  const nextMinute = () => {
    time += MINUTE
    put()
  }
  return { env: { LAKE_CLOCK, ...preloaded('set-clock.mjs') }, nextMinute }
}

it('a scheduler refreshes with the current code when a refresh is due, and reports what fails', async () => {
  const directory = temporaryDirectory()
  writeFiles(directory, {
    'config/lake.config.ts': CONFIG,
    'assets/assets.ts': assets(''),
    'input/lines/a.json': '{"id":1}\n{"id":2}\n{"id":3}\n',
  })
  const at = (...args: string[]) => lake(['--profile', 'other', ...args], { cwd: directory })
  expect(at('materialize').status).toBe(0)
  const { env, nextMinute } = clockIn(directory)
  const scheduler = startLake(['schedule', 'run', '--json', '--profile', 'other'], { cwd: directory, env })
  await scheduler.printed(/schedule-waiting/)
  writeFileSync(join(directory, 'assets/assets.ts'), assets(`.where('id', '<', 2)`))
  expect(at('materialize').status).toBe(0)
  nextMinute()
  await scheduler.printed(/refresh-ended/)
  const { assets: states, scheduler: seen } = document(at('status', '--json'))
  expect(seen).toMatchObject({ pid: scheduler.process.pid })
  expect(states).toMatchObject([
    { key: 'lines', state: 'fresh' },
    { key: 'some', state: 'fresh', rows: 1, version: 1 },
  ])
  // The next tick finds a project that does not load.
  writeFileSync(join(directory, 'assets/assets.ts'), `${readFileSync(join(directory, 'assets/assets.ts'), 'utf8')}\n}`)
  nextMinute()
  await scheduler.printed(/refresh-failed/)
  scheduler.process.kill('SIGTERM')
  const { status, stdout } = await scheduler.ended
  expect(status).toBe(0)
  writeFileSync(join(directory, 'assets/assets.ts'), assets(''))
  expect(document(at('status', '--json')).scheduler).toBe(null)
  const events = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
  const byType = (type: string) => events.find((event) => event.type === type)
  expect(byType('refresh-ended')).toMatchObject({ status: 'succeeded', runId: expect.any(String) })
  expect(byType('project-refused')).toMatchObject({ error: { code: 'config' } })
  expect(byType('refresh-failed')).toMatchObject({ schedule: 'minutely', error: { code: 'config' } })
})

it('SIGTERM stops a tick and cancels its run, and the next tick does the rest', async () => {
  const directory = temporaryDirectory()
  writeFiles(directory, {
    'config/lake.config.ts': CONFIG,
    'assets/assets.ts': assets(''),
    'input/lines/a.json': '{"id":1}\n{"id":2}\n{"id":3}\n',
  })
  const at = (...args: string[]) => lake(['--profile', 'other', ...args], { cwd: directory })
  const words = ['schedule', 'run', 'minutely', '--once', '--json', '--profile', 'other']
  // The run of the tick is stopped, not the scheduler.
  const tick = startLake(words, { cwd: directory, stopAt: /"step-started"/ })
  await tick.printed(/refresh-started/)
  tick.process.kill('SIGTERM')
  tick.goOn()
  expect(await tick.ended).toMatchObject({ status: 130, stderr: '' })
  const last = () => document(at('schedule', 'list', '--json')).schedules[0].last
  expect(last()).toMatchObject({ outcome: 'canceled' })
  expect(document(at('status', '--json')).assets).toMatchObject([{ state: 'missing' }, { state: 'missing' }])
  expect(at('schedule', 'run', 'minutely', '--once').status).toBe(0)
  expect(last()).toMatchObject({ outcome: 'succeeded' })
  expect(document(at('status', '--json')).assets).toMatchObject([{ state: 'fresh' }, { state: 'fresh', rows: 3 }])
})

it('a run outlives its killed scheduler; the next scheduler waits for the run, and ends the tick', async () => {
  const directory = temporaryDirectory()
  writeFiles(directory, {
    'config/lake.config.ts': CONFIG,
    'assets/assets.ts': assets(''),
    'input/lines/a.json': '{"id":1}\n{"id":2}\n{"id":3}\n',
  })
  const { env, nextMinute } = clockIn(directory)
  const at = (...args: string[]) => document(lake(['--profile', 'other', '--json', ...args], { cwd: directory, env }))
  const words = ['schedule', 'run', '--json', '--profile', 'other']
  // The test stops the run of the tick, not the scheduler.
  const killed = startLake(words, { cwd: directory, env, stopAt: /"step-started"/ })
  await killed.printed(/schedule-waiting/)
  nextMinute()
  await killed.printed(/refresh-started/)
  const isAtWork = () => at('status').assets.some(({ state }: { state: string }) => state === 'running')
  await expect.poll(isAtWork, { timeout: 60_000 }).toBe(true)
  killed.process.kill('SIGKILL')
  await killed.ended
  const next = startLake(words, { cwd: directory, env })
  await next.printed(/"again":true/)
  killed.goOn()
  await next.printed(/refresh-ended[\s\S]*schedule-waiting/)
  next.process.kill('SIGTERM')
  expect((await next.ended).status).toBe(0)
  expect(at('schedule', 'list').schedules).toMatchObject([{ last: { outcome: 'succeeded' }, missed: null }])
  expect(at('status').assets).toMatchObject([
    { state: 'fresh', version: 0 },
    { state: 'fresh', version: 0, rows: 3 },
  ])
})
