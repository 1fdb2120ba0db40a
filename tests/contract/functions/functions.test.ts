/**
 * Every function and operator of the registry gives the same types and rows on DuckDB and on Spark,
 * even for edge values.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { duckdbDialect } from '../../../framework/engines/duckdb/duckdb-dialect.ts'
import { DuckDbSession } from '../../../framework/engines/duckdb/duckdb-session.ts'
import { SESSION_SETTINGS } from '../../../framework/engines/spark/protocol/session-settings.ts'
import { FUNCTIONS } from '../../../framework/expression/functions/registry.ts'
import { readTree, sqlOf, ThreeEngines, type Verdict } from '../../support/engines/three-engines.ts'
import { edgeRow, SPARK_COLUMNS, writeEdgeRows } from '../../support/functions/edge-rows.ts'
import {
  type CallShape,
  callsOf,
  type FunctionCall,
  failuresOf,
  queryOf,
  shapesOf,
  TABLES,
  written,
} from '../../support/functions/function-calls.ts'
import { IS_FUZZ } from '../../support/shared/fuzz.ts'
import { sparkEnvironments } from '../../support/spark/spark.ts'
import { SparkSql } from '../../support/spark/spark-sql.ts'
import { sparkWays } from '../../support/spark/submit-settings.ts'

/** The values are the same in each run. `npm run fuzz` draws others. */
const SEED = Number(process.env.LAKE_SEED ?? 3)
/** Few tasks suffice, because the tables are small. */
const FEW_TASKS = { 'spark.sql.shuffle.partitions': '1' }

const ROWS = 300
/** Maximum number of columns that Spark still compiles like the columns of assets. */
const CALLS_IN_A_QUERY = 80
/** `npm run fuzz` tries all calls of aggregates in all shapes. */
const MOST = { row: { first: 10, others: 0 }, group: { first: 4, others: IS_FUZZ ? Number.POSITIVE_INFINITY : 3 } }

/**
 * Maximum number of calls of a function for which the test checks that Spark fails on a row on
 * which DuckDB fails. Each version of Spark begins with another call.
 */
const FAILING = IS_FUZZ ? Number.POSITIVE_INFINITY : 2

const only = process.env.LAKE_FUNCTIONS?.split(',')
/** The functions that give one value. series.test.ts tests `fn.series`, which gives rows. */
const functions = [...FUNCTIONS.values()].filter(
  ({ kind, name }) => kind !== 'series' && (only?.includes(name) ?? true),
)
const SHAPES: readonly CallShape[] = [
  'row',
  'groups',
  'filtered',
  'no rows',
  'window',
  'filtered window',
  'frame',
  'ties',
]

function inParts<Item>(items: readonly Item[], size: number): readonly (readonly Item[])[] {
  const count = Math.ceil(items.length / size)
  return Array.from({ length: count }, (_, part) => items.slice(part * size, (part + 1) * size))
}

/**
 * Each version of Spark tries the first call of a function over rows. The two versions share the
 * other calls. `npm run fuzz` tries all calls on each.
 */
function partOf(calls: readonly FunctionCall[], turn: number, turns: number): readonly FunctionCall[] {
  if (IS_FUZZ) return calls
  const seen = new Map<string, number>()
  return calls.filter(({ called, shape }) => {
    const key = `${called.kind} ${called.name}`
    const index = seen.get(key) ?? 0
    seen.set(key, index + 1)
    return shape !== 'row' || index === 0 || index % turns === turn
  })
}

const environments = sparkEnvironments()
const ways = sparkWays(environments).map((way, turn) => ({ ...way, turn }))

