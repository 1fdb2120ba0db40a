/**
 * Logarithms and exponentials are near the exact value, are exact if it is a whole number, and are
 * the same to the last bit on every engine.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { ColumnNode, FunctionNode, ReferenceNode } from 'kysely'
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
const DRAWN = 3000

/**
 * JavaScript's own functions. Its log10 can differ from the nearest double by one unit in the last
 * place.
 */
const EXPECTED = { exp: Math.exp, ln: Math.log, log10: Math.log10, log2: Math.log2 } as const
const NAMES = Object.keys(EXPECTED) as (keyof typeof EXPECTED)[]
const MOST_UNITS = 2n

const type = (name: string) => typeNamed(name) as ValueType
const TABLE = { keys: [['x']], columns: [{ name: 'x', type: type('double'), nullable: true }] }
const call = (name: string) => FunctionNode.create(`lake:${name}`, [ReferenceNode.create(ColumnNode.create('x'))])
const QUERY = readTree(
  treeOf((db) => db.selectFrom('numbers').select(['x', ...NAMES.map((name) => aliased(call(name), name))])),
  new Map([['numbers', TABLE]]),
)

const powersOf = (base: number, least: number, most: number) =>
  Array.from({ length: most - least + 1 }, (_, index) => ({
    exponent: least + index,
    x: base === 2 ? 2 ** (least + index) : Number(`1e${least + index}`),
  }))
const TWOS = powersOf(2, -1074, 1023)
const TENS = powersOf(10, -307, 308)
const EDGES = [0, -1, -5e-324, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 1, Math.E, Math.SQRT2]
const MORE_EDGES = [Math.SQRT1_2, 709.782712893384, 709.7827128933841, -745.1332191019411, -745.1332191019412]

const drawn = fc.oneof(
  fc.double({ noNaN: true }),
  fc.double({ min: 0.5, max: 2, noNaN: true }),
  fc.double({ min: -746, max: 710, noNaN: true }),
  fc.double({ min: 1 - 2 ** -20, max: 1 + 2 ** -20, noNaN: true }),
  fc.double({ min: 0, max: 2 ** -1022, noNaN: true }),
)

/** Number of doubles between the two values. It is 0 for NaN and NaN. */
function unitsBetween(one: number, other: number): bigint {
  const [left, right] = [one, other].map(placeOf)
  const between = (left ?? 0n) - (right ?? 0n)
  return between < 0n ? -between : between
}

function placeOf(value: number): bigint {
  const view = new DataView(new ArrayBuffer(8))
  view.setFloat64(0, Number.isNaN(value) ? Number.NaN : value)
  const bits = view.getBigInt64(0)
  return bits < 0n ? -(bits & ((1n << 63n) - 1n)) : bits
}

type Answer = Readonly<Record<'x' | keyof typeof EXPECTED, number>>

describe('logarithms and exponentials', () => {
  const directory = mkdtempSync(join(tmpdir(), 'lake-logarithms-'))
  const file = join(directory, 'numbers.parquet')
  const numbers = [
    ...new Set([
      ...fc.sample(drawn, { seed: SEED, numRuns: DRAWN }).map((x) => x + 0),
      ...[...TWOS, ...TENS].map(({ x }) => x),
      ...EDGES,
      ...MORE_EDGES,
    ]),
  ]
  let duckdb: DuckDbSession
  let answers: ReadonlyMap<number, Answer>
  const sorted = ({ rows }: { readonly rows: readonly unknown[] }) => rows.map((row) => JSON.stringify(row)).toSorted()

  beforeAll(async () => {
    process.stdout.write(`logarithms: ${numbers.length} numbers, seed ${SEED}\n`)
    duckdb = await DuckDbSession.open({ memoryLimit: '500MB', threads: 2 }, directory)
    answers = await duckdb.withConnection(async (db) => {
      await db.run('CREATE TABLE numbers (x DOUBLE)')
      await db.run(`INSERT INTO numbers VALUES (NULL), ${numbers.map((x) => `(CAST('${x}' AS DOUBLE))`).join(', ')}`)
      await db.run(`COPY numbers TO '${file}' (FORMAT parquet)`)
      const rows = (await db.rows(sqlOf(QUERY, duckdbDialect))) as unknown as readonly Answer[]
      return new Map(rows.map((row) => [row.x, row]))
    })
  })
  afterAll(() => {
    duckdb.close()
    rmSync(directory, { recursive: true })
  })

  it.each(NAMES)('differ from those of JavaScript by at most two units in the last place: %s', (name) => {
    const far = numbers
      .map((x) => ({ x, given: answers.get(x)?.[name] ?? 0, expected: EXPECTED[name](x) }))
      .filter(({ given, expected }) => unitsBetween(given, expected) > MOST_UNITS)
    expect(answers.size).toBe(numbers.length + 1)
    expect(far.slice(0, 5)).toEqual([])
  })

  it('are exact for powers of two and of ten', () => {
    for (const { x, exponent } of TWOS) expect(answers.get(x)?.log2, `log2 of ${x}`).toBe(exponent)
    for (const { x, exponent } of TENS) expect(answers.get(x)?.log10, `log10 of ${x}`).toBe(exponent)
    expect(answers.get(1)).toEqual({ x: 1, exp: Math.E, ln: 0, log10: 0, log2: 0 })
    expect(answers.get(Math.E)?.ln).toBe(1)
  })

  it('are null for null', () => {
    expect(answers.get(null as never)).toEqual({ x: null, exp: null, ln: null, log10: null, log2: null })
  })

  it.each(sparkEnvironments())(
    'have the same bits on Spark $version',
    async (environment) => {
      const spark = await SparkSql.open(environment, { ...SESSION_SETTINGS, 'spark.sql.shuffle.partitions': '1' })
      try {
        await spark.query(`CREATE TEMPORARY VIEW numbers USING parquet OPTIONS (path '${file}')`)
        const own = await duckdb.withConnection((db) => duckdbResult(db, sqlOf(QUERY, duckdbDialect)))
        expect(sorted(await spark.query(sqlOf(QUERY, sparkDialect)))).toEqual(sorted(own))
      } finally {
        await spark.close()
      }
    },
    200_000,
  )
})
