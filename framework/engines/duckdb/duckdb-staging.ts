import { DuckDBDateValue, DuckDBTimestampTZValue, type DuckDBValue } from '@duckdb/node-api'
import { empty } from '../../increment/build.ts'
import type { Range, Ranges, RangeValue } from '../../increment/range.ts'
import { type ColumnId, ColumnIds, columnsOf, type Relation, type Scan, scansOf } from '../../increment/relation.ts'
import { type RelationDialect, relationSql } from '../../increment/relation-sql.ts'
import type { Cut, StagedRows, Staging } from '../../increment/staging.ts'
import { duckdbDialect } from './duckdb-dialect.ts'
import type { DuckDb, SqlRow } from './duckdb-session.ts'

export interface ScannedRows {
  /** What follows FROM. */
  sql(scan: Scan): string
  /** How many rows there are to read at most. */
  rows(scan: Scan): number
  /** As in `Staging`. */
  cuts(scan: Scan, column: ColumnId, direction: 'asc' | 'desc'): readonly Cut[]
}

/** To leave rows out costs a statement or two; so many rows are read in that time. */
const LARGE = 20_000

/** Keeps what is staged in temporary tables of the connection, `staged_0`, `staged_1`, ... */
export class DuckDbStaging implements Staging {
  readonly ids = new ColumnIds('s')
  readonly #db: DuckDb
  readonly #scanned: ScannedRows
  readonly #large: number
  #staged = 0

  constructor(db: DuckDb, scanned: ScannedRows, large = LARGE) {
    this.#db = db
    this.#scanned = scanned
    this.#large = large
  }

  sql(relation: Relation): string {
    return relationSql(relation, this.#dialect)
  }

  async stage(relation: Relation): Promise<StagedRows> {
    const columns = columnsOf(relation).map(() => this.ids.next())
    if (relation.kind === 'empty') return { relation: empty(columns), rows: 0, ranges: new Map() }
    const name = `staged_${this.#staged++}`
    const places = columnsOf(relation).map((column, place) => `${column} AS k${place}`)
    await this.#db.run(`CREATE TEMP TABLE ${name} AS SELECT ${places.join(', ')} FROM (${this.sql(relation)})`)
    const figures = columns.map(
      (_, place) => `min(k${place}) AS a${place}, max(k${place}) AS z${place}, count(k${place}) AS n${place}`,
    )
    const [row] = await this.#db.rows(`SELECT count(*) AS "rows", ${figures.join(', ')} FROM ${name}`)
    const rows = Number(row?.rows ?? 0)
    if (!row || rows === 0) return { relation: empty(columns), rows: 0, ranges: new Map() }
    return { relation: { kind: 'staged', name, columns }, rows, ranges: rangesOf(row, rows, columns) }
  }

  isLarge(relation: Relation): boolean {
    return scansOf(relation).reduce((sum, scan) => sum + this.#scanned.rows(scan), 0) > this.#large
  }

  cuts(scan: Scan, column: ColumnId, direction: 'asc' | 'desc'): readonly Cut[] {
    return this.#scanned.cuts(scan, column, direction)
  }

  get #dialect(): RelationDialect {
    return {
      expressions: duckdbDialect,
      scan: (scan) => this.#scanned.sql(scan),
      staged: (name) => name,
      semiJoin: 'SEMI JOIN',
      antiJoin: 'ANTI JOIN',
    }
  }
}

function rangesOf(row: SqlRow, rows: number, columns: readonly ColumnId[]): Ranges {
  return new Map(
    columns.map((column, place) => {
      const [min, max] = [rangeValue(row[`a${place}`]), rangeValue(row[`z${place}`])]
      const range: Range = {
        ...(min !== undefined && { min }),
        ...(max !== undefined && { max }),
        nulls: Number(row[`n${place}`]) < rows,
      }
      return [column, range]
    }),
  )
}

/** Undefined for what statistics of files do not have either, NaN among it. */
function rangeValue(value: DuckDBValue | undefined): RangeValue | undefined {
  if (value instanceof DuckDBTimestampTZValue) return value.micros
  if (value instanceof DuckDBDateValue) return /^\d{4}-\d\d-\d\d$/.test(value.toString()) ? value.toString() : undefined
  if (typeof value === 'number') return Number.isNaN(value) ? undefined : value
  return typeof value === 'string' || typeof value === 'bigint' || typeof value === 'boolean' ? value : undefined
}
