// How often and for how long a run tries a step, and how it waits for other runs. The tests
// themselves do not wait.
import { join } from 'node:path'
import { bigint, defineAsset, defineSource, sqlCheck } from 'lake'
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import type { BuildRequest, BuildResult } from '../../../framework/engine/build-request.ts'
import { DuckDbEngine } from '../../../framework/engines/duckdb/duckdb-engine.ts'
import { LakeError } from '../../../framework/errors.ts'
import { delayAfter } from '../../../framework/execute/attempts.ts'
import { foldRun } from '../../../framework/report/run/run-view.ts'
import { runText } from '../../../framework/report/run/runs-text.ts'
import { claimAssets } from '../../../framework/run/claims/claim-assets.ts'
import { activeClaims } from '../../../framework/run/claims/open-claims.ts'
import { readRun } from '../../../framework/run/run-log.ts'
import { graphOf } from '../../support/lakes/graph-of.ts'
import { TestLake, type TestRun } from '../../support/lakes/test-lake.ts'

const SETTINGS = { memoryLimit: '500MB', threads: 1 }
const PAGE = { width: Number.POSITIVE_INFINITY, paint: (text: string) => text, now: new Date() }
const OTHER = '20261129T081500000Z-000001'

const lines = defineSource({ key: 'lines', columns: { id: bigint() } })
const table = (options: object = {}) =>
  defineAsset({
    ...{ key: 'copies', columns: { id: bigint() }, primaryKey: ['id'], upstream: { lines } },
    checks: [sqlCheck('id is positive', 'id > 0')],
    query: ({ db }) => db.selectFrom('lines').select('id'),
    ...options,
  })

const lost = new LakeError('storage', { problem: 'the connection broke', transient: true })

const retried = ({ events }: TestRun) => events.flatMap((event) => (event.type === 'step-retried' ? [event] : []))
const errorOf = ({ events }: TestRun) =>
  events.flatMap((event) => (event.type === 'step-finished' && event.error ? [event.error.code] : []))

