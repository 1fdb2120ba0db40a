import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { duckdbDialect } from '../../framework/engines/duckdb/duckdb-dialect.ts'
import { DuckDbSession } from '../../framework/engines/duckdb/duckdb-session.ts'
import { rowChecks as duckdbRowChecks } from '../../framework/engines/duckdb/row-checks.ts'
import { javaPattern } from '../../framework/engines/spark/java-pattern.ts'
import { rowChecks } from '../../framework/engines/spark/row-checks.ts'
import { SESSION_SETTINGS } from '../../framework/engines/spark/session-settings.ts'
import { sparkDialect } from '../../framework/engines/spark/spark-dialect.ts'
import { readRelation } from '../../framework/increment/read-relation.ts'
import { type RelationDialect, relationSql } from '../../framework/increment/relation-sql.ts'
import { PORTABLE_NAMES } from '../../framework/query/portable.ts'
import { buildQuery, compileQuery, type QueryBuilder, type QueryTree } from '../../framework/query/query.ts'
import { CHECKED, PATTERNS } from '../support/parity-checks.ts'
import { type Columns, type Db, FAILING, OF_A_GROUP, OF_A_ROW, ORDERS, QUERIES } from '../support/parity-queries.ts'
import { randomQuery, selectOf, TABLES } from '../support/random-query.ts'
import { sparkEnvironments } from '../support/spark.ts'
import { type SparkResult, SparkSql } from '../support/spark-sql.ts'
import { duckdbResult, typedRow, writeTypedRows } from '../support/typed-rows.ts'

const SEED = process.env.LAKE_SEED === undefined ? Date.now() | 0 : Number(process.env.LAKE_SEED)
const ROWS = 400
const RANDOM_QUERIES = 25

const drawn = <Value>(arbitrary: fc.Arbitrary<Value>, numRuns: number) => fc.sample(arbitrary, { seed: SEED, numRuns })

const tree = (query: (db: Db) => Pick<QueryBuilder<unknown>, 'toOperationNode'>): QueryTree =>
  buildQuery(({ db }) => query(db as unknown as Db))

const inWords = ({ rows }: SparkResult): readonly string[] => rows.map((row) => JSON.stringify(row))
const sorted = (result: SparkResult): readonly string[] => inWords(result).toSorted()

const RELATIONS_IN_SPARK: RelationDialect = {
  expressions: sparkDialect,
  scan: ({ alias }) => alias,
  staged: (name) => name,
  semiJoin: 'LEFT SEMI JOIN',
  antiJoin: 'LEFT ANTI JOIN',
}

const cell = fc.option(fc.integer({ min: 0, max: 2 }), { freq: 5 })

/** The rows of one of the tables that random queries read from. */
function smallTable(name: string): string {
  const rows = drawn(fc.tuple(cell, cell, cell), 6).map((cells, id) => `(${[id, ...cells].map(String).join()})`)
  const columns = TABLES.get(name)?.map((column, place) => `CAST(c${place} AS INT) AS ${column}`)
  return `SELECT ${columns?.join()} FROM (VALUES ${rows.join()}) AS v(c0, c1, c2, c3)`
}

const environments = sparkEnvironments()

