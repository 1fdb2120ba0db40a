// A snapshot of several tables contains only versions that fit together, even while runs publish
// others.
import { defineAsset, defineSource, int, openLake, sqlCheck } from 'lake'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { graphOf } from '../../support/lakes/graph-of.ts'
import { type Reading, TestLake } from '../../support/lakes/test-lake.ts'

const MOST_PAIRS = 1000

const left = defineSource({ key: 'left_in', columns: { n: int() } })
const right = defineSource({ key: 'right_in', columns: { n: int() } })
const copyOf = (key: string, upstream: typeof left, most: number) =>
  defineAsset({
    key,
    columns: { n: int() },
    upstream: { upstream },
    checks: [],
    query: ({ db }) => db.selectFrom('upstream').select('n').where('n', '<', most),
  })
const small = copyOf('small', left, 100)
const all = copyOf('all_left', left, 1_000_000)
const rights = copyOf('rights', right, 1_000_000)
const pairs = defineAsset({
  key: 'pairs',
  columns: { n: int(), m: int() },
  primaryKey: ['n', 'm'],
  checks: [sqlCheck('few', `n < ${MOST_PAIRS}`)],
  upstream: { all, rights },
  query: ({ db }) => db.selectFrom('all').innerJoin('rights', 'rights.n', 'all.n').select(['all.n', 'rights.n as m']),
})
const ASSETS = [left, right, small, all, rights, pairs]
const TABLES = [small, all, rights, pairs]
const graph = graphOf(ASSETS)

function latch() {
  let open = () => {}
  const opened = new Promise<void>((resolve) => {
    open = resolve
  })
  return { opened, open: () => open() }
}

describe('a snapshot', () => {
  let lake: TestLake
  beforeEach(async () => {
    lake = new TestLake()
    writeRows([1, 2])
    expect((await lake.run(graph)).result.status).toBe('succeeded')
  })
  afterEach(() => lake.close())

  function writeRows(rows: readonly number[], side: 'both' | 'left' = 'both'): void {
    const lines = rows.map((n) => ({ n }))
    lake.write('left_in/a.json', lines)
    if (side === 'both') lake.write('right_in/a.json', lines)
  }
  const snapshot = async (assets = TABLES, options = {}) => (await openLake(lake.lake.uri)).snapshot(assets, options)
  const versions = async (assets = TABLES, options = {}) =>
    Object.fromEntries((await snapshot(assets, options)).versions.map(({ key, version }) => [key, version]))

  it('stays at its versions while runs publish newer ones', async () => {
    const before = await snapshot()
    writeRows([1, 2, 3])
    const { result } = await lake.run(graph)
    expect(result.assets.map(({ version }) => version)).toEqual([1, 1, 1, 1, 1, 1])
    expect(await before.table(pairs).select('n').all()).toHaveLength(2)
    expect(await (await snapshot()).table(pairs).select('n').all()).toHaveLength(3)
    expect(await versions()).toEqual({ small: 1, all_left: 1, rights: 1, pairs: 1 })
    expect(() => before.table(left)).toThrow(/does not have left_in: it was made of small, all_left, rights, pairs/)
  })

  it('leaves out what an unfinished run has published', async () => {
    writeRows([1, 2, 3])
    const gate = latch()
    const published = latch()
    // The run has read one source and built the tables of that source. It waits for the other
    // source.
    const reading: Reading = (files) => ({
      read: async (path: string, mostBytes?: number) => {
        const content = await files.read(path, mostBytes)
        if (files.uri.endsWith('right_in')) await gate.opened
        return content
      },
    })
    const done = new Set<string>()
    const run = lake.run(graph, {
      reading,
      onEvent: (event) => {
        if (event.type !== 'step-finished') return
        done.add(event.asset)
        if (done.has('small') && done.has('all_left')) published.open()
      },
    })
    await published.opened
    const during = await snapshot()
    expect(await versions()).toEqual({ small: 0, all_left: 0, rights: 0, pairs: 0 })
    expect(await versions([small, rights])).toEqual({ small: 0, rights: 0 })
    gate.open()
    expect((await run).result.status).toBe('succeeded')
    expect(await versions()).toEqual({ small: 1, all_left: 1, rights: 1, pairs: 1 })
    expect(await during.table(all).all()).toHaveLength(2)
  })

  it('goes back to versions that fit together if a run failed to build one of the tables', async () => {
    writeRows([1, 2, MOST_PAIRS])
    const { result } = await lake.run(graph)
    expect(result).toMatchObject({ status: 'failed', error: { asset: 'pairs' } })
    expect(result.assets.map(({ version }) => version)).toEqual(expect.arrayContaining([0, 1]))
    expect(await versions()).toEqual({ small: 0, all_left: 0, rights: 0, pairs: 0 })
    expect(await versions([all])).toEqual({ all_left: 1 })
    expect(await versions([pairs, rights])).toEqual({ pairs: 0, rights: 0 })
  })

  it('takes the newest versions even if other tables have changes in rows that they do not read', async () => {
    writeRows([1, 2, 500], 'left')
    const { result } = await lake.run(graph)
    expect(result.assets).toContainEqual(expect.objectContaining({ key: 'rights', outcome: 'fresh', version: 0 }))
    // The rows of `small` are the same as before, so its new version has the new input and the old
    // files.
    const { small: smallVersion, ...others } = await versions()
    expect(smallVersion).toBeGreaterThanOrEqual(0)
    expect(others).toEqual({ all_left: 1, rights: 0, pairs: 1 })
  })

  it('contains what a given run left, even after later runs; an unknown run is refused', async () => {
    const first = (await snapshot()).versions[0]?.runId ?? ''
    writeRows([1, 2, 3])
    await lake.run(graph)
    writeRows([1, 2, 3, 4], 'left')
    await lake.run(graph, { selection: ['small'] })
    expect(await versions(TABLES, { run: first })).toEqual({ small: 0, all_left: 0, rights: 0, pairs: 0 })
    // The last run built only `small`, from a version of a source that the other tables have not
    // read.
    expect(await versions(TABLES, { run: 'last' })).toEqual({ small: 1, all_left: 1, rights: 1, pairs: 1 })
    expect(await versions([small], { run: 'last' })).toEqual({ small: 2 })
    await expect(versions(TABLES, { run: '19700101T000000000Z-000000' })).rejects.toThrow(/no run 1970/)
  })

  it('refuses a table that was never built', async () => {
    const other = copyOf('other', left, 5)
    await expect(versions([small, other])).rejects.toThrow(/other has not been built/)
  })
})
