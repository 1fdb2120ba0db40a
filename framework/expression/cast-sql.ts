/** Writes conversions between types as SQL. */
import type { SqlDialect } from './dialect.ts'
import type { ValueType } from './value-type.ts'

/**
 * Maximum number of digits of a decimal for which DuckDB finds the nearest double. Beyond it,
 * DuckDB has to read the decimal from text.
 */
const EXACT_DIGITS = 15

export function castSql(
  sql: string,
  [from, to]: readonly [from: ValueType, to: ValueType],
  { name, typeName }: SqlDialect,
): string {
  const isWide = from.kind === 'decimal' && from.precision > EXACT_DIGITS
  const input =
    isWide && to.kind === 'double' && name === 'duckdb' ? `CAST(${sql} AS ${typeName({ kind: 'text' })})` : sql
  return `CAST(${input} AS ${typeName(to)})`
}
