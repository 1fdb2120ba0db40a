/**
 * A zero has no sign on any engine: 0.0 and -0.0 are one value wherever a query compares, groups or
 * joins. A query computes only 0.0.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { duckdbDialect } from '../../../framework/engines/duckdb/duckdb-dialect.ts'
import { DuckDbSession } from '../../../framework/engines/duckdb/duckdb-session.ts'
import { SESSION_SETTINGS } from '../../../framework/engines/spark/protocol/session-settings.ts'
import { sparkDialect } from '../../../framework/engines/spark/sql/spark-dialect.ts'
import type { SqlDialect } from '../../../framework/expression/dialect.ts'
import { typeNamed, type ValueType } from '../../../framework/expression/value-type.ts'
import { buildQuery } from '../../../framework/query/query.ts'
import { readTree, sqlOf } from '../../support/engines/three-engines.ts'
import { duckdbResult } from '../../support/functions/typed-rows.ts'
import { sparkEnvironments } from '../../support/spark/spark.ts'
import { SparkSql } from '../../support/spark/spark-sql.ts'

const type = (name: string) => typeNamed(name) as ValueType
const TABLES = new Map([
  [
    'numbers',
    {
      keys: [['id']],
      columns: [
        { name: 'id', type: type('int'), nullable: false },
        { name: 'x', type: type('double'), nullable: false },
      ],
    },
  ],
])

/**
 * Writes files as lake does: 0.0 for half of the rows, in a dictionary of values with a Bloom
 * filter.
 */
const ROWS = `SELECT CAST(i AS INT) AS id, CASE WHEN i % 2 = 0 THEN 0e0 ELSE CAST(1 + i % 4 AS DOUBLE) END AS x FROM range(1000) AS r(i)`

// biome-ignore lint/suspicious/noExplicitAny: the types of queries are tested elsewhere.
type Any = any

/** The rows whose x is 0. Their column z has -0.0. */
const negated = (db: Any) =>
  db
    .selectFrom('numbers')
    .where('x', '=', -0)
    .select(({ fn }: Any) => ['id', 'x', fn.negate('x').as('z'), fn.multiply('x', -1).as('y')])
    .as('n')

/** A query and its expected rows, with zeros as text. */
const CASES: readonly (readonly [name: string, query: (db: Any) => unknown, rows: readonly string[]])[] = [
  ['a computed zero', (db) => db.selectFrom(negated(db)).select(['z', 'y']).where('id', '=', 0), ['0.0 0.0']],
  [
    'functions that keep a sign',
    (db) =>
      db
        .selectFrom(negated(db))
        .select(({ fn }: Any) => [
          fn.round(fn.subtract('z', 0.25)).as('a'),
          fn.ceil(fn.subtract('z', 0.25)).as('b'),
          fn.trunc(fn.subtract('z', 0.25)).as('c'),
          fn.sqrt(fn.negate('x')).as('d'),
          fn.abs(fn.negate('x')).as('e'),
          fn.coalesce(fn.negate('x'), 1).as('f'),
        ])
        .where('id', '=', 0),
    ['0.0 0.0 0.0 0.0 0.0 0.0'],
  ],
  [
    'the least and the greatest of the values of a row',
    (db) =>
      db
        .selectFrom('numbers')
        .select(({ fn }: Any) => [
          fn.least('x', fn.negate('x')).as('a'),
          fn.least(fn.negate('x'), 'x').as('b'),
          fn.greatest('x', fn.negate('x')).as('c'),
          fn.greatest(fn.negate('x'), 'x').as('d'),
        ])
        .where('id', '=', 0),
    ['0.0 0.0 0.0 0.0'],
  ],
  [
    'aggregates',
    (db) =>
      db
        .selectFrom('numbers')
        .where('x', '=', 0)
        .select(({ fn }: Any) => [
          fn.min(fn.negate('x')).as('a'),
          fn.max(fn.negate('x')).as('b'),
          fn.sum(fn.negate('x')).as('c'),
          fn.avg(fn.negate('x')).as('d'),
          fn.median(fn.negate('x')).as('e'),
          fn.mode(fn.negate('x')).as('f'),
          fn.minBy(fn.negate('x'), 'id').as('g'),
        ])
        .groupBy('x'),
    ['0.0 0.0 0.0 0.0 0.0 0.0 0.0'],
  ],
  [
    'groups, which are one',
    (db) =>
      db
        .selectFrom(both(db))
        .select(({ fn }: Any) => ['v', fn.countRows().as('n')])
        .groupBy('v'),
    ['0.0 1000'],
  ],
  ['different rows, which are one', (db) => db.selectFrom(both(db)).select('v').distinct(), ['0.0']],
  [
    'what is counted once',
    (db) => db.selectFrom(both(db)).select(({ fn }: Any) => fn.countDistinct('v').as('n')),
    ['1'],
  ],
  [
    'rows joined',
    (db) =>
      db
        .selectFrom('numbers')
        .innerJoin(negated(db), 'n.z', 'numbers.x')
        .where('n.id', '=', 0)
        .select(({ fn }: Any) => fn.countRows().as('n')),
    ['500'],
  ],
  [
    'rows looked up',
    (db) =>
      db
        .selectFrom('numbers')
        .where('x', 'in', (eb: Any) => eb.selectFrom(negated(eb)).select('z').where('id', '=', 0))
        .select(({ fn }: Any) => fn.countRows().as('n')),
    ['500'],
  ],
  [
    'a constant',
    (db) =>
      db
        .selectFrom('numbers')
        .where('x', '=', -0)
        .select(({ fn }: Any) => fn.countRows().as('n')),
    ['500'],
  ],
  [
    'a list of constants',
    (db) =>
      db
        .selectFrom(negated(db))
        .where('z', 'in', [-0, ...Array.from({ length: 20 }, (_, n) => n + 100)])
        .where('z', 'in', [0, ...Array.from({ length: 20 }, (_, n) => n + 100)])
        .select(({ fn }: Any) => fn.countRows().as('n')),
    ['500'],
  ],
  [
    'ranks',
    (db) =>
      db
        .selectFrom(both(db))
        .select(({ fn }: Any) =>
          fn
            .rank()
            .over((ob: Any) => ob.orderBy('v'))
            .as('r'),
        )
        .distinct(),
    ['1'],
  ],
  [
    'rows of both sets',
    (db) =>
      db
        .selectFrom('numbers')
        .select('x as v')
        .where('x', '=', 0)
        .intersect(db.selectFrom(negated(db)).select('z as v')),
    ['0.0'],
  ],
]

