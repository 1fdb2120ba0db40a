/**
 * The SQL session of an increment on the embedded engine: one DuckDB connection with temporary
 * tables.
 */
import { DuckDBDateValue, DuckDBTimestampTZValue, type DuckDBValue } from '@duckdb/node-api'
import type { Column } from '../../declare/columns.ts'
import type { InputTable, WrittenFile } from '../../engine/data-file.ts'
import type { MarkedRows } from '../../engine/increment.ts'
import type { ResolvedTable } from '../../graph/resolved-asset.ts'
import type { Range, RangeValue } from '../../relation/range.ts'
import type { KeptStats, ResultRow, SampleRow, SqlSession, Worth } from '../sql/sql-session.ts'
import { auditFiles, fingerprintsByFile, withFingerprints } from './audit.ts'
import { checkTypes } from './check-types.ts'
import type { DuckDb, SqlRow } from './duckdb-session.ts'
import { copyToParquet } from './files/parquet-writer.ts'
import { DuckDbQueries } from './queries/duckdb-queries.ts'
import { duckdbType, FILE, filesSql, identifier, numberedSql, POSITION, textLiteral } from './sql.ts'

/** Below this many rows, a statement that leaves rows out costs more than it saves. */
const LARGE = 20_000

/** Maximum number of values of an INSERT. */
const VALUES_AT_ONCE = 10_000

interface SessionOptions {
  /** An existing local directory for written files; undefined for a session that writes none. */
  readonly directory?: string | undefined
  readonly worth?: Worth
  readonly shareIfRequestedBefore?: NonNullable<SqlSession['shareIfRequestedBefore']>
  readonly shareTables?: NonNullable<SqlSession['shareTables']>
  /**
   * Whether other connections see the kept tables. If so, the tables stay when the session ends.
   */
  readonly shared?: boolean
}

/**
 * Runs statements in the order of the calls. Kept tables are temporary tables of the connection,
 * unless they are shared.
 */
export class DuckDbSqlSession implements SqlSession {
  readonly worth: Worth
  readonly #db: DuckDb
  readonly shareIfRequestedBefore?: NonNullable<SqlSession['shareIfRequestedBefore']>
  readonly shareTables?: NonNullable<SqlSession['shareTables']>
  readonly #queries: DuckDbQueries
  readonly #directory: string | undefined
  readonly #create: 'CREATE' | 'CREATE TEMP'
  /** Name of a kept table -> its number of rows. */
  readonly #kept = new Map<string, number>()
  #last: Promise<unknown> = Promise.resolve()

  constructor(db: DuckDb, { directory, worth, shareTables, shareIfRequestedBefore, shared = false }: SessionOptions) {
    this.worth = worth ?? { minRowsToSkip: LARGE, minRowsToSplit: 0 }
    if (shareTables) this.shareTables = shareTables
    if (shareIfRequestedBefore) this.shareIfRequestedBefore = shareIfRequestedBefore
    this.#db = db
    this.#queries = new DuckDbQueries(db)
    this.#directory = directory
    this.#create = shared ? 'CREATE' : 'CREATE TEMP'
  }

  get dialect() {
    return this.#queries.dialect
  }

  files(table: InputTable): string {
    return this.#queries.files(table)
  }

  filesNamed(table: InputTable): string {
    return filesSql(table)
  }

  filesNumbered(table: InputTable): string {
    return numberedSql(table)
  }

  sideBySide(left: string, right: string): string {
    return `(${left}) AS one POSITIONAL JOIN (${right}) AS other`
  }

  locationOf(file: string): string {
    return file
  }

  query(selects: readonly string[]): Promise<readonly (readonly ResultRow[])[]> {
    return this.#inTurn(() => this.#queries.query(selects))
  }

  samples(selects: readonly string[]): Promise<readonly (readonly SampleRow[])[]> {
    return this.#inTurn(() => this.#queries.samples(selects))
  }

