/**
 * Queries, checks and patterns have the same meaning on Spark as on DuckDB. (functions.test.ts
 * tries each function.)
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { duckdbDialect } from '../../../framework/engines/duckdb/duckdb-dialect.ts'
import { DuckDbSession } from '../../../framework/engines/duckdb/duckdb-session.ts'
import { duckdbRowChecks } from '../../../framework/engines/duckdb/row-checks.ts'
import { SESSION_SETTINGS } from '../../../framework/engines/spark/protocol/session-settings.ts'
import { sparkRowChecks } from '../../../framework/engines/spark/sql/row-checks.ts'
import { sparkDialect } from '../../../framework/engines/spark/sql/spark-dialect.ts'
import { javaPattern } from '../../../framework/expression/functions/text/java-pattern.ts'
import { typeNamed, type ValueType } from '../../../framework/expression/value-type.ts'
import { buildQuery, canonicalSql, type QueryBuilder } from '../../../framework/query/query.ts'
import { CHECKED, CHECKED_PATTERNS } from '../../support/engines/parity-checks.ts'
import { FAILING, ORDERS, type ParityDb, QUERIES } from '../../support/engines/parity-queries.ts'
import { type ReadTree, readTree, sqlOf } from '../../support/engines/three-engines.ts'
import { duckdbResult, TYPED_COLUMNS, typedRow, writeTypedRows } from '../../support/functions/typed-rows.ts'
import { numbers } from '../../support/random/choices.ts'
import { typedQuery } from '../../support/random/random-typed-queries.ts'
import { TYPED_TABLES, TYPED_UPSTREAMS, writeTypedTables } from '../../support/random/typed-tables.ts'
import { IS_FUZZ } from '../../support/shared/fuzz.ts'
import { sparkEnvironments } from '../../support/spark/spark.ts'
import { type SparkResult, SparkSql } from '../../support/spark/spark-sql.ts'
import { UNCOMPILED } from '../../support/spark/submit-settings.ts'

/** The values are the same in each run. `npm run fuzz` draws others. */
const SEED = Number(process.env.LAKE_SEED ?? 11)
const ROWS = 400

/** Few tasks suffice, because the tables are small. */
const FEW_TASKS = { 'spark.sql.shuffle.partitions': '2' }

/**
 * Number of random queries of the whole language. The versions of Spark share them. With `npm run
 * fuzz -- --runs N`, each version tries all N.
 */
const QUERIES_DRAWN = Number(process.env.LAKE_RUNS ?? 8)

const TYPED = {
  keys: [['id']],
  columns: [
    { name: 'id', type: typeNamed('bigint') as ValueType, nullable: false },
    ...Object.entries(TYPED_COLUMNS).map(([name, type]) => ({
      name,
      type: typeNamed(type) as ValueType,
      nullable: true,
    })),
  ],
}

const read = (query: (db: ParityDb) => unknown): ReadTree =>
  readTree(
    buildQuery(({ db }) => query(db as unknown as ParityDb) as QueryBuilder<unknown>),
    new Map([['typed', TYPED]]),
  )

const inWords = ({ rows }: SparkResult): readonly string[] => rows.map((row) => JSON.stringify(row))
const sorted = (result: SparkResult): readonly string[] => inWords(result).toSorted()

/**
 * The messages in which an engine says that it cannot compute a value. Messages about invalid SQL
 * differ. Only an engine that looks at the row fails.
 */
