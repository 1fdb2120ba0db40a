// What the last event of a run says, for each way in which a run can end.
import { join } from 'node:path'
import { bigint, defineAsset, defineSource, sqlCheck } from 'lake'
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { DuckDbEngine } from '../../../framework/engines/duckdb/duckdb-engine.ts'
import { LakeError } from '../../../framework/errors.ts'
import { foldRun } from '../../../framework/report/run/run-view.ts'
import { runText } from '../../../framework/report/run/runs-text.ts'
import { listRuns, readRun } from '../../../framework/run/run-log.ts'
import { graphOf } from '../../support/lakes/graph-of.ts'
import { TestLake } from '../../support/lakes/test-lake.ts'

const SETTINGS = { memoryLimit: '500MB', threads: 1 }
const PAGE = { width: Number.POSITIVE_INFINITY, paint: (text: string) => text, now: new Date() }

const lines = defineSource({ key: 'lines', columns: { id: bigint() } })
const positive = defineAsset({
  ...{ key: 'positive', columns: { id: bigint() }, primaryKey: ['id'], upstream: { lines } },
  checks: [sqlCheck('id is positive', 'id > 0')],
  query: ({ db }) => db.selectFrom('lines').select('id'),
})

describe('a run', () => {
  let lake: TestLake
  beforeEach(() => {
    lake = new TestLake()
    onTestFinished(() => lake.close())
    lake.write('lines/a.json', [{ id: 1 }])
  })

  it('succeeds if it has published everything, even if its cluster cannot be terminated', async () => {
    class Lasting extends DuckDbEngine {
      override async close() {
        await super.close()
        throw new LakeError('config', { problem: 'the cluster j-1 could not be terminated and may still cost money' })
      }
    }
    const run = await lake.run(graphOf([lines, positive]), { engine: new Lasting(SETTINGS, join(lake.directory, 'x')) })
    expect(run.events.slice(-2)).toMatchObject([
      { type: 'run-warned', message: 'the cluster j-1 could not be terminated and may still cost money' },
      { type: 'run-finished', status: 'succeeded' },
    ])
    const [id = ''] = await listRuns(lake.lake)
    const view = foldRun(await readRun(lake.lake, id))
    expect(view && runText(view, PAGE)).toContain('could not be terminated')
  })

  it('gives the reason in its last event if it failed: code, message, asset and what to do', async () => {
    lake.write('lines/a.json', [{ id: 0 }])
    const { events } = await lake.run(graphOf([lines, positive]))
    expect(events.at(-1)).toMatchObject({
      type: 'run-finished',
      status: 'failed',
      error: {
        ...{ code: 'check-failed', asset: 'positive', message: expect.stringContaining('id is positive') },
        remedy: expect.stringContaining('Correct the source rows'),
      },
    })
  })

  it('gives the reason in its last event even if it ends early, and throws nothing', async () => {
    const kept = {
      owners: () => Promise.reject(new TypeError('x is not a function')),
      lastHeardOf: async () => 0,
      end: async () => undefined,
    }
    const { events, result } = await lake.run(graphOf([lines, positive]), { externalResources: kept })
    expect(result.status).toBe('failed')
    expect(events.at(-1)).toMatchObject({
      type: 'run-finished',
      status: 'failed',
      error: { code: 'bug', message: expect.stringContaining('x is not a function') },
    })
  })
})
