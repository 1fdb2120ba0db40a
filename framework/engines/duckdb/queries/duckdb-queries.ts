/** Runs queries over one DuckDB connection, one after the other. */
import type { InputTable } from '../../../engine/data-file.ts'
import type { ResultRow, SampleRow, SessionDialect, SqlQueries } from '../../sql/sql-session.ts'
import { duckdbDialect } from '../duckdb-dialect.ts'
import type { DuckDb } from '../duckdb-session.ts'
import { duckdbRowChecks } from '../row-checks.ts'
import { duckdbType, identifier, inputSql } from '../sql.ts'

const DIALECT: SessionDialect = {
  expressions: duckdbDialect,
  identifier,
  typeName: duckdbType,
  copies: ({ columns, table, count }) =>
    `SELECT ${columns} FROM (SELECT *, unnest(range(${count})) FROM ${table} WHERE ${count} > 0)`,
  rowChecks: duckdbRowChecks,
}

export class DuckDbQueries implements SqlQueries {
  readonly dialect = DIALECT
  readonly #db: DuckDb

  constructor(db: DuckDb) {
    this.#db = db
  }

  files(table: InputTable): string {
    return inputSql(table)
  }

  async query(selects: readonly string[]): Promise<readonly (readonly ResultRow[])[]> {
    const results: (readonly ResultRow[])[] = []
    for (const select of selects) results.push(await this.#db.rows(select))
    return results
  }

  async samples(selects: readonly string[]): Promise<readonly (readonly SampleRow[])[]> {
    const samples: (readonly SampleRow[])[] = []
    for (const select of selects) samples.push(await this.#db.plainRows(select))
    return samples
  }
}
