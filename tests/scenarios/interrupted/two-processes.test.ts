// Two processes work on one lake: the second is refused. The next run completes the work of an
// interrupted run.
import { existsSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { lake, sharedDirectory, startLake, temporaryDirectory } from '../../support/programs/lake-process.ts'
import { document, finished, outcomes } from '../../support/programs/run-events.ts'

const RUN_ID = expect.stringMatching(/^\d{8}T\d{9}Z-[0-9a-f]{6}$/)

describe('two processes that use one lake', () => {
  const directory = sharedDirectory()
  const input = join(directory, 'input')
  beforeAll(() => {
    const sizes = ['--songs', '300', '--events', '20000', '--days', '20', '--seed', '5']
    expect(lake(['simulate', '--out', input, ...sizes]).status).toBe(0)
  })

  it('the second names the run that has claimed its asset, ends with 3, and does not disturb the first', async () => {
    const places = ['--lake', temporaryDirectory(), '--input', input]
    // The first process is stopped, so that it certainly still holds its claims.
    const stopAt = /"step-started"/
    const first = startLake(['materialize', '--json', ...places], { stopAt })
    await first.printed(stopAt)
    renewLease(places[1] ?? '')
    const second = lake(['materialize', 'users', '--json', ...places])
    const status = lake(['status', '--json', ...places])
    const plain = lake(['materialize', 'songs', ...places])
    const patient = startLake(['materialize', 'users', '--wait', '--json', ...places])
    await patient.printed(/"run-waited"/)
    first.goOn()

    expect(second.status).toBe(3)
    expect(document(second)).toEqual({
      error: {
        code: 'held',
        asset: 'log_data',
        message: expect.stringContaining(String(first.process.pid)),
        remedy: expect.stringContaining('materialize does so with --wait'),
        details: expect.objectContaining({ pid: first.process.pid, runId: RUN_ID }),
      },
    })
    expect(plain).toMatchObject({ status: 3, stdout: '' })
    const states = document(status).assets.map(({ state }: { state: string }) => state)
    expect(new Set(states)).toEqual(new Set(['running']))
    const ended = await first.ended
    expect(ended.status).toBe(0)
    const waited = await patient.ended
    expect(waited.status).toBe(0)
    expect(outcomes(waited)).toEqual({ log_data: 'fresh', users: 'fresh' })
    expect(lake(['materialize', 'users', '--json', ...places]).status).toBe(0)
  })

  it.each(['SIGINT', 'SIGTERM'] as const)(
    '%s ends a run with 130, and the next run completes its work',
    async (signal) => {
      const tables = temporaryDirectory()
      const places = ['--lake', tables, '--input', input]
      const stopAt = /"step-started".*"log_data"/
      const run = startLake(['materialize', '--json', ...places], { stopAt })
      await run.printed(stopAt)
      run.process.kill(signal)
      run.goOn()
      const interrupted = await run.ended
      expect(interrupted.status).toBe(130)
      expect(finished(interrupted).status).toBe('canceled')
      expect(outcomes(interrupted)).toMatchObject({ songplays: 'canceled' })
      expect(leftovers(tables)).toEqual([])
      for (const { key, outcome, version } of finished(interrupted).assets) {
        expect({ key, outcome, built: existsSync(join(tables, key, '_delta_log')) }).toEqual({
          ...{ key, outcome, built: outcome === 'materialized' },
        })
        expect(version).toBe(outcome === 'materialized' ? 0 : null)
      }

      const rerun = lake(['materialize', '--json', ...places])
      expect(rerun.status).toBe(0)
      expect(new Set(Object.values(outcomes(rerun)))).toEqual(
        new Set(finished(interrupted).assets.map(({ outcome }) => (outcome === 'canceled' ? 'materialized' : 'fresh'))),
      )
      expect(document(lake(['query', 'select count(*) as n from log_data', '--json', ...places]))).toEqual([
        { n: '20000' },
      ])
      expect(
        document(lake(['runs', '--json', ...places])).runs.map(({ status }: { status: string }) => status),
      ).toEqual(['succeeded', 'canceled'])
      expect(leftovers(tables)).toEqual([])
    },
  )
})

/** Renews the lease of the run for an hour, because a stopped process cannot renew it. */
function renewLease(tables: string): void {
  const directory = join(tables, '_lake', 'leases')
  for (const name of readdirSync(directory)) {
    writeFileSync(join(directory, name), JSON.stringify({ expiresAt: new Date(Date.now() + 3_600_000).toISOString() }))
  }
}

/** The scratch directories of runs, and unfinished files. */
function leftovers(tables: string): readonly string[] {
  const names = readdirSync(tables, { recursive: true, encoding: 'utf8' })
  return names.filter((name) => /^_lake\/scratch\/.|\.tmp-|(claims|leases)\/.*\.json$/.test(name))
}