  keep(name: string, select: string): Promise<void> {
    return this.#inTurn(async () => {
      await this.#keep(name, select)
    })
  }

  rowsKept(name: string): number | undefined {
    return this.#kept.get(name)
  }

  /** Plans the SELECT once. The kept rows have the types of the plan. */
  keepDeclared(name: string, select: string, columns: readonly Column[]): Promise<void> {
    const computed = `${name}_as_computed`
    const typed = columns.map(
      (column) => `CAST(${identifier(column.name)} AS ${duckdbType(column.type)}) AS ${identifier(column.name)}`,
    )
    return this.#inTurn(async () => {
      this.#kept.set(name, await this.#keep(computed, select))
      await checkTypes(this.#db, columns, `SELECT * FROM ${computed}`)
      await this.#db.run(`${this.#create} VIEW ${name} AS SELECT ${typed.join(', ')} FROM ${computed}`)
    })
  }

  keepTexts(name: string, values: readonly string[]): Promise<void> {
    return this.#inTurn(async () => {
      await this.#db.run(`${this.#create} TABLE ${name} (value VARCHAR)`)
      for (let at = 0; at < values.length; at += VALUES_AT_ONCE) {
        const some = values.slice(at, at + VALUES_AT_ONCE).map((value) => `(${textLiteral(value)})`)
        await this.#db.run(`INSERT INTO ${name} VALUES ${some.join(', ')}`)
      }
    })
  }

  view(name: string, select: string): Promise<void> {
    return this.#inTurn(() => this.#db.run(`${this.#create} VIEW ${name} AS ${select}`))
  }

  reuse(name: string, select: string): Promise<void> {
    return this.view(name, select)
  }

  keepMeasured(name: string, select: string, columns: readonly string[]): Promise<KeptStats> {
    const aggregates = columns.map(
      (column, index) => `min(${column}) AS a${index}, max(${column}) AS z${index}, count(${column}) AS n${index}`,
    )
    return this.#inTurn(async () => {
      const rows = await this.#keep(name, select)
      const [row] = rows === 0 ? [] : await this.#db.rows(`SELECT ${aggregates.join(', ')} FROM ${name}`)
      return { rows, ranges: row ? columns.map((_, index) => rangeAt(row, index, rows)) : [] }
    })
  }

  write(
    select: string,
    { columns, partitionBy, primaryKey }: ResolvedTable,
    partitions: number,
  ): Promise<readonly WrittenFile[]> {
    return this.#inTurn(async () => {
      const directory = this.#directory
      if (directory === undefined) throw new Error('a session without a directory cannot write files')
      const target = { columns, partitionBy, directory, partitions }
      const copied = await copyToParquet(this.#db, select, target)
      const files = copied.map(({ location }) => location)
      return withFingerprints(copied, await auditFiles(this.#db, { files, columns, primaryKey }))
    })
  }

  marked(rows: string, { columns, primaryKey }: ResolvedTable): Promise<readonly MarkedRows[]> {
    return this.#inTurn(async () => {
      const fingerprints = await fingerprintsByFile(this.#db, rows, { columns, primaryKey })
      const found = await this.#db.rows(
        `SELECT ${FILE} AS file, string_agg(CAST(${POSITION} AS VARCHAR), ',' ORDER BY ${POSITION}) AS positions ` +
          `FROM ${rows} GROUP BY ${FILE}`,
      )
      return found.map(({ file, positions }) => {
        const fingerprint = fingerprints.get(String(file))
        if (!fingerprint) throw new Error(`the rows of ${file} have no fingerprint`)
        return {
          location: String(file),
          positions: Uint32Array.from(String(positions).split(','), Number),
          fingerprint,
        }
      })
    })
  }

  /** Returns the number of rows. */
  async #keep(name: string, select: string): Promise<number> {
    const [created] = await this.#db.rows(`${this.#create} TABLE ${name} AS ${select}`)
    const rows = Number(created?.Count)
    this.#kept.set(name, rows)
    return rows
  }

  /** After a failure, the session runs no other statement, and its connection is closed. */
  #inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const result = this.#last.then(work)
    this.#last = result
    result.catch(() => undefined)
    return result
  }
}

function rangeAt(row: SqlRow, index: number, rows: number): Range {
  const [min, max] = [rangeValue(row[`a${index}`]), rangeValue(row[`z${index}`])]
  return {
    ...(min !== undefined && { min }),
    ...(max !== undefined && { max }),
    nulls: Number(row[`n${index}`]) < rows,
  }
}

/** Undefined for values that file statistics lack too, such as NaN. */
function rangeValue(value: DuckDBValue | undefined): RangeValue | undefined {
  if (value instanceof DuckDBTimestampTZValue) return value.micros
  if (value instanceof DuckDBDateValue) return /^\d{4}-\d\d-\d\d$/.test(value.toString()) ? value.toString() : undefined
  if (typeof value === 'number') return Number.isNaN(value) ? undefined : value
  return typeof value === 'string' || typeof value === 'bigint' || typeof value === 'boolean' ? value : undefined
}
