/** Tables of one row, and tables of the first rows of an order, follow their upstreams. */
import { bigint, byKey, defineAsset, defineSource, testAsset, text } from 'lake'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { buildGraph } from '../../../framework/graph/asset-graph.ts'
import { graphOf } from '../../support/lakes/graph-of.ts'
import { TestLake } from '../../support/lakes/test-lake.ts'
import { errors, modes, outcomes, written } from '../../support/lakes/test-run.ts'

const scores = defineSource({ key: 'scores', columns: { name: text(), team: text(), points: bigint() } })

const total = defineAsset({
  key: 'total',
  columns: { points: bigint().nullable(), players: bigint() },
  oneRow: true,
  upstream: { scores },
  query: ({ db }) =>
    db
      .selectFrom('scores')
      .where('team', '=', 'red')
      .select(({ fn }) => [fn.sum('points').as('points'), fn.countRows().as('players')]),
})

const aboveMean = defineAsset({
  key: 'above_mean',
  columns: { name: text(), points: bigint() },
  primaryKey: ['name'],
  incremental: byKey('name'),
  upstream: { scores, total },
  query: ({ db }) =>
    db
      .selectFrom('scores')
      .where('team', '=', 'red')
      .where((eb) => eb(eb.fn.multiply('points', 2), '>', eb.selectFrom('total').select('total.points')))
      .select(['name', 'points']),
})

const captain = defineAsset({
  key: 'captain',
  columns: { name: text(), points: bigint() },
  oneRow: true,
  upstream: { scores },
  query: ({ db }) => db.selectFrom('scores').where('team', '=', 'captain').select(['name', 'points']),
})

const best = defineAsset({
  key: 'best',
  columns: { name: text(), points: bigint() },
  primaryKey: ['name'],
  incremental: byKey('name'),
  upstream: { scores },
  query: ({ db }) =>
    db.selectFrom('scores').where('team', '=', 'red').select(['name', 'points']).orderBy('points', 'desc').limit(2),
})

const score = (name: string, points: number, team = 'red') => ({ name, team, points })

const red = [score('Ada', 5), score('Bo', 3), score('Cy', 3)] as const

