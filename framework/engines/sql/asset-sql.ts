/**
 * Writes an asset's query as SQL of an engine, with the declared columns in their order and types.
 */
import { convert } from '../../expression/convert.ts'
import type { SqlDialect } from '../../expression/dialect.ts'
import { column, type Expression } from '../../expression/expression.ts'
import { expressionSql } from '../../expression/expression-sql.ts'
import { isSameType } from '../../expression/value-type.ts'
import type { ResolvedTable } from '../../graph/resolved-asset.ts'
import { relationSql } from '../../relation/sql/relation-sql.ts'

/** The query. `from` gives the text after FROM for an upstream, which is its alias by default. */
export function assetSql(
  asset: ResolvedTable,
  dialect: SqlDialect,
  from = (alias: string) => `${dialect.quote}${alias}${dialect.quote}`,
): string {
  const { relation, outputs } = asset.query
  const rows =
    relation.kind === 'empty'
      ? `(SELECT ${outputs.map(({ id, type }) => `CAST(NULL AS ${dialect.typeName(type)}) AS ${id}`).join(', ')} WHERE false)`
      : `(${relationSql(relation, { expressions: dialect, scan: ({ alias }) => from(alias), staged: (name) => name })})`
  return `SELECT ${declaredOutputs(asset, dialect).join(', ')} FROM ${rows}`
}

/** The declared columns, computed from the query's columns, as a SELECT list. */
export function declaredOutputs({ query, columns }: ResolvedTable, dialect: SqlDialect): readonly string[] {
  return columns.map((declared) => {
    const output = query.outputs.find(({ name }) => name === declared.name)
    if (!output) throw new Error(`the query gives no ${declared.name}`)
    const value = declaredSql(column(output.id, output), declared.type, dialect)
    return `${value} AS ${dialect.quote}${declared.name}${dialect.quote}`
  })
}

/** The value in the declared type. The query fails for a value that does not fit. */
function declaredSql(value: Expression, type: ResolvedTable['columns'][number]['type'], dialect: SqlDialect): string {
  if (isSameType(value.type, type)) return expressionSql(value, dialect)
  const widened = convert(value, type)
  return widened
    ? expressionSql(widened, dialect)
    : `CAST(${expressionSql(value, dialect)} AS ${dialect.typeName(type)})`
}
