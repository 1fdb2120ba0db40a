/** fn.series gives the documented values, the same on DuckDB and on Spark. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { duckdbDialect } from '../../../framework/engines/duckdb/duckdb-dialect.ts'
import { DuckDbSession } from '../../../framework/engines/duckdb/duckdb-session.ts'
import { SESSION_SETTINGS } from '../../../framework/engines/spark/protocol/session-settings.ts'
import { sparkDialect } from '../../../framework/engines/spark/sql/spark-dialect.ts'
import { FUNCTIONS } from '../../../framework/expression/functions/registry.ts'
import { DATE_UNITS, TIME_UNITS, type TimeUnit } from '../../../framework/expression/series.ts'
import { typeNamed } from '../../../framework/expression/value-type.ts'
import type { QueryTree } from '../../../framework/query/query.ts'
import { aliased, treeOf } from '../../support/engines/query-trees.ts'
import { readTree, sqlOf } from '../../support/engines/three-engines.ts'
import { written } from '../../support/functions/edge-rows.ts'
import { callNode, type TriedArgument } from '../../support/functions/function-tries.ts'
import { duckdbResult } from '../../support/functions/typed-rows.ts'
import { sparkEnvironments } from '../../support/spark/spark.ts'
import { SparkSql } from '../../support/spark/spark-sql.ts'

/** `npm run fuzz` draws other rows in each run. */
const SEED = Number(process.env.LAKE_SEED ?? 5)
const RANDOM_ROWS = 150

const TYPES = {
  i: 'int',
  j: 'int',
  n: 'bigint',
  o: 'bigint',
  k: 'bigint',
  day: 'date',
  day2: 'date',
  at: 'timestamp',
  at2: 'timestamp',
  until: 'timestamp',
}
type Column = keyof typeof TYPES
type Row = Readonly<Record<Column, bigint | null>>

const typeOf = (name: string) => typeNamed(name) ?? { kind: 'text' as const }
const SPANS = {
  keys: [['id']],
  columns: [
    { name: 'id', type: typeOf('bigint'), nullable: false },
    ...Object.entries(TYPES).map(([name, type]) => ({ name, type: typeOf(type), nullable: true })),
  ],
}
const TABLES = new Map([['spans', SPANS]])

const MILLIS_IN_DAY = 86_400_000
const DAY = 86_400_000_000n
const dayOf = (text: string) => BigInt(Math.floor(Date.parse(`${text}T00:00:00Z`) / MILLIS_IN_DAY))
const momentOf = (text: string) => BigInt(Date.parse(text)) * 1000n

/**
 * Ends of months, leap days, the change of the calendar in 1582, clock changes, the first and the
 * last day.
 */
const DAYS = [
  ...(['2023-01-31', '2023-02-28', '2024-01-30', '2024-02-29', '2024-03-30', '2024-03-31', '2024-12-31'] as const),
  ...(['1582-10-04', '1582-10-31', '0001-01-01', '9999-12-31', '1970-01-01', '1969-12-31', '2100-02-28'] as const),
].map(dayOf)
const MOMENTS = [
  ...([
    '2024-01-31T23:59:59.999Z',
    '2024-02-29T23:59:59.999Z',
    '2023-02-28T00:00:00Z',
    '2019-03-31T00:30:00Z',
  ] as const),
  ...(['2019-10-27T00:30:00Z', '1582-10-04T12:00:00Z', '0001-01-31T00:00:00Z', '1969-12-31T23:59:59.999Z'] as const),
].map(momentOf)
const LEAST_DAY = dayOf('0001-01-01')
const GREATEST_DAY = dayOf('9999-12-31')
const between = (least: bigint, value: bigint, greatest: bigint) =>
  value < least ? least : value > greatest ? greatest : value
const asInt = (value: bigint) => between(-(2n ** 31n), value, 2n ** 31n - 1n)
const asBigint = (value: bigint) => between(-(2n ** 63n), value, 2n ** 63n - 1n)

const days = fc.oneof(fc.constantFrom(...DAYS), fc.bigInt(LEAST_DAY, GREATEST_DAY))
const moments = fc.oneof(fc.constantFrom(...MOMENTS), fc.bigInt(LEAST_DAY * DAY, GREATEST_DAY * DAY))
const ints = fc.oneof(fc.constantFrom(0n, 1n, -1n, 2147483640n, -2147483648n), fc.bigInt(-9n, 9n))
const bigints = fc.oneof(ints, fc.constantFrom(9223372036854775800n, -9223372036854775808n))