const FAILED_VALUE =
  /(Conversion|Out of Range|Invalid Input) Error|\[(CAST_INVALID_INPUT|CAST_OVERFLOW|ARITHMETIC_OVERFLOW|NUMERIC_VALUE_OUT_OF_RANGE|DATETIME_OVERFLOW|DATETIME_FIELD_OUT_OF_BOUNDS)/

const answer = (given: Promise<SparkResult>): Promise<{ readonly types: unknown; readonly rows: unknown } | 'fails'> =>
  given.then(
    (result) => ({ types: result.types, rows: sorted(result) }),
    (error: unknown) => {
      if (FAILED_VALUE.test(String(error))) return 'fails'
      throw error
    },
  )

const environments = sparkEnvironments()

describe.skipIf(environments.length === 0)('SQL for Spark', () => {
  const directory = mkdtempSync(join(tmpdir(), 'lake-dialect-'))
  const file = join(directory, 'typed.parquet')
  let duckdb: DuckDbSession

  beforeAll(async () => {
    process.stdout.write(`rows of every type: ${ROWS} rows, seed ${SEED}\n`)
    duckdb = await DuckDbSession.open({ memoryLimit: '500MB', threads: 2 }, directory)
    await duckdb.withConnection(async (db) => {
      await writeTypedRows(db, fc.sample(typedRow, { seed: SEED, numRuns: ROWS }), file)
      await writeTypedTables(db, SEED, directory)
    })
  })
  afterAll(() => {
    duckdb.close()
    rmSync(directory, { recursive: true })
  })

  const byDuckdb = (sql: string): Promise<SparkResult> => duckdb.withConnection((db) => duckdbResult(db, sql))

  describe.each(environments)('$version', (environment) => {
    let spark: SparkSql

    beforeAll(async () => {
      spark = await SparkSql.open(environment, { ...SESSION_SETTINGS, ...FEW_TASKS })
      for (const table of ['typed', ...TYPED_TABLES]) {
        const path = join(directory, `${table}.parquet`)
        await spark.query(`CREATE TEMPORARY VIEW ${table} USING parquet OPTIONS (path '${path}')`)
      }
    })
    afterAll(() => spark.close())

    async function same(forSpark: string, forDuckdb: string, rows = sorted): Promise<void> {
      const [given, expected] = await Promise.all([spark.query(forSpark), byDuckdb(forDuckdb)])
      expect(given.types, forSpark).toEqual(expected.types)
      expect(rows(given), forSpark).toEqual(rows(expected))
    }
    const sameQuery = (query: ReadTree, rows = sorted) =>
      same(sqlOf(query, sparkDialect), sqlOf(query, duckdbDialect), rows)

    it.each(Object.entries(QUERIES))('has the meaning that it has in DuckDB: %s', (_, query) => sameQuery(read(query)))

    it.each(ORDERS.map((query, index) => [index, query] as const))(
      'keeps the rows that DuckDB keeps: query %i',
      (_, query) => sameQuery(read(query)),
    )

    it.each(Object.entries(FAILING))('fails for the same query as DuckDB: %s', async (_, query) => {
      const failing = read(query)
      await expect(spark.query(sqlOf(failing, sparkDialect))).rejects.toThrow()
      await expect(byDuckdb(sqlOf(failing, duckdbDialect))).rejects.toThrow()
    })

    it('gives the rows that DuckDB gives for random queries over rows of every type', {
      timeout: 3_600_000,
    }, async () => {
      process.stdout.write(`random queries: ${QUERIES_DRAWN}, seed ${SEED}\n`)
      const trees = fc
        .sample(numbers, { seed: SEED, numRuns: QUERIES_DRAWN })
        .filter((_, index) => IS_FUZZ || index % environments.length === environments.indexOf(environment))
        .flatMap((drawn) => typedQuery(drawn) ?? [])
      // For so few rows, compiling takes longer than interpreting. The other queries are compiled.
      for (const [name, value] of Object.entries(UNCOMPILED)) await spark.query(`SET ${name}=${value}`)
      const verdicts: string[] = []
      for (const tree of trees) {
        const query = readTree(tree, TYPED_UPSTREAMS)
        const [given, expected] = await Promise.all([
          answer(spark.query(sqlOf(query, sparkDialect))),
          answer(byDuckdb(sqlOf(query, duckdbDialect))),
        ])
        verdicts.push(given === 'fails' || expected === 'fails' ? 'fails' : 'compared')
        if (given === 'fails' || expected === 'fails') continue
        expect(given, canonicalSql(tree)).toEqual(expected)
      }
      for (const name of Object.keys(UNCOMPILED)) await spark.query(`RESET ${name}`)
      expect(verdicts.filter((verdict) => verdict === 'compared').length).toBeGreaterThan(trees.length / 4)
    })

    it.each(CHECKED)('checks rows as DuckDB does: $key', async (asset) => {
      const checking = (checks: typeof sparkRowChecks) => {
        const predicates = checks(asset).map(({ predicate }, index) => `${predicate} AS c${index}`)
        return `SELECT id, ${predicates.join(', ')} FROM typed`
      }
      await same(checking(sparkRowChecks), checking(duckdbRowChecks))
    })

    it('finds with regular expressions the texts that DuckDB finds', async () => {
      const finding = (matches: (pattern: string) => string) =>
        `SELECT id, t, ${CHECKED_PATTERNS.map((pattern, index) => `${matches(pattern)} AS p${index}`).join(', ')} FROM typed`
      const found = ({ rows }: SparkResult) =>
        CHECKED_PATTERNS.map((pattern, index) => [
          pattern,
          rows.filter((row) => row[index + 2]).map(([, word]) => word),
        ])
      const [given, expected] = await Promise.all([
        spark.query(finding((pattern) => `t RLIKE ${sparkDialect.text(javaPattern(pattern))}`)),
        byDuckdb(finding((pattern) => `regexp_matches(t, ${duckdbDialect.text(pattern)})`)),
      ])
      expect(found(given)).toEqual(found(expected))
      expect(sorted(given)).toEqual(sorted(expected))
    })
  })
})
