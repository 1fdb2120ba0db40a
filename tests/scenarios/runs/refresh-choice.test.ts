/**
 * A table follows its upstreams or is rebuilt. The run chooses the cheaper way, and the plan says
 * which and why.
 */
import { bigint, byKey, defineAsset, defineSource, int, text } from 'lake'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { planText } from '../../../framework/report/plan-text.ts'
import { graphOf } from '../../support/lakes/graph-of.ts'
import { TestLake } from '../../support/lakes/test-lake.ts'
import { errors, modes, warnings } from '../../support/lakes/test-run.ts'

const readings = defineSource({ key: 'readings', columns: { sensor: int(), place: text(), value: bigint() } })

/**
 * How often the query reads the readings. lake considers a rebuild only if the query visits many
 * rows.
 */
const TIMES = 80
const ROWS = 100_000

const totals = defineAsset({
  key: 'totals',
  columns: { place: text(), readings: bigint(), value: bigint() },
  primaryKey: ['place'],
  incremental: byKey('place'),
  upstream: { readings },
  query: ({ db }) => {
    const read = () => db.selectFrom('readings').select(['place', 'value'])
    let all = read()
    for (let time = 1; time < TIMES; time++) all = all.unionAll(read())
    return db
      .selectFrom(all.as('every'))
      .groupBy('place')
      .select(({ fn }) => ['place', fn.countRows().as('readings'), fn.sumBigint('value').as('value')])
  },
})

const graph = graphOf([readings, totals])

const line = (sensor: number, value: number) => ({ sensor, place: `place ${sensor % 5}`, value })
const lines = (value: number) => Array.from({ length: ROWS }, (_, sensor) => line(sensor, value))

describe('a table that takes long to rebuild', () => {
  let lake: TestLake
  beforeEach(async () => {
    lake = new TestLake()
    lake.write('readings/all.json', lines(1))
    lake.write('readings/rest.json', lines(5).slice(0, ROWS / 2))
    expect(errors(await lake.run(graph))).toEqual([])
  })
  afterEach(() => lake.close())

  it('follows a new row, and its plan says why', async () => {
    lake.write('readings/more.json', [line(7, 100)])
    await lake.run(graph, { selection: ['readings'] })
    const plan = await lake.plan(graph)
    expect(plan.steps).toMatchObject([
      { asset: 'totals', mode: 'keys', follows: expect.stringMatching(/^following would take about .*, a rebuild /) },
    ])
    expect(planText(plan, { width: 200, paint: plain, now: new Date(0) })).toContain(
      'replace 1 key (following would take about',
    )
    const run = await lake.run(graph)
    expect({ ...modes(run), errors: errors(run), warnings: warnings(run) }).toEqual({
      totals: 'keys',
      errors: [],
      warnings: [],
    })
    expect(await lake.differences(graph)).toEqual({})
  })

  it('is rebuilt for a backfill of most rows, and its plan says why', async () => {
    lake.write('readings/all.json', lines(2))
    await lake.run(graph, { selection: ['readings'] })
    const plan = await lake.plan(graph)
    expect(plan.steps).toMatchObject([
      { asset: 'totals', mode: 'full', fullReason: expect.stringMatching(/^following would take about/) },
    ])
    expect(planText(plan, { width: 200, paint: plain, now: new Date(0) })).toContain(
      'rebuild in full (following would take about',
    )
    const run = await lake.run(graph)
    expect({ errors: errors(run), warnings: warnings(run) }).toEqual({ errors: [], warnings: [] })
    expect(affected(run)).toBeUndefined()
    expect(await lake.differences(graph)).toEqual({})
  })

  it('is rebuilt in the same run as its source, if the source loses most of its rows', async () => {
    lake.remove('readings/all.json')
    const run = await lake.run(graph)
    expect({ ...modes(run), errors: errors(run) }).toEqual({ readings: 'ingest', totals: 'full', errors: [] })
    expect(await lake.differences(graph)).toEqual({})
  })

  it('follows nevertheless if the user asks for that, and has the same rows', async () => {
    lake.write('readings/all.json', lines(2))
    const run = await lake.run(graph, { alwaysFollow: true })
    expect(affected(run)).toMatchObject({ keys: 5 })
    expect(await lake.differences(graph)).toEqual({})
  })
})

const plain = (shown: string) => shown

const affected = ({ events }: Awaited<ReturnType<TestLake['run']>>) =>
  events.flatMap((event) => (event.type === 'step-finished' && event.asset === 'totals' ? [event.affected] : []))[0]
