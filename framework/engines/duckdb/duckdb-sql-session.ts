import { DuckDBDateValue, DuckDBTimestampTZValue, type DuckDBValue } from '@duckdb/node-api'
import type { Column } from '../../declare/columns.ts'
import type { InputTable, WrittenFile } from '../../engine/data-file.ts'
import type { ResolvedTable } from '../../graph/resolved-asset.ts'
import type { Range, RangeValue } from '../../relation/range.ts'
import type { AnswerRow, KeptStats, SampleRow, SqlSession, Worth } from '../sql/sql-session.ts'
import { auditFiles, withFingerprints } from './audit.ts'
import { checkTypes } from './check-types.ts'
import type { DuckDb, SqlRow } from './duckdb-session.ts'
import { copyToParquet } from './files/parquet-writer.ts'
import { DuckDbQueries } from './queries/duckdb-queries.ts'
import { duckdbType, filesSql, identifier, textLiteral } from './sql.ts'

/** To leave rows out costs a statement or two; so many rows are read in that time. */
const LARGE = 20_000

const VALUES_AT_ONCE = 10_000

/** Work on a connection: what is kept is in temporary tables of it. Statements run in the order in which they were given. */
export class DuckDbSqlSession implements SqlSession {
  readonly worth: Worth
  readonly #db: DuckDb
  readonly #questions: DuckDbQueries
  readonly #directory: string
  #last: Promise<unknown> = Promise.resolve()

  /** `directory` is an existing local one for what is written. */
  constructor(db: DuckDb, directory: string, worth: Worth = { leavingOut: LARGE, pieces: 0 }) {
    this.worth = worth
    this.#db = db
    this.#questions = new DuckDbQueries(db)
    this.#directory = directory
  }

  get dialect() {
    return this.#questions.dialect
  }

  files(table: InputTable): string {
    return this.#questions.files(table)
  }

  filesNamed({ files }: InputTable): string {
    return filesSql(files)
  }

  locationOf(file: string): string {
    return file
  }

  ask(selects: readonly string[]): Promise<readonly (readonly AnswerRow[])[]> {
    return this.#inTurn(() => this.#questions.ask(selects))
  }

  samples(selects: readonly string[]): Promise<readonly (readonly SampleRow[])[]> {
    return this.#inTurn(() => this.#questions.samples(selects))
  }

  keep(name: string, select: string): Promise<void> {
    return this.#inTurn(() => this.#db.run(`CREATE TEMP TABLE ${name} AS ${select}`))
  }

  keepDeclared(name: string, select: string, columns: readonly Column[]): Promise<void> {
    const typed = columns.map(
      (column) => `CAST(${identifier(column.name)} AS ${duckdbType(column.type)}) AS ${identifier(column.name)}`,
    )
    return this.#inTurn(async () => {
      await checkTypes(this.#db, columns, select)
      await this.#db.run(`CREATE TEMP TABLE ${name} AS SELECT ${typed.join(', ')} FROM (${select})`)
    })
  }

  keepTexts(name: string, values: readonly string[]): Promise<void> {
    return this.#inTurn(async () => {
      await this.#db.run(`CREATE TEMP TABLE ${name} (value VARCHAR)`)
      for (let at = 0; at < values.length; at += VALUES_AT_ONCE) {
        const some = values.slice(at, at + VALUES_AT_ONCE).map((value) => `(${textLiteral(value)})`)
        await this.#db.run(`INSERT INTO ${name} VALUES ${some.join(', ')}`)
      }
    })
  }

  view(name: string, select: string): Promise<void> {
    return this.#inTurn(() => this.#db.run(`CREATE TEMP VIEW ${name} AS ${select}`))
  }

  reuse(name: string, select: string): Promise<void> {
    return this.view(name, select)
  }

  async figures(table: string, columns: readonly string[]): Promise<KeptStats> {
    const figures = columns.map(
      (column, place) => `min(${column}) AS a${place}, max(${column}) AS z${place}, count(${column}) AS n${place}`,
    )
    const [row] = await this.#inTurn(() =>
      this.#db.rows(`SELECT ${['count(*) AS "rows"', ...figures].join(', ')} FROM ${table}`),
    )
    const rows = Number(row?.rows ?? 0)
    return { rows, ranges: row ? columns.map((_, place) => rangeAt(row, place, rows)) : [] }
  }

  write(select: string, { columns, partitionBy, primaryKey }: ResolvedTable): Promise<readonly WrittenFile[]> {
    return this.#inTurn(async () => {
      const copied = await copyToParquet(this.#db, select, { columns, partitionBy, directory: this.#directory })
      const files = copied.map(({ location }) => location)
      return withFingerprints(copied, await auditFiles(this.#db, { files, columns, primaryKey }, []))
    })
  }

  /** Nothing follows a failure: the connection is closed then. */
  #inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const result = this.#last.then(work)
    this.#last = result
    result.catch(() => undefined)
    return result
  }
}

function rangeAt(row: SqlRow, place: number, rows: number): Range {
  const [min, max] = [rangeValue(row[`a${place}`]), rangeValue(row[`z${place}`])]
  return {
    ...(min !== undefined && { min }),
    ...(max !== undefined && { max }),
    nulls: Number(row[`n${place}`]) < rows,
  }
}

/** Undefined for what statistics of files do not have either, NaN among it. */
function rangeValue(value: DuckDBValue | undefined): RangeValue | undefined {
  if (value instanceof DuckDBTimestampTZValue) return value.micros
  if (value instanceof DuckDBDateValue) return /^\d{4}-\d\d-\d\d$/.test(value.toString()) ? value.toString() : undefined
  if (typeof value === 'number') return Number.isNaN(value) ? undefined : value
  return typeof value === 'string' || typeof value === 'bigint' || typeof value === 'boolean' ? value : undefined
}
