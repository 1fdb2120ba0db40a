// A run stands still until its lease has expired, and another run takes its claims. The first run
// then publishes nothing more, and says so.
import { cpSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, it } from 'vitest'
import {
  lake,
  preloaded,
  sharedDirectory,
  startLake,
  temporaryDirectory,
  writeFiles,
} from '../../support/programs/lake-process.ts'
import { document, finished } from '../../support/programs/run-events.ts'
import { totalsLine as line, TOTALS_ROWS as ROWS, totalsConfig } from '../../support/projects/totals-project.ts'

/** The rows of the three files, each row once. */
const FOUND = `key,name,amount
large,y,25
large,z,30
lines,x,1
lines,x,4
lines,y,5
lines,y,20
lines,z,30
totals,x,5
totals,y,25
totals,z,30
`

const project = sharedDirectory()
beforeAll(() => {
  const a = line('x', 1) + line('y', 20)
  writeFiles(project, { 'config/lake.config.ts': totalsConfig(), 'input/lines/a.json': a })
  expect(lake(['materialize'], { cwd: project }).status).toBe(0)
})

const MOMENTS = [
  ['before its first step', /"run-started"/],
  ['in the step of a source', /"step-started".*"lines"/],
  ['between two steps', /"step-finished".*"lines"/],
  ['in the step of a table', /"step-started".*"totals"/],
  ['before its last step', /"step-finished".*"totals"/],
] as const

it.each(MOMENTS)(
  'a run that stood still %s, while another run took its claims, publishes nothing more',
  async (_, stopAt) => {
    const cwd = temporaryDirectory()
    const at = (...args: string[]) => lake(args, { cwd })
    cpSync(project, cwd, { recursive: true, preserveTimestamps: true })
    writeFiles(cwd, { 'input/lines/b.json': line('x', 4) + line('z', 30) })
    const LAKE_CLOCK = join(cwd, 'clock')
    writeFileSync(LAKE_CLOCK, String(Date.now()))
    const env = { LAKE_CLOCK, ...preloaded('set-clock.mjs') }
    const paused = startLake(['materialize', '--json'], { cwd, stopAt, env })
    await paused.printed(stopAt)
    endLeases(cwd)
    writeFiles(cwd, { 'input/lines/c.json': line('y', 5) })
    expect(at('materialize').status).toBe(0)
    const standings = () =>
      document(at('status', '--json')).assets.map(
        ({ key, state, version }: Record<string, unknown>) => `${key} ${state} ${version}`,
      )
    const taken = standings()
    writeFileSync(LAKE_CLOCK, String(Date.now() + 300_000))
    paused.goOn()
    const ended = await paused.ended
    expect({ rows: at('query', ROWS, '--format', 'csv').stdout, standings: standings() }).toEqual({
      rows: FOUND,
      standings: taken,
    })
    expect(ended.status).toBe(1)
    const message = expect.stringContaining('another run has taken the claim on')
    expect(finished(ended)).toMatchObject({ status: 'failed', error: { code: 'commit-conflict', message } })
  },
)

/** Makes all leases an hour older, as if all runs had been stopped for that long. */
function endLeases(cwd: string): void {
  const directory = join(cwd, 'tables/_lake/leases')
  const expiresAt = new Date(Date.now() - 3_600_000).toISOString()
  for (const name of readdirSync(directory)) writeFileSync(join(directory, name), JSON.stringify({ expiresAt }))
}
