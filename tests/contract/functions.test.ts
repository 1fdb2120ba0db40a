/** Every function and operator of the registry gives the same types and rows on DuckDB and on Spark, edge values included. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { duckdbDialect } from '../../framework/engines/duckdb/duckdb-dialect.ts'
import { DuckDbSession } from '../../framework/engines/duckdb/duckdb-session.ts'
import { SESSION_SETTINGS } from '../../framework/engines/spark/session-settings.ts'
import type { LakeFunction } from '../../framework/expression/function.ts'
import { FUNCTIONS } from '../../framework/expression/functions/registry.ts'
import { readQuery } from '../../framework/query/reader/read-query.ts'
import { edgeRow, edgeTable, writeEdgeRows } from '../support/edge-rows.ts'
import { type Argument, callNode, triesOf } from '../support/function-tries.ts'
import { sparkEnvironments } from '../support/spark.ts'
import { SparkSql } from '../support/spark-sql.ts'
import { aliased, readAs, sqlOf, ThreeEngines, treeOf } from '../support/three-engines.ts'

const SEED = process.env.LAKE_SEED === undefined ? Date.now() | 0 : Number(process.env.LAKE_SEED)
const ROWS = 300

const TABLES = new Map([['edges', edgeTable]])

const ofARow = [...FUNCTIONS.values()].filter(({ kind }) => kind === 'scalar' || kind === 'operator')

const calling = (called: LakeFunction, tries: readonly (readonly Argument[])[]) =>
  treeOf((db) =>
    db.selectFrom('edges').select(['id', ...tries.map((args, place) => aliased(callNode(called, args), `x${place}`))]),
  )

/** The calls that the reader takes. */
function accepted(called: LakeFunction): readonly (readonly Argument[])[] {
  return triesOf(called).filter((args) => readQuery(calling(called, [args]), TABLES).kind === 'read')
}

const environments = sparkEnvironments()

describe.skipIf(environments.length === 0)('functions and operators', () => {
  const directory = mkdtempSync(join(tmpdir(), 'lake-functions-'))
  const file = join(directory, 'edges.parquet')
  let duckdb: DuckDbSession

  beforeAll(async () => {
    process.stdout.write(`edge values: ${ROWS} rows, seed ${SEED}\n`)
    duckdb = await DuckDbSession.open({ memoryLimit: '500MB', threads: 2 }, directory)
    const rows = fc.sample(edgeRow, { seed: SEED, numRuns: ROWS })
    await duckdb.withConnection((db) => writeEdgeRows(db, rows, file))
  })
  afterAll(() => {
    duckdb.close()
    rmSync(directory, { recursive: true })
  })

  describe.each(environments)('$version', (environment) => {
    let spark: SparkSql
    let engines: ThreeEngines

    beforeAll(async () => {
      spark = new SparkSql(environment, SESSION_SETTINGS)
      await spark.query(`CREATE TEMPORARY VIEW edges USING parquet OPTIONS (path '${file}')`)
      engines = new ThreeEngines(duckdb, spark)
    })
    afterAll(() => spark.close())

    /** All calls in one query; where that fails, one after another. */
    async function sameCalls(called: LakeFunction): Promise<void> {
      const tries = accepted(called)
      expect(tries.length).toBeGreaterThan(0)
      const all = readAs(calling(called, tries), TABLES)
      const fails = await engines.byDuckDb(sqlOf(all, duckdbDialect)).then(
        () => false,
        () => true,
      )
      if (!fails) return await engines.same(all)
      for (const args of tries) await engines.sameOrFailing(readAs(calling(called, [args]), TABLES))
    }

    it.each(ofARow.map((called) => [called.name, called] as const))('give the same of a row: %s', async (_, called) => {
      await sameCalls(called)
    })
  })
})