describe.skipIf(environments.length === 0)('functions and operators', () => {
  const directory = mkdtempSync(join(tmpdir(), 'lake-functions-'))
  const file = join(directory, 'edges.parquet')
  const calls = functions.flatMap((called) =>
    callsOf(called, called.kind === 'scalar' || called.kind === 'operator' ? MOST.row : MOST.group, SEED),
  )
  const failing = new Map<FunctionCall, readonly string[]>()
  let duckdb: DuckDbSession

  beforeAll(async () => {
    process.stdout.write(`edge values: ${ROWS} rows, ${calls.length} calls, seed ${SEED}\n`)
    duckdb = await DuckDbSession.open({ memoryLimit: '500MB', threads: 2 }, directory)
    const rows = fc.sample(edgeRow, { seed: SEED, numRuns: ROWS })
    await duckdb.withConnection(async (db) => {
      await writeEdgeRows(db, rows, file)
      // Otherwise the engine would compute common parts of the calls once, outside of TRY.
      await db.run("SET disabled_optimizers = 'common_subexpressions'")
      const ofRows = calls.filter(({ shape }) => shape === 'row')
      for (const part of inParts(ofRows, CALLS_IN_A_QUERY)) {
        const answers = await db.rows(sqlOf(readTree(failuresOf(part), TABLES), duckdbDialect))
        for (const [index, call] of part.entries()) {
          const ids = answers.filter((row) => row[`x${index}`] === null).map(({ id }) => String(id))
          if (ids.length > 0) failing.set(call, ids)
        }
      }
      await db.run('RESET disabled_optimizers')
    })
  })
  afterAll(() => {
    duckdb.close()
    rmSync(directory, { recursive: true })
  })

  describe.each(ways)('$environment.version, $way', ({ environment, settings, turn }) => {
    const tried = partOf(calls, turn, ways.length)
    let spark: SparkSql
    let engines: ThreeEngines
    const verdicts = new Map<FunctionCall, Verdict>()

    beforeAll(async () => {
      spark = await SparkSql.open(environment, { ...SESSION_SETTINGS, ...FEW_TASKS, ...settings })
      await spark.query(
        `CREATE TEMPORARY VIEW edges AS SELECT id, ${SPARK_COLUMNS.join(', ')} FROM parquet.\`${file}\``,
      )
      engines = new ThreeEngines(duckdb, spark, TABLES)
      for (const shape of SHAPES) {
        const ofShape = tried.filter((call) => call.shape === shape)
        for (const part of inParts(ofShape, CALLS_IN_A_QUERY)) {
          for (const [call, verdict] of await engines.verdicts(part, queryOf(shape, failing)))
            verdicts.set(call, verdict)
        }
      }
    })
    afterAll(() => spark.close())

    const verdictsOf = (name: string) =>
      tried
        .filter(({ called }) => called.name === name)
        .map((call) => ({ call, verdict: verdicts.get(call) ?? { kind: 'differs', how: 'was not tried' } }))

    it.each(functions.map(({ name }) => name))('gives the same: %s', (name) => {
      const all = verdictsOf(name)
      const wrong = all.flatMap(({ call, verdict }) => ('how' in verdict ? [`${written(call)}: ${verdict.how}`] : []))
      expect(wrong, wrong.join('\n')).toEqual([])
      // A call that fails for all rows proves nothing.
      for (const shape of shapesOf(FUNCTIONS.get(name) as never)) {
        const kinds = all.filter(({ call }) => call.shape === shape).map(({ verdict }) => verdict.kind)
        expect(kinds, shape).toContain('same')
      }
    })

    it.each(functions.map(({ name }) => name))('fails on the same rows: %s', async (name) => {
      const own = calls.filter((call) => call.called.name === name && failing.has(call))
      for (const call of own.filter(
        (_, index) => (index + SEED + turn) % Math.max(1, Math.ceil(own.length / FAILING)) === 0,
      )) {
        const ids = failing.get(call) ?? []
        const id = ids[Math.abs(SEED) % ids.length] ?? ''
        const how = await engines.sparkFails(queryOf('row')([call]), id)
        expect(how === undefined ? undefined : `${written(call)}: ${how}`).toBeUndefined()
      }
    })
  })
})
