/** Compares what DuckDB and Spark make of relations, rows on which they fail included. */
import { expect } from 'vitest'
import { duckdbDialect } from '../../framework/engines/duckdb/duckdb-dialect.ts'
import type { DuckDbSession } from '../../framework/engines/duckdb/duckdb-session.ts'
import { sparkDialect } from '../../framework/engines/spark/spark-dialect.ts'
import type { SqlDialect } from '../../framework/expression/dialect.ts'
import type { QueryTree } from '../../framework/query/query.ts'
import { type ReadQuery, readQuery, type UpstreamTables } from '../../framework/query/reader/read-query.ts'
import type { NamedColumn, Relation } from '../../framework/relation/relation.ts'
import { relationSql } from '../../framework/relation/relation-sql.ts'
import type { SparkResult, SparkSql } from './spark-sql.ts'
import { duckdbResult } from './typed-rows.ts'

export type Readable = Extract<ReadQuery, { readonly kind: 'read' }>

/** The relation; throws where the query is refused. */
export function readAs(tree: QueryTree, tables: UpstreamTables): Readable {
  const read = readQuery(tree, tables)
  if (read.kind === 'problem') throw new Error(`${read.message}: ${read.remedy}`)
  return read
}

/** SQL that gives the outputs under their names; `rows` are what is read of each table. */
export function sqlOf(
  { relation, outputs }: { readonly relation: Relation; readonly outputs: readonly NamedColumn[] },
  dialect: SqlDialect,
  rows = '',
): string {
  const scan = ({ alias }: { readonly alias: string }) =>
    rows === '' ? alias : `(SELECT * FROM ${alias} WHERE ${rows})`
  const sql = relationSql(relation, { expressions: dialect, scan, staged: (name) => name })
  return `SELECT ${outputs.map(({ id, name }) => `${id} AS ${name}`).join(', ')} FROM (${sql})`
}

const sorted = ({ rows }: SparkResult): readonly string[] => rows.map((row) => JSON.stringify(row)).toSorted()

/** Of the rows on which DuckDB fails, on how many Spark is seen to fail. */
const SAMPLE = 3

export class ThreeEngines {
  readonly #duckdb: DuckDbSession
  readonly #spark: SparkSql

  constructor(duckdb: DuckDbSession, spark: SparkSql) {
    this.#duckdb = duckdb
    this.#spark = spark
  }

  byDuckDb(sql: string): Promise<SparkResult> {
    return this.#duckdb.withConnection((db) => duckdbResult(db, sql))
  }

  /** Same types and rows. */
  async same(read: Readable, rows = ''): Promise<void> {
    const sparkSql = sqlOf(read, sparkDialect, rows)
    const [given, expected] = await Promise.all([
      this.#spark.query(sparkSql),
      this.byDuckDb(sqlOf(read, duckdbDialect, rows)),
    ])
    expect(given.types, sparkSql.slice(0, 2000)).toEqual(expected.types)
    expect(sorted(given), sparkSql.slice(0, 2000)).toEqual(sorted(expected))
  }

  /** Same types and rows, and failures on the same rows of a query that gives one row for each, with its `id`. Gives how many rows fail. */
  async sameOrFailing(read: Readable): Promise<number> {
    const failing = await this.#failingInDuckDb(read)
    await this.same(read, failing.length === 0 ? '' : `id NOT IN (${failing.join()})`)
    const step = Math.max(1, Math.floor(failing.length / SAMPLE))
    for (const id of failing.filter((_, index) => index % step === 0).slice(0, SAMPLE)) {
      const sql = sqlOf(read, sparkDialect, `id = ${id}`)
      const answer = await this.#spark.query(sql).then(
        ({ rows }) => JSON.stringify(rows),
        () => 'fails',
      )
      expect(answer, `row ${id}, on which DuckDB fails: ${sql.slice(0, 2000)}`).toBe('fails')
    }
    return failing.length
  }

  async fails(read: Readable): Promise<void> {
    await expect(this.byDuckDb(sqlOf(read, duckdbDialect))).rejects.toThrow()
    await expect(this.#spark.query(sqlOf(read, sparkDialect))).rejects.toThrow()
  }

  /** Halves the rows until each that fails stands alone. */
  async #failingInDuckDb(read: Readable): Promise<readonly string[]> {
    const { rows } = await this.byDuckDb('SELECT id FROM edges ORDER BY id')
    const split = async (ids: readonly string[]): Promise<readonly string[]> => {
      const works = await this.byDuckDb(sqlOf(read, duckdbDialect, `id IN (${ids.join()})`)).then(
        () => true,
        () => false,
      )
      if (works) return []
      if (ids.length === 1) return ids
      const middle = ids.length >> 1
      return [...(await split(ids.slice(0, middle))), ...(await split(ids.slice(middle)))]
    }
    return await split(rows.map(([id]) => String(id)))
  }
}
