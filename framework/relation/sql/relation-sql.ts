/** Writes a relation as SQL of an engine's dialect. */
import type { SqlDialect } from '../../expression/dialect.ts'
import {
  type ColumnId,
  type ColumnReference,
  column,
  type Expression,
  type SortItem,
} from '../../expression/expression.ts'
import { columnSql, expressionSql, sortItemSql } from '../../expression/expression-sql.ts'
import type { DoublePieces } from '../../expression/function.ts'
import { addsDoubles, pieceStages } from '../../expression/functions/aggregate/double-sum.ts'
import { TEXT } from '../../expression/value-type.ts'
import { columnTypes } from '../column-types.ts'
import {
  type Aggregation,
  columnsOf,
  type Limit,
  type Match,
  type Output,
  type Relation,
  type Scan,
  type Window,
} from '../relation.ts'
import { isUniqueBy } from '../unique.ts'
import { expansionSql } from './expansion-sql.ts'

/**
 * The part of a relation's SQL that differs between engines. SEMI JOIN and ANTI JOIN are the same.
 */
interface RelationDialect {
  readonly expressions: SqlDialect
  /** The text after FROM for an upstream's rows. Columns have the upstream's names. */
  scan(scan: Scan): string
  /** The text after FROM for the staged rows of this name. */
  staged(name: string): string
}

/** The SELECT that gives the relation's rows. Its columns are named by their ColumnIds. */
export function relationSql(relation: Relation, dialect: RelationDialect): string {
  const sql = (input: Relation) => `(${relationSql(input, dialect)})`
  const expression = (node: Expression) => expressionSql(node, dialect.expressions)
  const outputs = (list: readonly Output[]) =>
    list.map((output) => `${columnSql(output.expression, dialect.expressions)} AS ${output.id}`).join(', ')
  switch (relation.kind) {
    case 'scan': {
      const { quote } = dialect.expressions
      const columns = relation.columns.map(({ id, name }) => `${quote}${name}${quote} AS ${id}`)
      return `SELECT ${columns.join(', ')} FROM ${dialect.scan(relation)}`
    }
    case 'staged':
      return `SELECT ${relation.columns.map((id, index) => `k${index} AS ${id}`).join(', ')} FROM ${dialect.staged(relation.name)}`
    case 'empty':
      throw new Error('a relation without rows has no SQL')
    case 'filter':
      return `SELECT * FROM ${sql(relation.input)} WHERE ${expression(relation.predicate)}`
    case 'project':
      return `SELECT ${outputs(relation.outputs)} FROM ${sql(relation.input)}`
    case 'expand':
      return expansionSql(relation, sql(relation.input), dialect.expressions)
    case 'join': {
      const { type, left, right, on } = relation
      const kind = type === 'left' ? 'LEFT JOIN' : on ? 'JOIN' : 'CROSS JOIN'
      const condition = on ? expression(on) : '1 = 1'
      return `SELECT * FROM ${sql(left)} ${kind} ${sql(right)}${kind === 'CROSS JOIN' ? '' : ` ON ${condition}`}`
    }
    case 'semi-join':
    case 'anti-join': {
      const { kind, left, right, on } = relation
      const join = kind === 'semi-join' ? 'SEMI JOIN' : 'ANTI JOIN'
      const condition = on.map((match) => matchSql(match, expression)).join(' AND ')
      return `SELECT * FROM ${sql(left)} ${join} ${sql(right)} ON ${condition || '1 = 1'}`
    }
    case 'aggregate':
      return aggregateSql(relation, sql(relation.input), dialect)
    case 'window':
      return windowSql(relation, sql(relation.input), dialect)
    case 'limit':
      return limitSql(relation, sql(relation.input), dialect)
    case 'distinct':
      return `SELECT DISTINCT * FROM ${sql(relation.input)}`
    case 'union-all':
      return relation.inputs.map((input) => renamedSql(input, relation.columns, dialect)).join(' UNION ALL ')
    case 'set-operation': {
      const { columns, left, right, operator } = relation
      return `${renamedSql(left, columns, dialect)} ${operator.toUpperCase()} ${renamedSql(right, columns, dialect)}`
    }
  }
}

