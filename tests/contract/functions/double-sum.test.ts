/**
 * Sums, averages and deviations of doubles are the same to the last bit on every engine, in any
 * order of rows.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { AggregateFunctionNode, ColumnNode, ReferenceNode, ValueNode } from 'kysely'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { duckdbDialect } from '../../../framework/engines/duckdb/duckdb-dialect.ts'
import { DuckDbSession } from '../../../framework/engines/duckdb/duckdb-session.ts'
import { SESSION_SETTINGS } from '../../../framework/engines/spark/protocol/session-settings.ts'
import { sparkDialect } from '../../../framework/engines/spark/sql/spark-dialect.ts'
import { typeNamed, type ValueType } from '../../../framework/expression/value-type.ts'
import { aliased, treeOf } from '../../support/engines/query-trees.ts'
import { readTree, sqlOf } from '../../support/engines/three-engines.ts'
import { duckdbResult } from '../../support/functions/typed-rows.ts'
import { sparkEnvironments } from '../../support/spark/spark.ts'
import { SparkSql } from '../../support/spark/spark-sql.ts'

/** The values are the same in each run. `npm run fuzz` draws others. */
const SEED = Number(process.env.LAKE_SEED ?? 3)
/** Few tasks suffice, because the tables are small. */
const FEW_TASKS = { 'spark.sql.shuffle.partitions': '2' }

const ROWS = 4000
const ORDERS = 4
const GROUPS = 6

const type = (name: string) => typeNamed(name) as ValueType
const column = (name: string, kind: string) => ({ name, type: type(kind), nullable: false })
const TABLE = { keys: [['id']], columns: [column('id', 'int'), column('g', 'int'), column('x', 'double')] }

const call = (name: string, ...options: readonly number[]) =>
  AggregateFunctionNode.create(`lake:${name}`, [
    ReferenceNode.create(ColumnNode.create('x')),
    ...options.map((option) => ValueNode.create(option)),
  ])

const NAMES = ['sum', 'avg', 'stddev', 'variance', 'stddev_pop', 'variance_pop', 'median'] as const

const QUERY = readTree(
  treeOf((db) =>
    db
      .selectFrom('numbers')
      .groupBy('g')
      .select(['g', ...NAMES.map((name) => aliased(call(name), name)), aliased(call('quantile', 0.9), 'q')]),
  ),
  new Map([['numbers', TABLE]]),
)

/**
 * The values of each group: amounts of money, tiny and huge values, all exponents, values that
 * cancel each other, values beyond the range of the pieces, special values.
 */
const VALUES: readonly fc.Arbitrary<number>[] = [
  fc.integer({ min: -1e7, max: 1e7 }).map((cents) => cents / 100),
  fc.double({ min: -1e-9, max: 1e-9, noNaN: true }),
  fc.double({ min: -1e15, max: 1e15, noNaN: true }),
  fc.constantFrom(1e16, -1e16, 1, -1, 0.1, 1e-17, 3e18, -3e18),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.double(),
]

interface Row {
  readonly g: number
  readonly x: number
}

/** The exact sum as the nearest double, computed with integers of 2^-1074. */
function exactSum(values: readonly number[]): number {
  const view = new DataView(new ArrayBuffer(8))
  const total = values.reduce((sum, value) => {
    view.setFloat64(0, value)
    const bits = view.getBigUint64(0)
    const exponent = Number((bits >> 52n) & 0x7ffn)
    const fraction = (bits & ((1n << 52n) - 1n)) | (exponent === 0 ? 0n : 1n << 52n)
    const scaled = fraction << BigInt(Math.max(exponent, 1) - 1)
    return sum + (bits >> 63n ? -scaled : scaled)
  }, 0n)
  return scaledDown(total)
}

/**
 * 2^-1074 times the integer. The integer is first cut to 64 bits, which is exact enough for a
 * bound.
 */
function scaledDown(total: bigint): number {
  const absolute = total < 0n ? -total : total
  const beyond = Math.max(0, absolute.toString(2).length - 64)
  const value = Number(absolute >> BigInt(beyond)) * 2 ** Math.max(beyond - 1074, -1022) * 2 ** Math.min(0, beyond - 52)
  return total < 0n ? -value : value
}