describe('a run', () => {
  let lake: TestLake
  beforeEach(() => {
    lake = new TestLake()
    onTestFinished(() => lake.close())
    lake.write('lines/a.json', [{ id: 1 }])
  })

  /** An engine that meets one obstacle in each of its first builds. */
  function obstructed(...obstacles: readonly ((request: BuildRequest) => Promise<unknown>)[]) {
    const left = [...obstacles]
    class Obstructed extends DuckDbEngine {
      override async build(request: BuildRequest): Promise<BuildResult> {
        await left.shift()?.(request)
        return super.build(request)
      }
    }
    return { left, engine: new Obstructed(SETTINGS, join(lake.directory, 'spill')) }
  }

  const failing = (error: Error) => () => Promise.reject(error)
  /** A build that goes on until it is stopped. */
  const endless = ({ signal }: BuildRequest) =>
    new Promise((_, reject) => {
      if (signal.aborted) reject(new Error('stopped'))
      signal.addEventListener('abort', () => reject(new Error('stopped')))
    })

  it('tries a step again after operational failures, and says so in events, log and view', async () => {
    const waits: number[] = []
    const timing = { sleep: async (milliseconds: number) => void waits.push(milliseconds), random: () => 0.5 }
    const graph = graphOf([lines, table({ retries: { attempts: 3, delay: '10s', jitter: 0.2 } })])
    const run = await lake.run(graph, { timing, engine: obstructed(failing(lost), failing(lost)).engine })
    expect(run.result.status).toBe('succeeded')
    expect(waits).toEqual([9_000, 18_000])
    expect(retried(run)).toMatchObject([
      { asset: 'copies', attempt: 1, attempts: 3, delayMs: 9_000, error: { code: 'storage' } },
      { asset: 'copies', attempt: 2, attempts: 3, delayMs: 18_000, error: { message: 'the connection broke' } },
    ])
    const view = foldRun(await readRun(lake.lake, run.events[0]?.runId ?? ''))
    expect(view?.assets.find(({ key }) => key === 'copies')).toMatchObject({ state: 'materialized', retry: null })
    expect(view && runText(view, PAGE)).toContain('attempt 2 of 3 failed, the next began after 18 s: the connection')
  })

  it('reports the failure of the last attempt if all attempts have failed', async () => {
    const timing = { sleep: async () => undefined }
    const { engine, left } = obstructed(failing(lost), failing(lost), failing(lost))
    const run = await lake.run(graphOf([lines, table()]), { timing, engine, attempts: { retries: { attempts: 2 } } })
    expect({ retries: retried(run).length, left: left.length, errors: errorOf(run) }).toEqual({
      ...{ retries: 1, left: 1, errors: ['storage'] },
    })
  })

  it.each([
    ['an error in a query', new LakeError('query-failed', { problem: 'no such value' })],
    ['a mistake in the config', new LakeError('config', { problem: 'no such role' })],
    ['a bug', new TypeError('x is not a function')],
  ])('never tries %s again', async (_, error) => {
    const attempts = { retries: { attempts: 5 } }
    const run = await lake.run(graphOf([lines, table()]), { attempts, engine: obstructed(failing(error)).engine })
    expect(run.result.status).toBe('failed')
    expect(retried(run)).toEqual([])
  })

  it('never tries a failed check again', async () => {
    lake.write('lines/a.json', [{ id: 0 }])
    const run = await lake.run(graphOf([lines, table({ retries: { attempts: 5 } })]))
    expect({ errors: errorOf(run), retries: retried(run) }).toEqual({ errors: ['check-failed'], retries: [] })
  })

  it('ends an attempt after its timeout, and tries once more', async () => {
    const timing = { sleep: async () => undefined }
    const { engine } = obstructed(endless, endless)
    const graph = graphOf([lines, table({ retries: { attempts: 2, delay: '1s' }, timeout: '30m' })])
    const run = await lake.run(graph, { timing, engine })
    expect(errorOf(run)).toEqual(['timed-out'])
    expect(retried(run)).toMatchObject([{ error: { code: 'timed-out', message: expect.stringContaining('30m') } }])
  })

  it('ends as canceled if it is canceled while it waits for the next attempt', async () => {
    const stop = new AbortController()
    const timing = { sleep: async () => stop.abort() }
    const attempts = { retries: { attempts: 3 } }
    const { engine } = obstructed(failing(lost))
    const run = await lake.run(graphOf([lines, table()]), { timing, attempts, engine, signal: stop.signal })
    expect(run.result.status).toBe('canceled')
  })

  it('waits for the run that holds an asset, then plans again and builds the rest', async () => {
    const claim = await claimAssets(lake.lake, ['copies'], OTHER)
    if (claim.kind === 'held-by-other') throw new Error('held')
    const [{ claimedAt = '' } = {}] = await activeClaims(lake.lake)
    const graph = graphOf([lines, table()])
    await expect(lake.run(graph)).rejects.toMatchObject({
      code: 'held',
      problem: expect.stringContaining(`copies is being built by the run ${OTHER} (process ${process.pid} on`),
      details: { since: claimedAt },
    })
    let looks = 0
    const sleep = async () => {
      looks += 1
      if (looks === 3) await claim.claims.release()
    }
    const run = await lake.run(graph, { wait: true, timing: { sleep } })
    expect(looks).toBe(3)
    expect(run.result.status).toBe('succeeded')
    expect(run.events.slice(0, 2)).toMatchObject([
      { type: 'run-waited', asset: 'copies', message: expect.stringContaining(claimedAt) },
      { type: 'run-started' },
    ])
    const stored = foldRun(await readRun(lake.lake, run.events[0]?.runId ?? ''))
    expect(stored && runText(stored, PAGE)).toContain('waited     copies is being built by')
  })

  it('changes nothing if it is canceled while it waits for another run', async () => {
    const claim = await claimAssets(lake.lake, ['copies'], OTHER)
    const stop = new AbortController()
    const timing = { sleep: async () => stop.abort() }
    const run = lake.run(graphOf([lines, table()]), { wait: true, timing, signal: stop.signal })
    await expect(run).rejects.toMatchObject({ code: 'interrupted' })
    if (claim.kind === 'claimed') await claim.claims.release()
    expect(await lake.lake.names('_lake/runs')).toEqual([])
  })
})

describe('the wait before another attempt', () => {
  it('doubles up to its maximum, and is shorter by a random share', () => {
    const waits = [1, 2, 3, 4, 5].map((attempt) => delayAfter(attempt, { attempts: 9, delay: '1m', jitter: 0 }, 0.9))
    expect(waits).toEqual([60_000, 120_000, 240_000, 480_000, 600_000])
    expect(delayAfter(1, { attempts: 2, delay: '10s' }, 0)).toBe(10_000)
    expect(delayAfter(1, { attempts: 2, delay: '10s' }, 0.999)).toBe(5_005)
  })
})
