import type { OperationNode } from 'kysely'
import { compileQuery, type QueryTree } from '../query/query.ts'
import type { SqlDialect } from '../query/sql-compiler.ts'
import { type ColumnId, columnsOf, type Match, type Output, type Relation, type Scan } from './relation.ts'

/** How an engine writes what is not the same in all. */
export interface RelationDialect {
  readonly expressions: SqlDialect
  /** What follows FROM: a relation with the scan's columns under the upstream's names for them. */
  scan(scan: Scan): string
  /** What follows FROM: the rows that are kept under this name. */
  staged(name: string): string
  readonly semiJoin: string
  readonly antiJoin: string
}

/** The SELECT that gives the relation's rows, its columns under their ColumnIds. */
export function relationSql(relation: Relation, dialect: RelationDialect): string {
  const sql = (input: Relation) => `(${relationSql(input, dialect)})`
  const expression = (node: OperationNode) => compileQuery(node as QueryTree, dialect.expressions)
  const outputs = (list: readonly Output[]) =>
    list.map((output) => `${expression(output.expression)} AS ${output.id}`).join(', ')
  switch (relation.kind) {
    case 'scan': {
      const { quote } = dialect.expressions
      const columns = relation.columns.map(({ id, name }) => `${quote}${name}${quote} AS ${id}`)
      return `SELECT ${columns.join(', ')} FROM ${dialect.scan(relation)}`
    }
    case 'staged':
      return `SELECT ${relation.columns.map((id, place) => `k${place} AS ${id}`).join(', ')} FROM ${dialect.staged(relation.name)}`
    case 'empty':
      throw new Error('nothing has to be asked for what has no rows')
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
      const kind = keep === 'some' ? dialect.semiJoin : dialect.antiJoin
      const condition = on.map((match) => matchSql(match, expression)).join(' AND ')
      return `SELECT * FROM ${sql(input)} ${kind} ${sql(set)} ON ${condition || '1 = 1'}`
    }
    case 'aggregate': {
      const { input, keys, functions } = relation
      const selected = [...keys, ...(functions.length > 0 ? [outputs(functions)] : [])].join(', ')
      return `SELECT ${selected} FROM ${sql(input)}${keys.length > 0 ? ` GROUP BY ${keys.join(', ')}` : ''}`
    }
    case 'window':
      return `SELECT *, ${outputs(relation.functions)} FROM ${sql(relation.input)}`
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

/** Columns go by their places in a combination, so that each input names them all alike. */
function placed(input: Relation, columns: readonly ColumnId[], dialect: RelationDialect): string {
  const own = columnsOf(input)
  const selected = columns.map((id, place) => `${own[place]} AS ${id}`)
  return `SELECT ${selected.join(', ')} FROM (${relationSql(input, dialect)})`
}

function matchSql(match: Match, expression: (node: OperationNode) => string): string {
  switch (match.kind) {
    case 'equal':
      return `${match.column} = ${match.among}`
    case 'same':
      return `${match.column} IS NOT DISTINCT FROM ${match.among}`
    case 'condition':
      return `(${expression(match.condition)})`
  }
}