describe.skipIf(environments.length === 0)('SQL for Spark', () => {
  const directory = mkdtempSync(join(tmpdir(), 'lake-dialect-'))
  const file = join(directory, 'typed.parquet')
  let duckdb: DuckDbSession

  beforeAll(async () => {
    process.stdout.write(`rows of every type: ${ROWS} rows, seed ${SEED}\n`)
    duckdb = await DuckDbSession.open({ memoryLimit: '500MB', threads: 2 }, directory)
    await duckdb.withConnection(async (db) => {
      await writeTypedRows(db, drawn(typedRow, ROWS), file)
      for (const name of TABLES.keys()) await db.run(`CREATE TABLE ${name} AS ${smallTable(name)}`)
    })
  })
  afterAll(() => {
    duckdb.close()
    rmSync(directory, { recursive: true })
  })

  const byDuckdb = (sql: string): Promise<SparkResult> => duckdb.withConnection((db) => duckdbResult(db, sql))

  it('has a meaning for every portable function', () => {
    const tried = Object.keys({ ...OF_A_ROW, ...OF_A_GROUP })
    expect(tried.sort()).toEqual([...PORTABLE_NAMES].sort())
    expect(Object.keys(sparkDialect.functions).sort()).toEqual([...PORTABLE_NAMES].sort())
  })

  describe.each(environments)('$version', (environment) => {
    let spark: SparkSql

    beforeAll(async () => {
      spark = new SparkSql(environment, SESSION_SETTINGS)
      await spark.query(`CREATE TEMPORARY VIEW typed USING parquet OPTIONS (path '${file}')`)
      for (const name of TABLES.keys()) await spark.query(`CREATE TEMPORARY VIEW ${name} AS ${smallTable(name)}`)
    })
    afterAll(() => spark.close())

    async function same(forSpark: string, forDuckdb: string, rows = sorted): Promise<void> {
      const [given, expected] = await Promise.all([spark.query(forSpark), byDuckdb(forDuckdb)])
      expect(given.types, forSpark).toEqual(expected.types)
      expect(rows(given), forSpark).toEqual(rows(expected))
    }
    const sameQuery = (query: QueryTree, rows = sorted) =>
      same(compileQuery(query, sparkDialect), compileQuery(query, duckdbDialect), rows)

    it.each(Object.entries(OF_A_ROW))('gives of every row what DuckDB gives: %s', async (_, values) => {
      const selected = (columns: Columns) => values(columns).map((value, place) => value.as(`x${place}`))
      await sameQuery(tree((db) => db.selectFrom('typed').select('id').select(selected)))
    })

    it.each(Object.entries(OF_A_GROUP))('gives of every group what DuckDB gives: %s', async (_, values) => {
      const selected = (columns: Columns) => values(columns).map((value, place) => value.as(`x${place}`))
      await sameQuery(tree((db) => db.selectFrom('typed').groupBy('small').select('small').select(selected)))
      await sameQuery(tree((db) => db.selectFrom('typed').where('id', '<', 0n).select(selected)))
    })

    it.each(Object.entries(QUERIES))('means what it means in DuckDB: %s', (_, query) => sameQuery(tree(query)))

    it.each(ORDERS.map((query, place) => [place, query] as const))('orders as DuckDB does: %i', (_, query) =>
      sameQuery(tree(query), inWords),
    )

    it.each(Object.entries(FAILING))('fails where DuckDB does: %s', async (_, query) => {
      const failing = tree(query)
      await expect(spark.query(compileQuery(failing, sparkDialect))).rejects.toThrow()
      await expect(byDuckdb(compileQuery(failing, duckdbDialect))).rejects.toThrow()
    })

    it('gives of random queries, read as relations, what DuckDB gives', async () => {
      let covered = 0
      for (const spec of drawn(randomQuery, RANDOM_QUERIES)) {
        const query = buildQuery(({ db }) => selectOf(spec, db))
        const read = readRelation(query, TABLES)
        if (read.kind === 'not-covered') continue
        covered += 1
        const outputs = read.outputs.map(({ id }) => id).join()
        const sql = `SELECT ${outputs} FROM (${relationSql(read.relation, RELATIONS_IN_SPARK)})`
        const expected = await byDuckdb(compileQuery(query, duckdbDialect))
        expect(sorted(await spark.query(sql)), sql).toEqual(sorted(expected))
      }
      expect(covered).toBeGreaterThan(0)
    })

    it.each(CHECKED)('checks rows as DuckDB does: $key', async (asset) => {
      const checking = (checks: typeof rowChecks) => {
        const predicates = checks(asset).map(({ predicate }, place) => `${predicate} AS c${place}`)
        return `SELECT id, ${predicates.join(', ')} FROM typed`
      }
      await same(checking(rowChecks), checking(duckdbRowChecks))
    })

    it('finds with regular expressions what DuckDB finds', async () => {
      const finding = (matches: (pattern: string) => string) =>
        `SELECT id, t, ${PATTERNS.map((pattern, place) => `${matches(pattern)} AS p${place}`).join(', ')} FROM typed`
      const found = ({ rows }: SparkResult) =>
        PATTERNS.map((pattern, place) => [pattern, rows.filter((row) => row[place + 2]).map(([, word]) => word)])
      const [given, expected] = await Promise.all([
        spark.query(finding((pattern) => `t RLIKE ${sparkDialect.text(javaPattern(pattern))}`)),
        byDuckdb(finding((pattern) => `regexp_matches(t, ${duckdbDialect.text(pattern)})`)),
      ])
      expect(found(given)).toEqual(found(expected))
      expect(sorted(given)).toEqual(sorted(expected))
    })
  })
})
