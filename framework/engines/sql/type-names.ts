/** Names the column types in a dialect of SQL. */
import type { ColumnType } from '../../declare/columns.ts'

/** The names of all types but decimals, which every dialect writes the same. */
export type TypeNames = Readonly<Record<Exclude<ColumnType['kind'], 'decimal'>, string>>

export const sqlType = (names: TypeNames, type: ColumnType): string =>
  type.kind === 'decimal' ? `DECIMAL(${type.precision},${type.scale})` : names[type.kind]
