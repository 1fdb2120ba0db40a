/** Compares the results of DuckDB and Spark for relations, and the rows on which they fail. */
import { duckdbDialect } from '../../../framework/engines/duckdb/duckdb-dialect.ts'
import type { DuckDbSession } from '../../../framework/engines/duckdb/duckdb-session.ts'
import { sparkDialect } from '../../../framework/engines/spark/sql/spark-dialect.ts'
import type { SqlDialect } from '../../../framework/expression/dialect.ts'
import type { QueryTree } from '../../../framework/query/query.ts'
import { type ReadQuery, readQuery, type UpstreamTables } from '../../../framework/query/reader/read-query.ts'
import type { NamedColumn, Relation } from '../../../framework/relation/relation.ts'
import { relationSql } from '../../../framework/relation/sql/relation-sql.ts'
import { duckdbResult } from '../functions/typed-rows.ts'
import type { SparkResult, SparkSql } from '../spark/spark-sql.ts'

export type ReadTree = Extract<ReadQuery, { readonly kind: 'read' }>

/** The relation of the query. Throws if the reader refuses it. */
export function readTree(tree: QueryTree, tables: UpstreamTables): ReadTree {
  const read = readQuery(tree, tables)
  if (read.kind === 'refused') throw new Error(`${read.reason}: ${read.remedy}`)
  return read
}

/**
 * SQL that gives the outputs under their names. `rows` is a condition on the rows of each table.
 */
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

/** How a column compares between the engines: it is the same, it differs, or both engines fail. */
export type Verdict =
  | { readonly kind: 'same'; readonly values: number }
  | { readonly kind: 'differs'; readonly how: string }
  | { readonly kind: 'fails' }

type Answer = SparkResult | { readonly failed: string }

/** A query whose first column identifies the rows, and whose other columns are the calls. */
export type QueryOfCalls<Call> = (calls: readonly Call[]) => QueryTree

const failedWith = (error: unknown): Answer => ({ failed: error instanceof Error ? error.message : String(error) })

export class ThreeEngines {
  readonly #duckdb: DuckDbSession
  readonly #spark: SparkSql
  readonly #tables: UpstreamTables

  constructor(duckdb: DuckDbSession, spark: SparkSql, tables: UpstreamTables) {
    this.#duckdb = duckdb
    this.#spark = spark
    this.#tables = tables
  }

  byDuckDb(sql: string): Promise<SparkResult> {
    return this.#duckdb.withConnection((db) => duckdbResult(db, sql))
  }

  /** The error of Spark if it fails for the row with this id. */
  async sparkFails(tree: QueryTree, id: string): Promise<string | undefined> {
    const sql = sqlOf(readTree(tree, this.#tables), sparkDialect, `id = ${id}`)
    return await this.#spark.query(sql).then(
      ({ rows }) => `row ${id}: DuckDB fails, Spark gives ${JSON.stringify(rows)}: ${sql.slice(0, 1500)}`,
      () => undefined,
    )
  }

  /**
   * Compares all calls. The calls that DuckDB computes are one query on each engine. A call on
   * which DuckDB fails is a query of its own. DuckDB goes first, because a query that fails costs
   * Spark a hundred times as much.
   */
  async verdicts<Call>(calls: readonly Call[], queryOf: QueryOfCalls<Call>): Promise<ReadonlyMap<Call, Verdict>> {
    const verdicts = new Map<Call, Verdict>()
    for (const part of await this.#sorted(calls, queryOf)) {
      for (const [call, verdict] of await this.#compared(part, queryOf)) verdicts.set(call, verdict)
    }
    return verdicts
  }

  /** Puts the calls that DuckDB computes into one group, and each other call into its own group. */
  async #sorted<Call>(calls: readonly Call[], queryOf: QueryOfCalls<Call>): Promise<readonly (readonly Call[])[]> {
    const failing = await this.#failingOnDuckDb(calls, queryOf)
    const computed = calls.filter((call) => !failing.includes(call))
    return [...(computed.length > 0 ? [computed] : []), ...failing.map((call) => [call])]
  }

  async #failingOnDuckDb<Call>(calls: readonly Call[], queryOf: QueryOfCalls<Call>): Promise<readonly Call[]> {
    const answer = await this.byDuckDb(sqlOf(readTree(queryOf(calls), this.#tables), duckdbDialect)).catch(failedWith)
    if (!('failed' in answer)) return []
    if (calls.length === 1) return calls
    const [first, second] = halves(calls)
    return [...(await this.#failingOnDuckDb(first, queryOf)), ...(await this.#failingOnDuckDb(second, queryOf))]
  }

  /**
   * Runs all calls in one query on each engine. If an engine fails, runs each half, until the
   * failing call is alone.
   */
  async #compared<Call>(calls: readonly Call[], queryOf: QueryOfCalls<Call>): Promise<ReadonlyMap<Call, Verdict>> {
    const read = readTree(queryOf(calls), this.#tables)
    const [spark, duckdb]: readonly Answer[] = await Promise.all([
      this.#spark.query(sqlOf(read, sparkDialect)).catch(failedWith),
      this.byDuckDb(sqlOf(read, duckdbDialect)).catch(failedWith),
    ])
    if (!spark || !duckdb) throw new Error('an engine gave no result')
    if (!('failed' in spark) && !('failed' in duckdb)) {
      return new Map(calls.map((call, index) => [call, columnVerdict(spark, duckdb, index + 1)]))
    }
    const [only] = calls
    if (calls.length === 1 && only !== undefined) {
      const how = `Spark: ${inShort(spark)}\nDuckDB: ${inShort(duckdb)}\n${sqlOf(read, sparkDialect).slice(0, 1500)}`
      return new Map([[only, 'failed' in spark && 'failed' in duckdb ? { kind: 'fails' } : { kind: 'differs', how }]])
    }
    const [first, second] = halves(calls)
    return new Map([...(await this.#compared(first, queryOf)), ...(await this.#compared(second, queryOf))])
  }
}

const halves = <Item>(items: readonly Item[]): readonly [readonly Item[], readonly Item[]] => {
  const middle = items.length >> 1
  return [items.slice(0, middle), items.slice(middle)]
}

const inShort = (answer: Answer): string =>
  'failed' in answer ? `fails: ${answer.failed.slice(0, 700)}` : 'gives rows'

const byFirst = ({ rows }: SparkResult) => rows.toSorted(([a], [b]) => (String(a) < String(b) ? -1 : 1))

const SHOWN = 5

function columnVerdict(spark: SparkResult, duckdb: SparkResult, column: number): Verdict {
  const [given, expected] = [Object.values(spark.types)[column], Object.values(duckdb.types)[column]]
  if (given !== expected) return { kind: 'differs', how: `Spark gives ${given}, DuckDB ${expected}` }
  const [left, right] = [byFirst(spark), byFirst(duckdb)]
  if (left.length !== right.length) return { kind: 'differs', how: `${left.length} rows, ${right.length} in DuckDB` }
  const wrong = right.filter((row, index) => row[0] !== left[index]?.[0] || row[column] !== left[index]?.[column])
  if (wrong.length === 0) return { kind: 'same', values: right.filter((row) => row[column] !== null).length }
  const shown = wrong.slice(0, SHOWN).map((row) => {
    const other = left.find(([key]) => key === row[0])
    return `row ${row[0]}: Spark ${JSON.stringify(other?.[column])}, DuckDB ${JSON.stringify(row[column])}`
  })
  return { kind: 'differs', how: `${wrong.length} rows: ${shown.join('; ')}` }
}
