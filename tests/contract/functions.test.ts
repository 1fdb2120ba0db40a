/** Every function and operator of the registry gives the same types and rows on DuckDB and on Spark, edge values included. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import {
  AggregateFunctionNode,
  BinaryOperationNode,
  ColumnNode,
  FunctionNode,
  type OperationNode,
  OperatorNode,
  OrderByItemNode,
  OverNode,
  PartitionByItemNode,
  ReferenceNode,
  ValueNode,
} from 'kysely'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { duckdbDialect } from '../../framework/engines/duckdb/duckdb-dialect.ts'
import { DuckDbSession } from '../../framework/engines/duckdb/duckdb-session.ts'
import { SESSION_SETTINGS } from '../../framework/engines/spark/session-settings.ts'
import type { LakeFunction } from '../../framework/expression/function.ts'
import { FUNCTIONS } from '../../framework/expression/functions/registry.ts'
import { PREFIX } from '../../framework/query/builder/function-names.ts'
import type { QueryTree } from '../../framework/query/query.ts'
import { readQuery } from '../../framework/query/reader/read-query.ts'
import { edgeRow, edgeTable, writeEdgeRows } from '../support/edge-rows.ts'
import { type Argument, callNode, triesOf } from '../support/function-tries.ts'
import { aliased, treeOf } from '../support/query-trees.ts'
import { sparkEnvironments } from '../support/spark.ts'
import { SparkSql } from '../support/spark-sql.ts'
import { type Readable, readAs, sqlOf, ThreeEngines } from '../support/three-engines.ts'

const SEED = process.env.LAKE_SEED === undefined ? Date.now() | 0 : Number(process.env.LAKE_SEED)
/** The tables are small. */
const FEW_TASKS = { 'spark.sql.shuffle.partitions': '2' }

const ROWS = 300

const TABLES = new Map([['edges', edgeTable]])

const ofARow = [...FUNCTIONS.values()].filter(({ kind }) => kind === 'scalar' || kind === 'operator')

const aggregates = [...FUNCTIONS.values()].filter((called) => called.kind === 'aggregate')
const windows = [...FUNCTIONS.values()].filter((called) => called.kind === 'window')

const SHAPES = ['groups', 'filtered', 'no rows', 'window', 'filtered window', 'frame', 'ties'] as const
type Shape = (typeof SHAPES)[number]

/** Each kind of argument once, and each constant with the first of them. */
function tried(called: LakeFunction): readonly (readonly Argument[])[] {
  const shape = called.kind === 'window' ? 'window' : 'groups'
  const all = triesOf(called).filter((args) => readQuery(groupsOf(called, [args], shape), TABLES).kind === 'read')
  const seen = new Set<string>()
  return all.filter((args, index) => {
    if (index === 0) return true
    const fresh = args.some((argument, place) => !seen.has(`${place}:${JSON.stringify(argument)}`))
    for (const [place, argument] of args.entries()) seen.add(`${place}:${JSON.stringify(argument)}`)
    return fresh
  })
}

const ref = (name: string) => ReferenceNode.create(ColumnNode.create(name))
const orderedBy = (...names: readonly string[]) => names.map((name) => OrderByItemNode.create(ref(name)))

const IS_C = BinaryOperationNode.create(ref('c'), OperatorNode.create('is'), ValueNode.createImmediate(true))

/** The calls over the rows of the table in that shape. */
function groupsOf(called: LakeFunction, tries: readonly (readonly Argument[])[], shape: Shape): QueryTree {
  const calls = tries.map((args, place) => aliased(shaped(called, args, shape), `x${place}`))
  return treeOf((db) => {
    const rows = db.selectFrom('edges')
    if (shape === 'no rows') return rows.select(calls).where('id', '<', 0n)
    return isOfGroups(shape) ? rows.groupBy('small').select(['small', ...calls]) : rows.select(['id', ...calls])
  })
}

const isOfGroups = (shape: Shape) => shape === 'groups' || shape === 'filtered'

function shaped(called: LakeFunction, args: readonly Argument[], shape: Shape): OperationNode {
  const call = callNode(called, args) as AggregateFunctionNode
  const ordered =
    called.name === 'string_agg' ? AggregateFunctionNode.cloneWithOrderBy(call, orderedBy('b', 'q')) : call
  const filtered = shape.startsWith('filtered') ? AggregateFunctionNode.cloneWithFilter(ordered, IS_C) : ordered
  if (shape === 'no rows' || isOfGroups(shape)) return filtered
  const partitioned = OverNode.cloneWithPartitionByItems(OverNode.create(), [
    PartitionByItemNode.create(ref('small') as never),
  ])
  const sorted = shape === 'ties' ? ['q'] : shape === 'frame' || called.kind === 'window' ? ['q', 'id'] : []
  const over = sorted.length > 0 ? OverNode.cloneWithOrderByItems(partitioned, orderedBy(...sorted)) : partitioned
  const windowed = { ...filtered, over }
  const frame = ['rows', -3, 0].map((value) => ValueNode.create(value))
  return shape === 'frame' ? FunctionNode.create(`${PREFIX}frame`, [windowed, ...frame]) : windowed
}

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
      spark = new SparkSql(environment, { ...SESSION_SETTINGS, ...FEW_TASKS })
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

    /** Those that fail on one engine fail on the other. */
    async function sameOfGroups(called: LakeFunction, shape: Shape): Promise<void> {
      const tries = tried(called)
      expect(tries.length).toBeGreaterThan(0)
      const fails = (read: Readable) =>
        engines.byDuckDb(sqlOf(read, duckdbDialect)).then(
          () => false,
          () => true,
        )
      const all = readAs(groupsOf(called, tries, shape), TABLES)
      if (!(await fails(all))) return await engines.same(all)
      for (const args of tries) {
        const read = readAs(groupsOf(called, [args], shape), TABLES)
        await ((await fails(read)) ? engines.fails(read) : engines.same(read))
      }
    }

    it.each(aggregates.map((called) => [called.name, called] as const))(
      'give the same of groups: %s',
      async (_, called) => {
        for (const shape of ['groups', 'filtered', 'no rows'] as const) await sameOfGroups(called, shape)
        if (called.kind === 'aggregate' && called.groupsOnly) return
        for (const shape of ['window', 'filtered window', 'frame'] as const) await sameOfGroups(called, shape)
      },
    )

    it.each(windows.map((called) => [called.name, called] as const))(
      'give the same over windows: %s',
      async (_, called) => {
        await sameOfGroups(called, 'window')
        if (called.order === 'ties') await sameOfGroups(called, 'ties')
      },
    )

    it.each(ofARow.map((called) => [called.name, called] as const))('give the same of a row: %s', async (_, called) => {
      await sameCalls(called)
    })
  })
})
