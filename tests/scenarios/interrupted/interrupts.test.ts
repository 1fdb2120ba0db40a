// A signal at any moment of the start ends the program or cancels its run.
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { startLake, temporaryDirectory, writeFiles } from '../../support/programs/lake-process.ts'
import { eventsOf } from '../../support/programs/run-events.ts'

/** Keeps the program busy with loading the project until the test has sent its signal. */
const CONFIG = `
import { existsSync, writeFileSync } from 'node:fs'
import { bigint, defineAsset, defineConfig, defineSource } from 'lake'
const pause = new Int32Array(new SharedArrayBuffer(4))
writeFileSync(process.env.SIGNALED + '.loading', '')
while (!existsSync(process.env.SIGNALED)) Atomics.wait(pause, 0, 0, 5)
const lines = defineSource({ key: 'lines', columns: { id: bigint() } })
const copy = defineAsset({
  key: 'copy', columns: { id: bigint() }, primaryKey: ['id'], upstream: { lines },
  query: ({ db }) => db.selectFrom('lines').select('id'),
})
export default defineConfig({ assets: [lines, copy], profiles: { default: { lake: 'tables', input: 'input' } } })`

it.each(['SIGINT', 'SIGTERM'] as const)(
  '%s at any moment of the start-up of a run ends it with 130, and never with 0',
  async (signal) => {
    const directory = temporaryDirectory()
    writeFiles(directory, { 'config/lake.config.ts': CONFIG, 'input/lines/a.json': '{"id":1}\n' })
    const signaled = async (moment: string, come: (signaledFile: string) => Promise<unknown>) => {
      const places = ['--lake', join(directory, `tables ${moment}`)]
      const SIGNALED = join(directory, `signaled ${moment}`)
      const running = startLake(['materialize', '--json', ...places], { cwd: directory, env: { SIGNALED } })
      await come(SIGNALED)
      running.process.kill(signal)
      writeFileSync(SIGNALED, '')
      const result = await running.ended
      const succeeded = eventsOf(result).filter(
        (event) => event.type === 'run-finished' && event.status === 'succeeded',
      )
      expect(succeeded).toEqual([])
      // Before the program is loaded, the signal ends the process itself. Shells report that as 130
      // or 143.
      return { moment, end: running.process.signalCode ?? result.status, result }
    }
    const delays = Array.from({ length: 60 }, (_, index) => index * 5)
    for (let at = 0; at < delays.length; at += 4) {
      const some = delays.slice(at, at + 4).map((delay) => signaled(`after ${delay} ms`, () => setTimeout(delay)))
      for (const { moment, end, result } of await Promise.all(some)) {
        expect([signal, 130], `${moment}: ${result.stdout}`).toContain(end)
      }
    }
    const loading = await signaled('while it loads the project', async (file) => {
      while (!existsSync(`${file}.loading`)) await setTimeout(5)
    })
    expect(loading.end).toBe(130)
  },
)