/** Ends of series near their beginnings, before and after them. */
const row: fc.Arbitrary<Row> = fc
  .record({ i: ints, n: bigints, day: days, at: moments, steps: fc.bigInt(-3n, 7n), length: fc.bigInt(-2n, 900n) })
  .map(({ i, n, day, at, steps, length }) => ({
    ...{
      i,
      j: asInt(i + steps),
      k: i + steps,
      n,
      o: asBigint(n + steps),
      day,
      day2: between(LEAST_DAY, day + length, GREATEST_DAY),
    },
    ...{ at, at2: at + length * 3_600_000_123n, until: between(LEAST_DAY, day + length, GREATEST_DAY) * DAY + 1n },
  }))
const nulls = fc.array(fc.constantFrom(...(Object.keys(TYPES) as Column[])), { maxLength: 1 })
const rows = fc
  .tuple(row, nulls)
  .map(([all, none]): Row => ({ ...all, ...Object.fromEntries(none.map((n) => [n, null])) }))

interface Case {
  readonly from: Column
  readonly to: Column
  readonly step?: TimeUnit | number
}

const CASES: readonly Case[] = [
  ...([undefined, 1, 3] as const).flatMap((step) => [
    ...(
      [
        ['i', 'j'],
        ['n', 'o'],
        ['i', 'k'],
      ] as const
    ).map(([from, to]) => ({ from, to, ...(step && { step }) })),
  ]),
  ...DATE_UNITS.map((step) => ({ from: 'day', to: 'day2', step }) as const),
  ...TIME_UNITS.filter((unit) => unit !== 'second' && unit !== 'minute').map(
    (step) => ({ from: 'at', to: 'at2', step }) as const,
  ),
  { from: 'day', to: 'until', step: 'quarter' },
]

const named = ({ from, to, step }: Case) => `series(${from}, ${to}, ${step ?? ''})`

function treeFor({ from, to, step }: Case): QueryTree {
  const called = FUNCTIONS.get('series')
  if (!called) throw new Error('there is no fn.series')
  const args: readonly TriedArgument[] = [from, to, ...(step === undefined ? [] : [{ constant: step }])]
  return treeOf((db) => db.selectFrom('spans').select(['id', aliased(callNode(called, args), 'x')]))
}

const MONTHS: Readonly<Partial<Record<TimeUnit, number>>> = { year: 12, quarter: 3, month: 1 }
const HOURS: Readonly<Partial<Record<TimeUnit, bigint>>> = { week: 168n, day: 24n, hour: 1n }

/**
 * Adds months to a moment in microseconds. If the month is too short for the day, the result is its
 * last day.
 */
function addMonths(micros: bigint, months: number): bigint {
  const days = micros >= 0n || micros % DAY === 0n ? micros / DAY : micros / DAY - 1n
  const at = new Date(Number(days) * MILLIS_IN_DAY)
  const first = new Date(0)
  first.setUTCFullYear(at.getUTCFullYear(), at.getUTCMonth() + months, 1)
  const next = new Date(0)
  next.setUTCFullYear(first.getUTCFullYear(), first.getUTCMonth() + 1, 0)
  first.setUTCDate(Math.min(at.getUTCDate(), next.getUTCDate()))
  return BigInt(first.getTime() / MILLIS_IN_DAY) * DAY + (micros - days * DAY)
}

/** The documented meaning: the series begins with `from`, and has further values up to `to`. */
function valuesOf({ from, to, step }: Case, row: Row): readonly bigint[] {
  const [first, last] = [row[from], row[to]]
  if (first === null || last === null) return []
  const isTime = typeof step === 'string'
  const toMicros = (value: bigint, column: Column) => (TYPES[column] === 'date' ? value * DAY : value)
  const [start, end] = isTime ? [toMicros(first, from), toMicros(last, to)] : [first, last]
  const at = (index: number): bigint => {
    if (!isTime) return start + BigInt(index) * BigInt(step ?? 1)
    const months = MONTHS[step]
    return months ? addMonths(start, index * months) : start + BigInt(index) * (HOURS[step] ?? 0n) * 3_600_000_000n
  }
  const values: bigint[] = []
  for (let index = 0; at(index) <= end; index++) values.push(at(index))
  return TYPES[from] === 'date' && TYPES[to] === 'date' ? values.map((value) => value / DAY) : values
}

const environments = sparkEnvironments()

