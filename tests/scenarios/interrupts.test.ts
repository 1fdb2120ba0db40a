// A signal at any moment of a start-up ends the program or cancels its run.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { startLake, temporaryDirectory, writeFiles } from '../support/lake-process.ts'
import { eventsOf } from '../support/run-events.ts'

/** The program is busy with the loading of the project until the test has sent its signal. */
const CONFIG = `
import { existsSync } from 'node:fs'
import { bigint, defineAsset, defineConfig, defineSource } from 'lake'
const pause = new Int32Array(new SharedArrayBuffer(4))
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
    const signaled = async (delay: number) => {
      const places = ['--lake', join(directory, `tables-${delay}`)]
      const SIGNALED = join(directory, `signaled-${delay}`)
      const running = startLake(['materialize', '--json', ...places], { cwd: directory, env: { SIGNALED } })
      await new Promise((resolve) => setTimeout(resolve, delay))
      running.process.kill(signal)
      writeFileSync(SIGNALED, '')
      const result = await running.ended
      // Before the program is loaded, the signal ends the process itself, which shells tell as 130 or 143.
      return { delay, end: running.process.signalCode ?? result.status, result }
    }
    const delays = Array.from({ length: 60 }, (_, index) => index * 5)
    for (let at = 0; at < delays.length; at += 4) {
      for (const { delay, end, result } of await Promise.all(delays.slice(at, at + 4).map(signaled))) {
        expect([signal, 130], `after ${delay} ms: ${result.stdout}`).toContain(end)
        const published = eventsOf(result).filter(
          (event) => event.type === 'run-finished' && event.status === 'succeeded',
        )
        expect(published).toEqual([])
      }
    }
  },
)
