// The guide about schedules works as written. Real schedulers share the ticks of a lake, and one
// scheduler replaces another that is killed.
import { readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import {
  lake,
  preloaded,
  ROOT,
  startLake,
  temporaryDirectory,
  writeFiles,
} from '../../support/programs/lake-process.ts'
import { document } from '../../support/programs/run-events.ts'
import { copyProject } from '../../support/projects/project-copy.ts'

const GUIDE = readFileSync(join(ROOT, 'docs/guides/runs/schedules.md'), 'utf8')

it('the config and the commands of the guide work as written', () => {
  const directory = temporaryDirectory()
  copyProject(directory)
  const [, config = ''] = /```ts\n\/\/ config\/lake.config.ts\n([\s\S]*?)```/.exec(GUIDE) ?? []
  writeFiles(directory, { 'config/lake.config.ts': config })
  const simulated = ['--songs', '20', '--events', '500', '--days', '2', '--seed', '7']
  expect(lake(['simulate', '--out', '.lake/input', ...simulated], { cwd: directory }).status).toBe(0)
  const [, commands = ''] = /```sh\n([\s\S]*?)```/.exec(GUIDE) ?? []
  const printed = commands
    .trim()
    .split('\n')
    .map((line) => {
      const words = line
        .replace(/ +#.*$/, '')
        .split(' ')
        .slice(2)
      const { status, stdout, stderr } = lake(words, { cwd: directory })
      expect({ line, status, stderr }).toEqual({ line, status: 0, stderr: '' })
      return stdout
    })
  expect(printed).toHaveLength(6)
  expect(printed[0]).toMatch(/^nightly +30 3 \* \* \* +Europe\/Berlin +everything, in full/m)
  expect(printed[2]).toMatch(/^\S+Z arrivals succeeded \(due \S+Z, /)
  expect(JSON.parse(printed[4] ?? '').schedules).toMatchObject([
    { name: 'nightly', catchUp: 'latest', timeout: '4h', last: null, missed: null },
    { name: 'facts', cron: null, every: '15m', last: { outcome: 'succeeded' } },
    { name: 'arrivals', whenStale: true, last: { outcome: 'succeeded', runId: expect.any(String) } },
  ])
  const again = lake(['schedule', 'run', 'arrivals', '--once', '--json'], { cwd: directory })
  expect(again.stdout).toContain('"reason":"nothing is stale"')
  expect(readdirSync(join(directory, '.lake/tables/_lake/runs'))).toHaveLength(2)
})

const CONFIG = `
import { bigint, defineConfig, defineSource } from 'lake'
export const lines = defineSource({ key: 'lines', columns: { id: bigint() } })
export default defineConfig({
  assets: { lines },
  profiles: { default: { lake: 'tables', input: 'input' } },
  schedules: [{ name: 'minutely', cron: '* * * * *' }],
})`

const MINUTE = 60_000

describe('several schedulers on one lake', () => {
  it('run each tick on one of them, repeat the tick of a killed scheduler, and show the missed ticks', async () => {
    const directory = temporaryDirectory()
    writeFiles(directory, { 'config/lake.config.ts': CONFIG, 'input/lines/a.json': '{"id":1}\n' })
    const clock = join(directory, 'clock')
    let time = Math.ceil(Date.now() / MINUTE) * MINUTE + MINUTE / 2
    const put = (minutes: number) => {
      time += minutes * MINUTE
      writeFileSync(`${clock}.new`, String(time))
      renameSync(`${clock}.new`, clock)
    }
    put(0)
    const options = { cwd: directory, env: { LAKE_CLOCK: clock, ...preloaded('set-clock.mjs') } }
    const run = ['schedule', 'run', '--json']
    const killed = startLake(run, { ...options, stopAt: /refresh-started/ })
    await killed.printed(/schedule-waiting/)
    put(1)
    await killed.printed(/refresh-started/)
    killed.process.kill('SIGKILL')
    await killed.ended

    const first = startLake(run, options)
    await first.printed(/"again":true[\s\S]*refresh-ended/)
    const second = startLake(run, options)
    await second.printed(/schedule-waiting/)
    for (let minute = 1; minute <= 2; minute++) {
      put(1)
      const due = new Date(Math.floor(time / MINUTE) * MINUTE).toISOString()
      const ended = new RegExp(`"refresh-ended".*"due":"${due}"`)
      await Promise.any([first.printed(ended), second.printed(ended)])
    }
    const started = [first, second]
    for (const scheduler of started) scheduler.process.kill('SIGTERM')
    const results = await Promise.all(started.map((scheduler) => scheduler.ended))
    expect(results.map(({ status }) => status)).toEqual([0, 0])
    const dues = results.flatMap(({ stdout }) =>
      [...stdout.matchAll(/"refresh-started".*"due":"([^"]+)"/g)].map(([, due]) => due),
    )
    expect(dues).toHaveLength(3)
    expect(new Set(dues).size).toBe(3)
    expect(results[1]?.stderr).toContain('each tick runs on one of them')

    put(5)
    const [state] = document(lake(['schedule', 'list', '--json'], options)).schedules
    expect(state).toMatchObject({ last: { outcome: 'succeeded' }, missed: { count: 4 } })
    expect(document(lake(['status', '--json'], options)).schedules).toMatchObject([{ missed: { count: 4 } }])
    expect(lake(['status'], options).stdout).toMatch(/^schedule minutely: 4 ticks were not run since /m)
  })
})
