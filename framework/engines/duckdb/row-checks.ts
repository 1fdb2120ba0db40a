/** Writes checks of single rows in DuckDB's SQL. */
import type { ResolvedTable } from '../../graph/resolved-asset.ts'
import { type CheckDialect, type RowCheck, rowChecksIn } from '../sql/row-checks.ts'
import { duckdbDialect } from './duckdb-dialect.ts'
import { identifier } from './sql.ts'

export type { RowCheck } from '../sql/row-checks.ts'

export const CHECK_DIALECT: CheckDialect = {
  ...duckdbDialect,
  identifier,
  matches: (text, source) => `regexp_matches(${text}, ${duckdbDialect.text(source)})`,
}

export const duckdbRowChecks = (asset: ResolvedTable): readonly RowCheck[] => rowChecksIn(asset, CHECK_DIALECT)
