/**
 * The tables of TPC-H in a DuckDB of their own, where a test can change them, write them as source
 * files, and query them with the SQL of the benchmark.
 */
import { join } from 'node:path'
import { DuckDbSession, type DuckDbSettings } from '../../../framework/engines/duckdb/duckdb-session.ts'
import { textLiteral } from '../../../framework/engines/duckdb/sql.ts'
import type { TestLake } from '../lakes/test-lake.ts'
import type { TpchData } from './data.ts'
import { type PlainRows, plainRows } from './plain-rows.ts'

/** The column whose values decide in which file a row is. */
const TABLES = {
  region: 'r_regionkey',
  nation: 'n_nationkey',
  supplier: 's_suppkey',
  customer: 'c_custkey',
  part: 'p_partkey',
  partsupp: 'ps_partkey',
  orders: 'o_orderkey',
  lineitem: 'l_orderkey',
} as const

export type ReferenceTable = keyof typeof TABLES

/** Number of values of the key column in one file, unless the caller gives it. */
const KEYS_IN_FILE = 20_000

/** The column that names the file of a row. */
const IN_FILE = 'in_file'

export class TpchTables {
  readonly #session: DuckDbSession
  readonly #data: TpchData
  readonly #directory: string
  /** Files whose rows differ here from those in the input of the lake. */
  readonly #changed = new Set<string>()

  private constructor(session: DuckDbSession, data: TpchData, directory: string) {
    this.#session = session
    this.#data = data
    this.#directory = directory
  }

  /**
   * Opens the tables, none of which is written yet. `directory` has to exist. DuckDB stores there
   * what does not fit into memory.
   */
  static async open(
    data: TpchData,
    directory: string,
    settings: DuckDbSettings,
    keysInFile = KEYS_IN_FILE,
  ): Promise<TpchTables> {
    const tables = new TpchTables(await DuckDbSession.open(settings, directory), data, directory)
    for (const [table, key] of Object.entries(TABLES)) {
      const rows = `read_parquet(${textLiteral(join(data.directory, `${table}.parquet`))})`
      const file = `'${table}/' || ${key} // ${keysInFile} || '.json'`
      await tables.#run(`CREATE TABLE ${table} AS SELECT *, ${file} AS ${IN_FILE} FROM ${rows}`)
      await tables.#touch(table as ReferenceTable, 'true')
    }
    return tables
  }

  close(): void {
    this.#session.close()
  }

  /** Writes new and changed files, and removes those that have no rows any more. */
  async write(lake: TestLake): Promise<void> {
    const written = join(this.#directory, 'written.json')
    for (const file of this.#changed) {
      const table = file.slice(0, file.indexOf('/')) as ReferenceTable
      const rows = `FROM ${table} WHERE ${IN_FILE} = '${file}'`
      const [{ count = 0n } = {}] = await this.#rows(`SELECT count(*) AS count ${rows}`)
      if (Number(count) === 0) lake.remove(file)
      else {
        const ordered = `SELECT * EXCLUDE (${IN_FILE}) ${rows} ORDER BY ALL`
        await this.#run(`COPY (${ordered}) TO ${textLiteral(written)} (FORMAT json)`)
        lake.take(file, written)
      }
    }
    this.#changed.clear()
  }

  /** Records all files as written, because the input of the lake already has them. */
  areWritten(): void {
    this.#changed.clear()
  }

  /**
   * The result of the benchmark's own SQL for the current rows. If rows are equal in the order of
   * the query, all columns break the tie, as in lake. Such rows exist, because copies of an order
   * have the same price and date.
   */
  answer(query: string): Promise<PlainRows> {
    const sql = (this.#data.queries[query] ?? '').trim().replace(/;$/, '')
    return this.#session.withConnection(async (db) => {
      const columns = await db.rows(`DESCRIBE (${sql})`)
      const places = columns.map((_, index) => index + 1).join(', ')
      return plainRows(db, `(${sql.replace(/\s+LIMIT\s+\d+$/i, (first) => `, ${places}${first}`)})`)
    })
  }

  /**
   * The benchmark's refresh functions. Adds new orders with their lines, in their own files.
   * Deletes as many old orders that are next to each other. Their number is 0.1 % of all, or at
   * least 100. (DuckDB's extension makes no refresh sets. New orders get keys that the benchmark
   * leaves free for them, and are otherwise copies of old ones, large ones among them.) There are
   * three rounds, from 1.
   */
  async refresh(round: number): Promise<void> {
    const count = Math.max(100, Math.round(this.#data.scale * 1500))
    const some = `(o_totalprice < 400000), (o_orderkey * 7919 + ${round}) % 15013`
    const first = `(SELECT quantile_disc(o_orderkey, ${0.2 * round}) FROM orders)`
    await this.#run(`CREATE OR REPLACE TABLE copied AS
      SELECT o_orderkey AS key FROM orders WHERE o_orderkey % 32 < 8 ORDER BY ${some}, key LIMIT ${count}`)
    await this.#run(`CREATE OR REPLACE TABLE going AS
      SELECT o_orderkey AS key FROM orders WHERE o_orderkey >= ${first} ORDER BY key LIMIT ${count}`)
    for (const table of ['lineitem', 'orders'] as const) {
      const key = TABLES[table]
      const file = `${table}/refresh-${round}.json`
      const columns = `* REPLACE (${key} + ${8 * round} AS ${key}, '${file}' AS ${IN_FILE})`
      const copies = `SELECT ${columns} FROM ${table} WHERE ${key} IN (FROM copied)`
      await this.#change(table, `${IN_FILE} = '${file}'`, `INSERT INTO ${table} ${copies}`)
      const isGoing = `${key} IN (FROM going)`
      await this.#change(table, isGoing, `DELETE FROM ${table} WHERE ${isGoing}`)
    }
  }

  /**
   * Adds copies of rows in a file of their own. `set` gives the columns in which the copies differ.
   */
  async copy(
    table: ReferenceTable,
    where: string,
    { set, file }: { readonly set: string; readonly file: string },
  ): Promise<void> {
    const inFile = `'${table}/${file}'`
    const copies = `SELECT * REPLACE (${set}, ${inFile} AS ${IN_FILE}) FROM ${table} WHERE ${where}`
    await this.#change(table, `${IN_FILE} = ${inFile}`, `INSERT INTO ${table} ${copies}`)
  }

  async delete(table: ReferenceTable, where: string): Promise<void> {
    await this.#change(table, where, `DELETE FROM ${table} WHERE ${where}`)
  }

  async update(table: ReferenceTable, set: string, where: string): Promise<void> {
    await this.#change(table, where, `UPDATE ${table} SET ${set} WHERE ${where}`)
  }

  /**
   * Records the files of rows as changed. `rows` is a query that finds the rows, before the change
   * or after it.
   */
  async #change(table: ReferenceTable, rows: string, sql: string): Promise<void> {
    await this.#touch(table, rows)
    await this.#run(sql)
    await this.#touch(table, rows)
  }

  async #touch(table: ReferenceTable, rows: string): Promise<void> {
    for (const row of await this.#rows(`SELECT DISTINCT ${IN_FILE} AS file FROM ${table} WHERE ${rows}`)) {
      this.#changed.add(String(row.file))
    }
  }

  #run(sql: string): Promise<void> {
    return this.#session.withConnection((db) => db.run(sql))
  }

  #rows(sql: string) {
    return this.#session.withConnection((db) => db.rows(sql))
  }
}
