// What a run does if newer code than its own has built a table.

import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { defineAsset, defineSource, int } from 'lake'
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { DuckDbEngine } from '../../../framework/engines/duckdb/duckdb-engine.ts'
import { observeTable } from '../../../framework/observe/observe.ts'
import { graphOf } from '../../support/lakes/graph-of.ts'
import { TestLake } from '../../support/lakes/test-lake.ts'
import { errors, outcomes } from '../../support/lakes/test-run.ts'

const lines = defineSource({ key: 'lines', columns: { id: int() } })

const belowOf = (below: number, least = 0) =>
  graphOf([
    lines,
    defineAsset({
      ...{ key: 'some', columns: { id: int().min(least) }, primaryKey: ['id'], upstream: { lines } },
      query: ({ db }) => db.selectFrom('lines').select('id').where('id', '<', below),
    }),
  ])

const MONDAY = new Date('2026-05-04T08:00:00Z')
const TUESDAY = new Date('2026-05-05T08:00:00Z')
const WEDNESDAY = new Date('2026-05-06T08:00:00Z')

describe('a table that newer code made', () => {
  let lake: TestLake
  beforeEach(() => {
    lake = new TestLake()
    onTestFinished(() => lake.close())
    lake.write('lines/a.json', [{ id: 1 }, { id: 2 }])
  })
  const version = async () => (await observeTable(lake.lake, 'some'))?.version
  const run = (graph: ReturnType<typeof belowOf>, loadedAt: Date, overwriteNewer = false) =>
    lake.run(graph, { loaded: { loadedAt, overwriteNewer } })

  it('is not replaced by a process that loaded older code', async () => {
    await run(belowOf(2), TUESDAY)
    const old = await run(belowOf(9), MONDAY)
    expect(outcomes(old)).toEqual({ some: 'failed' })
    expect(errors(old)).toMatchObject([{ code: 'newer-code', asset: 'some', remedy: expect.stringContaining('again') }])
    expect(errors(old)[0]?.message).toContain('2026-05-05T08:00:00.000Z')
    expect(await version()).toBe(0)
  })

  it('is replaced if the user asks for it, or by code that was loaded later', async () => {
    await run(belowOf(2), TUESDAY)
    expect(outcomes(await run(belowOf(9), MONDAY, true))).toEqual({ some: 'materialized' })
    expect(outcomes(await run(belowOf(1), WEDNESDAY))).toEqual({ some: 'materialized' })
    expect(await version()).toBe(2)
  })

  it('is refreshed by an older process if both have the same code of the asset', async () => {
    await run(belowOf(9), TUESDAY)
    lake.write('lines/b.json', [{ id: 3 }])
    expect(outcomes(await run(belowOf(9), MONDAY))).toEqual({ lines: 'materialized', some: 'materialized' })
  })

  it('keeps the checks of the newer code', async () => {
    await run(belowOf(9, 1), TUESDAY)
    lake.write('lines/b.json', [{ id: 0 }])
    const old = await run(belowOf(9, 0), MONDAY)
    expect(outcomes(old)).toEqual({ lines: 'materialized', some: 'failed' })
  })

  it('is not replaced by a run that lost its claim before its step began', async () => {
    await run(belowOf(9), MONDAY)
    lake.write('lines/b.json', [{ id: 3 }])
    class Slow extends DuckDbEngine {
      override async ingest(request: Parameters<DuckDbEngine['ingest']>[0]) {
        const result = await super.ingest(request)
        rmSync(join(lake.directory, 'lake', '_lake', 'claims'), { recursive: true })
        await lake.run(belowOf(2), { selection: ['some'], only: true, loaded: { loadedAt: WEDNESDAY } })
        return result
      }
    }
    const engine = new Slow({ memoryLimit: '500MB', threads: 1 }, join(lake.directory, 'slow'))
    const late = await lake.run(belowOf(9), { engine, loaded: { loadedAt: TUESDAY } })
    expect(errors(late)).toMatchObject([{ code: 'newer-code', asset: 'some' }])
    expect(await version()).toBe(1)
  })
})
