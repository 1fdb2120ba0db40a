/**
 * Writes the operator that gives several rows for a row as SQL. Engines only count the values of a
 * series, from 0. Expressions with the same meaning on all engines compute the values from the
 * counter.
 */
import type { SqlDialect } from '../../expression/dialect.ts'
import { type Call, column, type Expression } from '../../expression/expression.ts'
import { expressionSql } from '../../expression/expression-sql.ts'
import { literal } from '../../expression/literal.ts'
import { isOfMonths, MAX_VALUES, type TimeUnit } from '../../expression/series.ts'
import { BIGINT, TEXT, type ValueType } from '../../expression/value-type.ts'
import { count } from '../../text/counted.ts'
import { columnsOf, type ExpandedValues, type Expansion } from '../relation.ts'

export function expansionSql(expansion: Expansion, rows: string, dialect: SqlDialect): string {
  const { values } = expansion
  return values.kind === 'elements'
    ? elementsSql(expansion, values.array, { rows, dialect })
    : seriesSql({ ...expansion, values }, rows, dialect)
}

/** An array that nothing else reads is removed from the rows. */
function elementsSql(
  { input, id }: Expansion,
  array: string,
  { rows, dialect }: { readonly rows: string; readonly dialect: SqlDialect },
): string {
  const elements = `${dialect.name === 'duckdb' ? 'unnest' : 'explode'}(${array}) AS ${id}`
  return `SELECT ${[...columnsOf(input), elements].join(', ')} FROM ${rows}`
}

interface SeriesExpansion extends Expansion {
  readonly values: Extract<ExpandedValues, { readonly kind: 'series' }>
}

function seriesSql(expansion: SeriesExpansion, rows: string, dialect: SqlDialect): string {
  const { input, id } = expansion
  const { to, step } = expansion.values
  const [last, place] = [`${id}_last`, `${id}_place`]
  const ended = `(SELECT *, ${lastIndexSql(expansion, dialect)} AS ${last} FROM ${rows})`
  const places = withinLimit(last, expansion, dialect)
  const numbered =
    dialect.name === 'duckdb'
      ? `${ended}, range(${places} + 1) AS ${id}_places(${place})`
      : `(SELECT *, explode(CASE WHEN ${last} IS NOT NULL THEN sequence(CAST(0 AS BIGINT), ${places}) END) AS ${place} FROM ${ended})`
  const columns = [...columnsOf(input), `${valueSql(expansion, place, dialect)} AS ${id}`]
  const all = `SELECT ${columns.join(', ')} FROM ${numbered}`
  // The last value of a series of months can be after the end, because the count of months ignores
  // the day of the end.
  return step.kind === 'time' && isOfMonths(step.unit) ? `SELECT * FROM (${all}) WHERE ${id} <= ${to}` : all
}

/** The index of the last value, from 0; null if there are no values. */
function lastIndexSql({ type, values: { from, to, step } }: SeriesExpansion, dialect: SqlDialect): string {
  const last =
    step.kind === 'time'
      ? expressionSql(unitsBetween(columnOf(from, type), columnOf(to, type), step.unit), dialect)
      : `${distance(from, to, step.by)} ${dialect.name === 'duckdb' ? '//' : 'div'} ${step.by}`
  return `CASE WHEN ${from} <= ${to} THEN ${last} END`
}

/**
 * The distance of two integers, up to the limit. The distance of two bigints can be greater than a
 * bigint.
 */
function distance(from: string, to: string, by: number): string {
  const difference = `CAST(${to} AS DECIMAL(20, 0)) - CAST(${from} AS DECIMAL(20, 0))`
  return `CAST(least(${difference}, CAST('${BigInt(MAX_VALUES) * BigInt(by)}' AS DECIMAL(20, 0))) AS BIGINT)`
}

/** The index of the last value. The query fails if it is beyond the limit. */
function withinLimit(last: string, { values: { from, to } }: SeriesExpansion, dialect: SqlDialect): string {
  const text = (id: string) => `CAST(${id} AS ${dialect.typeName(TEXT)})`
  const message = [dialect.text(TOO_MANY), text(from), dialect.text(' to '), text(to), dialect.text(REMEDY)]
  const failure = `${dialect.name === 'duckdb' ? 'error' : 'raise_error'}(${message.join(' || ')})`
  return `CASE WHEN ${last} < ${MAX_VALUES} THEN ${last} WHEN ${last} IS NOT NULL THEN CAST(${failure} AS BIGINT) END`
}

const TOO_MANY = `fn.series gives more than ${count(MAX_VALUES)} values for one row, from `
const REMEDY = ': give it a greater step or a nearer end'

function valueSql({ type, values: { from, step } }: SeriesExpansion, place: string, dialect: SqlDialect): string {
  if (step.kind === 'time') {
    const value = call('add_to', [columnOf(from, type), columnOf(place, BIGINT), literal(step.unit, TEXT)], type)
    return expressionSql(value, dialect)
  }
  return `CAST(${from} + ${place} * ${step.by} AS ${dialect.typeName(type)})`
}

/**
 * Number of whole units from one value to the other. For months and years, the days do not count.
 */
function unitsBetween(from: Expression, to: Expression, unit: TimeUnit): Expression {
  const month = (at: Expression) => call('truncate', [at, literal('month', TEXT)], at.type)
  const [one, other] = isOfMonths(unit) ? [month(from), month(to)] : [from, to]
  return call('difference', [one, other, literal(unit, TEXT)], BIGINT)
}

const columnOf = (id: string, type: ValueType): Expression => column(id, { type, nullable: false })

const call = (name: string, args: readonly Expression[], type: ValueType): Call => ({
  kind: 'call',
  name,
  args,
  type,
  nullable: false,
})
