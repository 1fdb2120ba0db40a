/** Writes relations as SQL. */
import type { SqlDialect } from '../expression/dialect.ts'
import type { ColumnId, Expression, SortItem } from '../expression/expression.ts'
import { columnSql, expressionSql, sortItemSql } from '../expression/expression-sql.ts'
import { addsDoubles, type DoublePieces, pieceStages } from '../expression/functions/aggregate/double-sum.ts'
import { columnsOf, type Match, type Output, type Relation, type Scan, type Window } from './relation.ts'
import { isUniqueBy } from './unique.ts'

/** How an engine writes what is not the same in all. SEMI JOIN and ANTI JOIN are. */
export interface RelationDialect {
  readonly expressions: SqlDialect
  /** What follows FROM: a relation with the scan's columns under the upstream's names for them. */
  scan(scan: Scan): string
  /** What follows FROM: the rows that are kept under this name. */
  staged(name: string): string
}

/** The SELECT that gives the relation's rows, its columns under their ColumnIds. */
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
      return `SELECT ${relation.columns.map((id, place) => `k${place} AS ${id}`).join(', ')} FROM ${dialect.staged(relation.name)}`
    case 'empty':
      throw new Error('a relation without rows has no SQL')
    case 'filter':
      return `SELECT * FROM ${sql(relation.input)} WHERE ${expression(relation.predicate)}`
    case 'project':
      return `SELECT ${outputs(relation.outputs)} FROM ${sql(relation.input)}`
    case 'join': {
      const { type, left, right, on } = relation
      const kind = type === 'left' ? 'LEFT JOIN' : on ? 'JOIN' : 'CROSS JOIN'
      const condition = on ? expression(on) : '1 = 1'
      return `SELECT * FROM ${sql(left)} ${kind} ${sql(right)}${kind === 'CROSS JOIN' ? '' : ` ON ${condition}`}`
    }
    case 'matching': {
      const { keep, input, set, on } = relation
      const kind = keep === 'some' ? 'SEMI JOIN' : 'ANTI JOIN'
      const condition = on.map((match) => matchSql(match, expression)).join(' AND ')
      return `SELECT * FROM ${sql(input)} ${kind} ${sql(set)} ON ${condition || '1 = 1'}`
    }
    case 'aggregate': {
      const { keys, functions } = relation
      const { from, pieces } = withPieces(sql(relation.input), functions, dialect)
      const computed = functions.map(
        (output) => `${columnSql(output.expression, dialect.expressions, { pieces })} AS ${output.id}`,
      )
      return `SELECT ${[...keys, ...computed].join(', ')} FROM ${from}${keys.length > 0 ? ` GROUP BY ${keys.join(', ')}` : ''}`
    }
    case 'window':
      return windowSql(relation, sql(relation.input), dialect)
    case 'limit': {
      const order = relation.orderBy.map((item) => sortItemSql(item, dialect.expressions))
      const offset = relation.offset > 0 ? ` OFFSET ${relation.offset}` : ''
      // Without an order any of the rows will do.
      const ordered = order.length > 0 ? ` ORDER BY ${order.join(', ')}` : ''
      return `SELECT * FROM ${sql(relation.input)}${ordered} LIMIT ${relation.count}${offset}`
    }
    case 'distinct':
      return `SELECT DISTINCT * FROM ${sql(relation.input)}`
    case 'union-all':
      return relation.inputs.map((input) => placed(input, relation.columns, dialect)).join(' UNION ALL ')
    case 'set-operation': {
      const { columns, left, right, operator } = relation
      return `${placed(left, columns, dialect)} ${operator.toUpperCase()} ${placed(right, columns, dialect)}`
    }
  }
}

function windowSql({ input, partitionBy, functions }: Window, rows: string, dialect: RelationDialect): string {
  const { from, pieces } = withPieces(rows, functions, dialect)
  const computed = functions.map(({ id, expression }) => {
    const ties = tieBreakers(input, partitionBy, expression.kind === 'window' ? expression.orderBy : [])
    return `${columnSql(expression, dialect.expressions, { ties, pieces })} AS ${id}`
  })
  return `SELECT ${[pieces.size > 0 ? columnsOf(input).join(', ') : '*', ...computed].join(', ')} FROM ${from}`
}

/** The rows, with the pieces of the doubles that the functions add up. */
function withPieces(
  rows: string,
  functions: readonly Output[],
  { expressions }: RelationDialect,
): { readonly from: string; readonly pieces: ReadonlyMap<string, DoublePieces> } {
  const pieces = new Map<string, DoublePieces>()
  const stages: string[][] = []
  for (const { id, expression } of functions) {
    const value = addedDouble(expression)
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

function addedDouble(expression: Expression): Expression | undefined {
  const isCall = expression.kind === 'aggregate' || (expression.kind === 'window' && !expression.filter)
  if (!isCall || (expression.kind === 'aggregate' && expression.distinct)) return undefined
  const [value] = expression.args
  return addsDoubles(expression.name, value?.type) ? value : undefined
}

/**
 * Engines give rows that an order does not tell apart in any order. The other columns of the rows break such ties; rows that agree in all of
 * them are alike.
 */
function tieBreakers(
  input: Relation,
  partitionBy: readonly ColumnId[],
  orderBy: readonly SortItem[],
): readonly ColumnId[] {
  const ordered = orderBy.flatMap(({ expression }) => (expression.kind === 'column' ? [expression.id] : []))
  const own = new Set([...partitionBy, ...ordered])
  return isUniqueBy(input, own) ? [] : columnsOf(input).filter((column) => !own.has(column))
}

/** Columns go by their places in a combination, so that each input names them all alike. */
function placed(input: Relation, columns: readonly ColumnId[], dialect: RelationDialect): string {
  const own = columnsOf(input)
  const selected = columns.map((id, place) => `${own[place]} AS ${id}`)
  return `SELECT ${selected.join(', ')} FROM (${relationSql(input, dialect)})`
}

function matchSql(match: Match, expression: (node: Expression) => string): string {
  switch (match.kind) {
    case 'equal':
      return `${match.column} = ${match.among}`
    case 'same':
      return `${match.column} IS NOT DISTINCT FROM ${match.among}`
    case 'condition':
      return `(${expression(match.condition)})`
  }
}