const literal = (value: number) => `CAST('${Object.is(value, -0) ? '-0.0' : value}' AS DOUBLE)`

const environments = sparkEnvironments()

describe('the sum of doubles', () => {
  const directory = mkdtempSync(join(tmpdir(), 'lake-sums-'))
  const rows: readonly Row[] = VALUES.slice(0, GROUPS).flatMap((values, g) =>
    fc.sample(values, { seed: SEED + g, numRuns: Math.ceil(ROWS / GROUPS) }).map((x) => ({ g, x })),
  )
  const orders: readonly (readonly Row[])[] = Array.from({ length: ORDERS }, (_, index) =>
    index === 0
      ? rows
      : (fc.sample(fc.shuffledSubarray([...rows], { minLength: rows.length }), { seed: SEED + index, numRuns: 1 })[0] ??
        rows),
  )
  let duckdb: DuckDbSession
  let expected: readonly string[]

  const byDuckDb = (order: number) =>
    duckdb.withConnection((db) =>
      duckdbResult(db, sqlOf(QUERY, duckdbDialect).replaceAll('numbers', `numbers${order}`)),
    )
  const words = (result: { readonly rows: readonly unknown[] }) =>
    result.rows.map((row) => JSON.stringify(row)).toSorted()

  beforeAll(async () => {
    process.stdout.write(`doubles: ${rows.length} rows, seed ${SEED}\n`)
    duckdb = await DuckDbSession.open({ memoryLimit: '500MB', threads: 2 }, directory)
    await duckdb.withConnection(async (db) => {
      for (const [order, shuffled] of orders.entries()) {
        const tuples = shuffled.map(({ g, x }, id) => `(${id}, ${g}, ${literal(x)})`)
        await db.run(`CREATE TABLE numbers${order} (id INT, g INT, x DOUBLE)`)
        await db.run(`INSERT INTO numbers${order} VALUES ${tuples.join(', ')}`)
        await db.run(
          `COPY numbers${order} TO '${join(directory, `${order}.parquet`)}' (FORMAT parquet, ROW_GROUP_SIZE 2048)`,
        )
      }
    })
    expected = words(await byDuckDb(0))
  })
  afterAll(() => {
    duckdb.close()
    rmSync(directory, { recursive: true })
  })

  it('is the same for every order of rows', async () => {
    expect(expected).toHaveLength(GROUPS)
    for (const order of orders.keys()) expect(words(await byDuckDb(order)), `order ${order}`).toEqual(expected)
  })

  it('is as near to the exact sum as documented', async () => {
    const sums = await duckdb.withConnection((db) =>
      db.rows(sqlOf(QUERY, duckdbDialect).replaceAll('numbers', 'numbers0')),
    )
    // The values of the last two groups are too large for a double to hold their sum.
    for (let g = 0; g < 4; g += 1) {
      const values = rows.filter((row) => row.g === g).map(({ x }) => x)
      const sum = Number(sums.find((row) => Number(row.g) === g)?.sum)
      const absolute = values.reduce((total, value) => total + Math.abs(value), 0)
      expect(Math.abs(sum - exactSum(values)), `group ${g}`).toBeLessThanOrEqual(
        absolute * 2 ** -50 + values.length * 2 ** -127,
      )
    }
  })

  it.each(environments)('is the same on Spark $version as on DuckDB, for every order of rows', async (environment) => {
    const spark = await SparkSql.open(environment, { ...SESSION_SETTINGS, ...FEW_TASKS })
    try {
      for (const order of orders.keys()) {
        const file = join(directory, `${order}.parquet`)
        await spark.query(`CREATE TEMPORARY VIEW numbers${order} USING parquet OPTIONS (path '${file}')`)
        const given = await spark.query(sqlOf(QUERY, sparkDialect).replaceAll('numbers', `numbers${order}`))
        expect(words(given), `order ${order}`).toEqual(expected)
      }
    } finally {
      await spark.close()
    }
  })
})