function aggregateSql({ keys, functions }: Aggregation, rows: string, dialect: RelationDialect): string {
  const { from, pieces } = withPieces(rows, functions, dialect)
  const computed = functions.map(
    ({ id, expression }) => `${columnSql(expression, dialect.expressions, { pieces })} AS ${id}`,
  )
  const groupBy = keys.length > 0 ? ` GROUP BY ${keys.join(', ')}` : ''
  return `SELECT ${[...keys, ...computed].join(', ')} FROM ${from}${groupBy}`
}

/** Without an order, the query can return any of the rows. */
function limitSql({ orderBy, count, offset }: Limit, rows: string, { expressions }: RelationDialect): string {
  const order = orderBy.map((item) => sortItemSql(item, expressions))
  const ordered = order.length > 0 ? ` ORDER BY ${order.join(', ')}` : ''
  return `SELECT * FROM ${rows}${ordered} LIMIT ${count}${offset > 0 ? ` OFFSET ${offset}` : ''}`
}

function windowSql({ input, partitionBy, functions }: Window, rows: string, dialect: RelationDialect): string {
  const { from, pieces } = withPieces(rows, functions, dialect)
  const computed = functions.map(({ id, expression }) => {
    const ties = tieBreakers(input, partitionBy, expression.kind === 'window' ? expression.orderBy : [])
    return `${columnSql(expression, dialect.expressions, { ties, pieces })} AS ${id}`
  })
  return `SELECT ${[pieces.size > 0 ? columnsOf(input).join(', ') : '*', ...computed].join(', ')} FROM ${from}`
}

/**
 * Adds columns to the rows: the pieces of each double that the functions sum (see double-sum.ts).
 */
function withPieces(
  rows: string,
  functions: readonly Output[],
  { expressions }: RelationDialect,
): { readonly from: string; readonly pieces: ReadonlyMap<string, DoublePieces> } {
  const pieces = new Map<string, DoublePieces>()
  const stages: string[][] = []
  for (const { id, expression } of functions) {
    const value = summedDouble(expression)
    const sql = value && expressionSql(value, expressions)
    if (sql === undefined || pieces.has(sql)) continue
    const computed = pieceStages(sql, `${id}_`)
    pieces.set(sql, computed.columns)
    computed.stages.forEach((stage, index) => {
      stages[index] = [...(stages[index] ?? []), stage]
    })
  }
  const from = stages.reduce((below, stage) => `(SELECT *, ${stage.join(', ')} FROM ${below})`, rows)
  return { from, pieces }
}

/** The double that a call sums; undefined for any other call. */
function summedDouble(expression: Expression): Expression | undefined {
  const isCall = expression.kind === 'aggregate' || (expression.kind === 'window' && !expression.filter)
  if (!isCall || (expression.kind === 'aggregate' && expression.distinct)) return undefined
  const [value] = expression.args
  return addsDoubles(expression.name, value?.type) ? value : undefined
}

/**
 * The columns that break ties of a window's order, so that every engine sorts the rows alike. Rows
 * that still tie are equal.
 */
function tieBreakers(
  input: Relation,
  partitionBy: readonly ColumnId[],
  orderBy: readonly SortItem[],
): readonly ColumnReference[] {
  const ordered = orderBy.flatMap(({ expression }) => (expression.kind === 'column' ? [expression.id] : []))
  const own = new Set([...partitionBy, ...ordered])
  if (isUniqueBy(input, own)) return []
  const types = columnTypes(input)
  return columnsOf(input)
    .filter((id) => !own.has(id))
    .map((id) => column(id, { type: types.get(id) ?? TEXT, nullable: true }))
}

/** An input of a union or set operation, with the operator's names for its columns. */
function renamedSql(input: Relation, columns: readonly ColumnId[], dialect: RelationDialect): string {
  const own = columnsOf(input)
  const selected = columns.map((id, index) => `${own[index]} AS ${id}`)
  return `SELECT ${selected.join(', ')} FROM (${relationSql(input, dialect)})`
}

function matchSql(match: Match, expression: (node: Expression) => string): string {
  switch (match.kind) {
    case 'equality':
      return `${match.left} = ${match.right}`
    case 'null-safe':
      return `${match.left} IS NOT DISTINCT FROM ${match.right}`
    case 'condition':
      return `(${expression(match.condition)})`
  }
}
