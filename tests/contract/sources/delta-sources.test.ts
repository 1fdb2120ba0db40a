// Sources that deltalake writes have the rows that deltalake reads, after each of its commits.

import { existsSync, mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { TestLake } from '../../support/lakes/test-lake.ts'
import { errors, outcomes } from '../../support/lakes/test-run.ts'
import { playGraph, playRows, rowsReadAnew } from '../../support/projects/outside-plays.ts'
import { CHANGES, type OutsideWriter, startOutsideWriter } from '../../support/python/outside-writer.ts'
import { python } from '../../support/python/python.ts'

const program = python('no Delta table of another writer is read')

let writer: OutsideWriter
beforeAll(() => {
  if (program) writer = startOutsideWriter(program)
})
afterAll(() => writer?.end())

/** Random numbers less than `below`. The same seed gives the same numbers. */
function numbers(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31
    return Math.floor((state / 2 ** 31) * below)
  }
}

function newLake(): { readonly lake: TestLake; readonly table: string } {
  const lake = new TestLake()
  onTestFinished(() => lake.close())
  const table = join(lake.directory, 'input/plays')
  mkdirSync(table, { recursive: true })
  return { lake, table }
}

describe.skipIf(program === undefined)('a source that deltalake writes', () => {
  it.each([1, 2, 3])('is followed row by row through a random history (seed %i)', async (seed) => {
    const { lake, table } = newLake()
    const below = numbers(seed)
    const history = [seed % 2 === 0 ? 'create' : 'create partitioned']
    for (let step = 0; step < 6; step++) history.push(CHANGES[below(CHANGES.length)] ?? 'append')
    for (const [step, change] of history.entries()) {
      const read = await writer.change(table, change)
      const run = await lake.run(playGraph)
      expect({ step, change, errors: errors(run) }).toEqual({ step, change, errors: [] })
      const [own, anew] = [await playRows(lake), await rowsReadAnew(lake)]
      expect({ step, change, rows: own.rows }).toEqual({ step, change, rows: read })
      expect({ step, change, placed: own.placed }).toEqual({ step, change, placed: anew.placed })
      expect({ step, change, differences: await lake.differences(playGraph) }).toEqual({
        step,
        change,
        differences: {},
      })
    }
  })

  it('does not become stale if a version changes no row', async () => {
    const { lake, table } = newLake()
    await writer.change(table, 'create')
    await lake.run(playGraph)
    for (const change of ['describe', 'checkpoint', 'vacuum']) {
      await writer.change(table, change)
      expect({ change, steps: (await lake.plan(playGraph)).steps }).toEqual({ change, steps: [] })
    }
  })

  it('reads only the files that a version added', async () => {
    const { lake, table } = newLake()
    await writer.change(table, 'create partitioned')
    await lake.run(playGraph)
    await writer.change(table, 'append')
    const { steps } = await lake.plan(playGraph)
    expect(steps[0]?.causes).toMatchObject([
      {
        kind: 'source-changed',
        changed: 0,
        removed: 0,
        message: expect.stringMatching(/^version 1 of its Delta table: /),
      },
    ])
  })

  it('is read anew if the table is created anew, but is not emptied if the new table is empty', async () => {
    const { lake, table } = newLake()
    await writer.change(table, 'create')
    await lake.run(playGraph)
    rmSync(table, { recursive: true })
    mkdirSync(table)
    const read = await writer.change(table, 'create anew')
    await lake.run(playGraph)
    expect((await playRows(lake)).rows).toEqual(read)
    rmSync(table, { recursive: true })
    mkdirSync(table)
    await writer.change(table, 'create')
    await writer.change(table, 'delete all')
    await expect(lake.run(playGraph, { allowEmpty: false })).rejects.toThrow('another Delta table is in')
    expect((await playRows(lake)).rows).toEqual(read)
  })

  it('has no rows after the writer deletes all of them', async () => {
    const { lake, table } = newLake()
    await writer.change(table, 'create')
    await lake.run(playGraph)
    await writer.change(table, 'delete all')
    expect(outcomes(await lake.run(playGraph, { allowEmpty: false }))).toMatchObject({ plays: 'materialized' })
    expect((await playRows(lake)).rows).toEqual([])
    expect(existsSync(table)).toBe(true)
  })
})