describe('a series', () => {
  const directory = mkdtempSync(join(tmpdir(), 'lake-series-'))
  const drawn = fc.sample(rows, { seed: SEED, numRuns: RANDOM_ROWS })
  const file = join(directory, 'spans.parquet')
  let duckdb: DuckDbSession

  const byDuckDb = (tree: QueryTree) =>
    duckdb.withConnection((db) => duckdbResult(db, sqlOf(readTree(tree, TABLES), duckdbDialect)))

  beforeAll(async () => {
    duckdb = await DuckDbSession.open({ memoryLimit: '500MB', threads: 2 }, directory)
    const cells = Object.entries(TYPES)
    const tuples = drawn.map(
      (row, id) => `(${[id, ...cells.map(([name, type]) => written(typeOf(type), row[name as Column]))].join(', ')})`,
    )
    const names = ['id', ...cells.map(([name]) => name)]
    const columns = names.map((name, index) => `CAST(col${index} AS ${DUCKDB[name] ?? 'BIGINT'}) AS "${name}"`)
    await duckdb.withConnection(async (db) => {
      await db.run(`CREATE TABLE spans AS SELECT ${columns.join(', ')} FROM (VALUES ${tuples.join(', ')})`)
      await db.run(`COPY spans TO '${file}' (FORMAT parquet)`)
    })
  })
  afterAll(() => {
    duckdb.close()
    rmSync(directory, { recursive: true })
  })

  const sorted = (all: readonly (readonly unknown[])[]) => all.map((cells) => cells.join(' ')).sort()
  const expected = (one: Case) => sorted(drawn.flatMap((row, id) => valuesOf(one, row).map((value) => [id, value])))

  it('has many values for some of the tested rows, and none for others', () => {
    const counts = CASES.flatMap((one) => drawn.map((row) => valuesOf(one, row).length))
    expect(counts.filter((count) => count === 0).length).toBeGreaterThan(counts.length / 20)
    expect(counts.filter((count) => count > 5).length).toBeGreaterThan(counts.length / 20)
  })

  it.each(CASES.map((one) => [named(one), one] as const))('has the values that it means: %s', async (_, one) => {
    const { rows, types } = await byDuckDb(treeFor(one))
    expect(sorted(rows)).toEqual(expected(one))
    const type = one.from === one.to || TYPES[one.from] === TYPES[one.to] ? TYPES[one.from] : TYPES[one.to]
    expect(types.x).toBe(type)
  })

  it.each([
    ['9223372036854775807', '-9223372036854775808'],
    ['1000000', '0'],
  ])('fails on DuckDB for more values than the limit: %s from %s', async (to, from) => {
    const sql = `SELECT 0 AS id, CAST(${from} AS BIGINT) AS n, CAST(${to} AS BIGINT) AS o`
    const tree = treeFor({ from: 'n', to: 'o' })
    const query = sqlOf(readTree(tree, TABLES), duckdbDialect).replaceAll('spans', `(${sql})`)
    const message = `fn.series gives more than 1,000,000 values for one row, from ${from} to ${to}: give it a greater step`
    await expect(duckdb.withConnection((db) => db.rows(query))).rejects.toThrow(message)
  })

  it('can have a million values', async () => {
    const sql = sqlOf(readTree(treeFor({ from: 'n', to: 'o' }), TABLES), duckdbDialect)
    const query = sql.replaceAll('spans', '(SELECT 0 AS id, CAST(1 AS BIGINT) AS n, CAST(1000000 AS BIGINT) AS o)')
    const rows = await duckdb.withConnection((db) => db.rows(`SELECT count(*) AS n, max(x) AS last FROM (${query})`))
    expect(rows).toEqual([{ n: 1000000n, last: 1000000n }])
  })

  describe.each(environments)('on Spark $version', (environment) => {
    let spark: SparkSql
    beforeAll(async () => {
      spark = await SparkSql.open(environment, { ...SESSION_SETTINGS, 'spark.sql.shuffle.partitions': '1' })
      await spark.query(`CREATE TEMPORARY VIEW spans USING parquet OPTIONS (path '${file}')`)
    })
    afterAll(() => spark.close())

    it.each(CASES.map((one) => [named(one), one] as const))('has the same rows and type: %s', async (_, one) => {
      const tree = treeFor(one)
      const { rows, types } = await spark.query(sqlOf(readTree(tree, TABLES), sparkDialect))
      expect(sorted(rows)).toEqual(expected(one))
      expect(types.x).toBe((await byDuckDb(tree)).types.x)
    })

    it('fails for more values than the limit', async () => {
      const sql = sqlOf(readTree(treeFor({ from: 'n', to: 'o' }), TABLES), sparkDialect)
      const rows = '(SELECT 0 AS id, CAST(-9223372036854775808 AS BIGINT) AS n, 9223372036854775807 AS o)'
      await expect(spark.query(sql.replaceAll('spans', rows))).rejects.toThrow(
        'fn.series gives more than 1,000,000 values for one row, from -9223372036854775808 to 9223372036854775807',
      )
    })
  })
})

const DUCKDB: Readonly<Record<string, string>> = {
  ...{ i: 'INTEGER', j: 'INTEGER', n: 'BIGINT', o: 'BIGINT', k: 'BIGINT', day: 'DATE', day2: 'DATE' },
  ...{ at: 'TIMESTAMP WITH TIME ZONE', at2: 'TIMESTAMP WITH TIME ZONE', until: 'TIMESTAMP WITH TIME ZONE' },
}
