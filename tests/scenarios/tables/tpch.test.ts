/**
 * The queries of TPC-H give the same answers as DuckDB's own queries, on every engine, and all of
 * them follow changes.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Engine } from '../../../framework/engine/engine.ts'
import { TestLake, type TestRun } from '../../support/lakes/test-lake.ts'
import { errors, modes, outcomes, warnings } from '../../support/lakes/test-run.ts'
import { oneSpark } from '../../support/spark/spark.ts'
import { sharedSpark } from '../../support/spark/spark-engine.ts'
import { answersOf } from '../../support/tpch/answers.ts'
import { CHANGES } from '../../support/tpch/changes.ts'
import { tpchData } from '../../support/tpch/data.ts'
import { type PlainRows, printedRows, withColumnsOf } from '../../support/tpch/plain-rows.ts'
import { QUERIES, TABLES, tpchGraph } from '../../support/tpch/project.ts'
import { TpchTables } from '../../support/tpch/reference-tables.ts'

const SCALE = 0.01
const SETTINGS = { memoryLimit: '500MB', threads: 2 }

/** Numbers of rows at this scale. */
const LINE_ITEMS = 60_175

const data = tpchData(SCALE)

/** The queries that follow the changes of the benchmark. */
const FOLLOWED = QUERIES

describe.skipIf(!data)('the 22 queries of TPC-H', () => {
  const graph = tpchGraph()
  let tables: TpchTables
  let lake: TestLake

  /** A lake of the tables that DuckDB generates. */
  async function begin(): Promise<void> {
    if (!data) throw new Error('there is no data')
    lake = new TestLake()
    tables = await TpchTables.open(data, lake.directory, SETTINGS)
    await tables.write(lake)
  }

  function end(): void {
    tables.close()
    lake.close()
  }

  async function holdsAnswers(queries = QUERIES): Promise<void> {
    const answers = await answersOf(lake, graph)
    for (const query of queries) expectAnswer(query, answers[query], await tables.answer(query))
  }

  /**
   * Runs once more if Spark has ended by itself, which is an operational failure. Prints that
   * failure.
   */
  async function followedOnce(selection: readonly string[], engine?: Engine): Promise<TestRun> {
    const options = { selection, alwaysFollow: true, ...(engine && { engine }) }
    const run = await lake.run(graph, options)
    const failed = errors(run)
    if (failed.length === 0 || failed.some(({ transient }) => transient !== true)) return run
    process.stderr.write(`${failed.map(({ message }) => message).join('\n')}\n`)
    return lake.run(graph, options)
  }

  async function followed(selection: readonly string[], engine?: Engine): Promise<TestRun> {
    expect(errors(await lake.run(graph, { selection: TABLES }))).toEqual([])
    const run = await followedOnce(selection, engine)
    expect(errors(run)).toEqual([])
    expect(warnings(run)).toEqual([])
    const isWhole = Object.entries(modes(run)).filter(([, mode]) => mode !== 'keys')
    expect(isWhole.filter(([query]) => FOLLOWED.includes(query))).toEqual([])
    return run
  }

  describe('with the embedded engine', () => {
    const changed = new Set<string>()
    beforeAll(begin)
    afterAll(end)

    it('give the answers that DuckDB computes, and the answers that DuckDB publishes for this scale', async () => {
      expect(errors(await lake.run(graph))).toEqual([])
      await holdsAnswers()
      const answers = await answersOf(lake, graph)
      for (const query of QUERIES) {
        expectAnswer(query, answers[query], printedRows(data?.answers[query] ?? '', answers[query]?.[0]))
      }
    })

    it('have estimates of rows that are not greater than the number of values in their grouping columns', async () => {
      const plan = await lake.plan(graph, { full: true, only: true, selection: QUERIES })
      expect(Object.fromEntries(plan.steps.map(({ asset, estimate }) => [asset, estimate.written.rows]))).toEqual({
        ...{ q01: LINE_ITEMS, q02: 100, q03: 10, q04: 15_000, q05: 25, q06: 1, q07: 25 * 25 * LINE_ITEMS, q08: 15_000 },
        ...{ q09: 25 * 15_000, q10: 20, q11: 8_000, q12: LINE_ITEMS, q13: 1_500, q14: 1, q15: 100, q16: 2_000, q17: 1 },
        ...{ q18: 100, q19: 1, q20: 100, q21: 100, q22: 1_500 },
      })
    })

    it.each(CHANGES)('follow $what', async ({ make }) => {
      await make(tables)
      await tables.write(lake)
      const planned = (await lake.plan(graph)).steps
      const run = await followed(QUERIES)
      for (const { asset, estimate } of planned) {
        expect(affectedKeys(run, asset), asset).toBeLessThanOrEqual(estimate.keys ?? Number.POSITIVE_INFINITY)
      }
      await holdsAnswers()
      expect(await lake.differences(graph)).toEqual({})
      for (const [query, outcome] of Object.entries(outcomes(run))) if (outcome === 'materialized') changed.add(query)
    })

    it('have all changed after these changes', () => {
      expect(QUERIES.filter((query) => !changed.has(query))).toEqual([])
    })
  })

  const { LAKE_TPCH } = process.env
  // On Spark, all 22 queries would take minutes. LAKE_TPCH=all tries them.
  const FOLLOWED_ON_SPARK = LAKE_TPCH === 'all' ? QUERIES : ['q03', 'q04', 'q06', 'q11', 'q16', 'q22']

  // Spark 3.5 runs the queries as for large data, and Spark 4.1 as for small data.
  describe.each(data ? oneSpark('3.5') : [])('on Spark $version', (environment) => {
    const openSpark = sharedSpark(environment)
    beforeAll(begin)
    afterAll(end)

    it('give the same answers', async () => {
      expect(errors(await lake.run(graph, { selection: TABLES }))).toEqual([])
      expect(errors(await lake.run(graph, { engine: openSpark() }))).toEqual([])
      await holdsAnswers()
    })
  })

  describe.each(data ? oneSpark('4.1') : [])('on Spark $version, from tables of DuckDB', (environment) => {
    const openSpark = sharedSpark(environment)
    beforeAll(begin)
    afterAll(end)

    it('follow all changes at once', async () => {
      expect(errors(await lake.run(graph))).toEqual([])
      for (const { make } of CHANGES) await make(tables)
      await tables.write(lake)
      await followed(FOLLOWED_ON_SPARK, openSpark())
      await holdsAnswers(FOLLOWED_ON_SPARK)
    })
  })
})

function affectedKeys({ events }: TestRun, asset: string): number {
  const finished = events.find((event) => event.type === 'step-finished' && event.asset === asset)
  return (finished?.type === 'step-finished' && finished.affected?.keys) || 0
}

/** Leaves out keys that the benchmark does not select. */
function expectAnswer(query: string, rows: PlainRows | undefined, answer: PlainRows): void {
  expect({ query, rows: withColumnsOf(answer, rows) }).toEqual({ query, rows: answer })
}