describe('a table of one row', () => {
  let lake: TestLake
  beforeEach(() => {
    lake = new TestLake()
    lake.write('scores/red.json', red)
    lake.write('scores/captain.json', [score('Dee', 1, 'captain')])
  })
  afterEach(() => lake.close())

  it('follows its upstreams; tables that read it as a value follow it', async () => {
    const graph = graphOf([scores, total, aboveMean])
    expect(errors(await lake.run(graph))).toEqual([])
    lake.write('scores/more.json', [score('Eve', 15)])
    const run = await lake.run(graph)
    expect(errors(run)).toEqual([])
    expect(modes(run)).toMatchObject({ total: 'keys', above_mean: 'keys' })
    expect(written(run)).toMatchObject({ total: 1, above_mean: 1 })
    expect(await lake.differences(graph)).toEqual({})
  })

  it('has one row even if its upstream has no rows', async () => {
    const graph = graphOf([scores, total])
    await lake.run(graph)
    lake.remove('scores/red.json')
    const run = await lake.run(graph)
    expect(errors(run)).toEqual([])
    expect(outcomes(run)).toMatchObject({ total: 'materialized' })
    expect(await lake.differences(graph)).toEqual({})
  })

  it('stays unchanged, and is not computed, if only rows change that it does not read', async () => {
    const graph = graphOf([scores, total])
    await lake.run(graph)
    lake.write('scores/blue.json', [score('Finn', 7, 'blue')])
    expect(outcomes(await lake.run(graph))).toMatchObject({ total: 'unchanged' })
    expect(await lake.differences(graph)).toEqual({})
  })

  it('can be a row of its upstream, and changes when another row takes the place of that row', async () => {
    const graph = graphOf([scores, captain])
    expect(errors(await lake.run(graph))).toEqual([])
    lake.write('scores/captain.json', [score('Gus', 2, 'captain')])
    const run = await lake.run(graph)
    expect(errors(run)).toEqual([])
    expect(modes(run)).toMatchObject({ captain: 'keys' })
    expect(await lake.differences(graph)).toEqual({})
  })

  it('is not published with two rows or no row, after a rebuild or an increment', async () => {
    const graph = graphOf([scores, captain])
    await lake.run(graph)
    const two = {
      code: 'check-failed',
      message: expect.stringContaining('"has exactly one row" fails: there are 2 rows'),
    }
    const none = {
      code: 'check-failed',
      message: expect.stringContaining('"has exactly one row" fails: there are 0 rows'),
    }
    lake.write('scores/second.json', [score('Hal', 2, 'captain')])
    const followed = await lake.run(graph)
    expect(modes(followed)).toMatchObject({ captain: 'keys' })
    expect(errors(followed)).toMatchObject([two])
    expect(errors(await lake.run(graph, { selection: ['captain'], full: true }))).toMatchObject([two])
    lake.remove('scores/second.json')
    lake.remove('scores/captain.json')
    expect(errors(await lake.run(graph))).toMatchObject([none])
    expect(errors(await lake.run(graph, { selection: ['captain'], full: true }))).toMatchObject([none])
  })

  it('can be tested on rows in memory like any other table', async () => {
    const rows = { scores: [score('Ada', 5), score('Bo', 3)].map((row) => ({ ...row, points: BigInt(row.points) })) }
    expect(await testAsset(total, rows)).toEqual([{ points: 8n, players: 2n }])
    await expect(testAsset(captain, rows)).rejects.toThrow('"has exactly one row" fails: there are 0 rows')
  })

  it('must not declare a key, partitions or increments', () => {
    const built = buildGraph([
      scores,
      { ...total, primaryKey: ['players'] },
      { ...captain, partitionBy: ['name'], incremental: byKey('name') },
    ])
    expect(built).toMatchObject({
      kind: 'problems',
      problems: [
        { asset: 'captain', message: 'it has one row and partitions' },
        { asset: 'captain', message: 'it has one row, which follows its upstreams by itself' },
        { asset: 'total', message: 'it has one row and a primary key' },
      ],
    })
  })
})

describe('a table of the first rows of an order', () => {
  const graph = graphOf([scores, best])
  let lake: TestLake
  beforeEach(async () => {
    lake = new TestLake()
    lake.write('scores/red.json', red)
    await lake.run(graph)
  })
  afterEach(() => lake.close())

  it('follows rows that are added before its last row, and rows that are removed', async () => {
    lake.write('scores/more.json', [score('Eve', 4)])
    const run = await lake.run(graph)
    expect(modes(run)).toMatchObject({ best: 'keys' })
    expect(written(run)).toMatchObject({ best: 2 })
    expect(await lake.differences(graph)).toEqual({})
    lake.write('scores/red.json', red.slice(1))
    await lake.run(graph)
    expect(await lake.differences(graph)).toEqual({})
  })

  it('stays the same if rows are added after its last row; the other columns decide ties', async () => {
    lake.write('scores/more.json', [score('Cat', 3), score('Eve', 1)])
    expect(outcomes(await lake.run(graph))).toMatchObject({ best: 'unchanged' })
    lake.write('scores/more.json', [score('Al', 3)])
    expect(outcomes(await lake.run(graph))).toMatchObject({ best: 'materialized' })
    expect(await lake.differences(graph)).toEqual({})
  })

  it('is refused without an order', () => {
    const any = defineAsset({
      key: 'any',
      columns: { name: text(), points: bigint() },
      upstream: { scores },
      query: ({ db }) => db.selectFrom('scores').select(['name', 'points']).limit(2),
    })
    expect(buildGraph([scores, any])).toMatchObject({
      problems: [{ asset: 'any', message: expect.stringContaining('it has a LIMIT without an ORDER BY') }],
    })
  })
})