/** The column v has 0.0 and -0.0, 500 times each. */
const both = (db: Any) =>
  db
    .selectFrom('numbers')
    .select('x as v')
    .where('x', '=', 0)
    .unionAll(
      db
        .selectFrom('numbers')
        .select(({ fn }: Any) => fn.negate('x').as('v'))
        .where('x', '=', 0),
    )
    .as('b')

const environments = sparkEnvironments()

describe('a zero', () => {
  const directory = mkdtempSync(join(tmpdir(), 'lake-zero-'))
  const file = join(directory, 'numbers.parquet')
  let duckdb: DuckDbSession

  beforeAll(async () => {
    duckdb = await DuckDbSession.open({ memoryLimit: '500MB', threads: 2 }, directory)
    await duckdb.withConnection(async (db) => {
      await db.run(`COPY (${ROWS}) TO '${file}' (FORMAT parquet)`)
      await db.run(`CREATE VIEW numbers AS SELECT * FROM read_parquet('${file}')`)
    })
  })
  afterAll(() => {
    duckdb.close()
    rmSync(directory, { recursive: true })
  })

  const sqlFor = (query: (db: Any) => unknown, dialect: SqlDialect) => {
    const read = readTree(
      buildQuery(({ db }) => query(db) as never),
      TABLES,
    )
    const names = read.outputs.map(({ name }) => `CAST(${name} AS ${dialect.typeName({ kind: 'text' })}) AS ${name}`)
    return `SELECT ${names.join(', ')} FROM (${sqlOf(read, dialect)}) AS own`
  }
  const words = ({ rows }: { readonly rows: readonly (readonly unknown[])[] }) => rows.map((row) => row.join(' '))

  it.each(CASES)('has no sign on DuckDB: %s', async (_, query, rows) => {
    const result = await duckdb.withConnection((db) => duckdbResult(db, sqlFor(query, duckdbDialect)))
    expect(words(result)).toEqual(rows)
  })

  describe.each(environments)('on Spark $version', (environment) => {
    let spark: SparkSql
    beforeAll(async () => {
      spark = await SparkSql.open(environment, { ...SESSION_SETTINGS, 'spark.sql.shuffle.partitions': '1' })
      await spark.query(`CREATE TEMPORARY VIEW numbers USING parquet OPTIONS (path '${file}')`)
    })
    afterAll(() => spark.close())

    it.each(CASES)('has no sign: %s', async (_, query, rows) => {
      expect(words(await spark.query(sqlFor(query, sparkDialect)))).toEqual(rows)
    })
  })
})
