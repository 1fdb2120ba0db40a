/**
 * Resolves columns and subqueries in the expressions of one SELECT. Subqueries become joins of its
 * rows.
 */
import {
  BinaryOperationNode,
  type FunctionNode,
  type OperationNode,
  OperatorNode,
  ParensNode,
  type ReferenceNode,
  SelectAllNode,
  SelectQueryNode,
  TupleNode,
  UnaryOperationNode,
} from 'kysely'
import { type ColumnId, column, type Expression, referencesIn } from '../../expression/expression.ts'
import { semiJoin } from '../../relation/build.ts'
import { type ColumnIds, columnsOf, type NamedColumn, type Relation, type SemiJoin } from '../../relation/relation.ts'
import { withoutBrackets } from '../tree-nodes.ts'
import { matchesOf, type Separated } from './clauses/joins.ts'
import { expanded, readSeries, type SeriesOutput, seriesBeside } from './clauses/series.ts'
import type { ExpressionScope, Subquery } from './expression/part-reader.ts'
import { readExpression } from './expression/read-expression.ts'
import { QueryProblem } from './query-problem.ts'
import { columnNamed, foldName, type NameScope } from './scope.ts'

/** A join that adds a subquery's value to each row. */
export interface Attachment {
  readonly value: Expression
  /** The columns that the join adds. */
  readonly columns: readonly ColumnId[]
  /** The columns that the rows need to have. */
  readonly needs: readonly ColumnId[]
  join(rows: Relation): Relation
}

/** Rows, and the rows of a subquery that they can match. */
export interface Matched extends Separated {
  /** Whether a value on either side of IN can be null. */
  readonly mayBeNull: boolean
}

/** Reads the subqueries in the expressions of one SELECT. */
export interface Subqueries {
  /** The join that adds the subquery's value. */
  value(subquery: Subquery): Attachment
  /** The rows and those of the subquery, with the conditions on which they match. */
  matched(rows: Relation, subquery: Subquery): Matched
}

export class SelectScope implements ExpressionScope {
  readonly names: NameScope
  readonly #columns: Map<ColumnId, NamedColumn>
  readonly #subqueries: Subqueries
  /** The joins for subqueries, by the columns that they add. */
  readonly #attachments = new Map<ColumnId, Attachment>()
  readonly #ids: ColumnIds
  #series: SeriesOutput | undefined

  constructor(names: NameScope, ids: ColumnIds, subqueries: Subqueries) {
    this.names = names
    this.#ids = ids
    this.#columns = new Map(names.items.flatMap(({ columns }) => columns.map((one) => [one.id, one] as const)))
    this.#subqueries = subqueries
  }

  column(reference: ReferenceNode): Expression {
    return columnNamed(reference, this.names)
  }

  subquery(subquery: Subquery): Expression {
    const attachment = this.#subqueries.value(subquery)
    for (const id of attachment.columns) this.#attachments.set(id, attachment)
    return attachment.value
  }

  /** The values of the series, as a column of `expanded`. */
  series(call: FunctionNode): Expression {
    const series = readSeries(this.#ids, call, this)
    if (this.#series)
      throw seriesBeside(series.called, this.#series.called === series.called ? 'another one' : this.#series.called)
    for (const source of series.sources) this.own(source)
    this.#series = series
    this.#columns.set(series.column.id, series.column)
    return column(series.column.id, series.column)
  }

  /** The name in queries of the function that gives several values for a row. */
  get seriesCalled(): string | undefined {
    return this.#series?.called
  }

  /** The rows. If the SELECT has a series, each row is repeated for every value. */
  expanded(rows: Relation): Relation {
    if (!this.#series) return rows
    return expanded(this.#ids, this.attached(rows, this.#series.sources), this.#series)
  }

  /** The expression. Throws QueryProblem if it names columns of the SELECT around this one. */
  own(expression: Expression): Expression {
    if (!this.isCorrelated(expression)) return expression
    throw new QueryProblem(
      'a subquery names columns of the query around it outside of the conditions of its WHERE',
      'compare them in its WHERE, with conditions that all have to hold',
    )
  }

  /** Whether the expression names columns of the SELECT around this one. */
  isCorrelated(expression: Expression): boolean {
    return referencesIn(expression).some((id) => !this.#columns.has(id) && !this.#attachments.has(id))
  }

  /** Whether the column is added by the join for a subquery. */
  isAttachable(id: ColumnId): boolean {
    return this.#attachments.has(id)
  }

  /**
   * Joins the rows with the subqueries that the expressions use, unless they are joined already.
   */
  attached(rows: Relation, expressions: readonly Expression[]): Relation {
    return expressions.flatMap(referencesIn).reduce((joined, id) => {
      const attachment = this.#attachments.get(id)
      if (!attachment || columnsOf(joined).includes(id)) return joined
      const present = new Set(columnsOf(joined))
      const missing = attachment.needs.find((needed) => !present.has(needed))
      if (missing === undefined) return attachment.join(joined)
      const name = this.nameOf(missing)
      throw new QueryProblem(
        `a correlated subquery needs ${name}, which is not grouped by`,
        `add ${name} to .groupBy(...)`,
      )
    }, rows)
  }

  /**
   * Applies IN, EXISTS or their negation as a semi join or anti join; undefined for any other
   * condition.
   */
  semiJoined(rows: Relation, condition: OperationNode): Relation | undefined {
    const membership = membershipOf(condition)
    if (!membership) return undefined
    const { query, kind, isIn } = membership
    const values = membership.values.map((value) => readExpression(value, this))
    const subquery: Subquery = isIn ? { kind: 'in', query, values } : { kind: 'exists', query }
    const before = this.attached(rows, values)
    const matched = this.#subqueries.matched(before, subquery)
    // With a null among the values, NOT IN is true for no row, but an anti join would keep rows.
    if (isIn && kind === 'anti-join' && matched.mayBeNull) return undefined
    return semiJoin({ kind, left: matched.left, right: matched.right, on: matchesOf(matched) })
  }

  typeOf(id: ColumnId): Pick<Expression, 'type' | 'nullable'> {
    return this.#columns.get(id) ?? { type: { kind: 'text' }, nullable: true }
  }

  nameOf(id: ColumnId): string {
    return nameIn(this.names, id) ?? 'a column'
  }

  describe(expression: Expression): string {
    switch (expression.kind) {
      case 'column':
        return nameIn(this.names, expression.id) ?? 'a subquery'
      case 'literal':
        return expression.written instanceof Date ? expression.written.toISOString() : printed(expression.written)
      case 'call':
      case 'aggregate':
      case 'window':
        return `${expression.name}(${expression.args.map((argument) => this.describe(argument)).join(', ')})`
      case 'case':
        return 'a CASE'
      case 'cast':
        return this.describe(expression.input)
      case 'raw':
        return 'an expression in SQL'
    }
  }

  /**
   * The scope of ORDER BY. If an output and a column have the same name, the name means the output.
   */
  withOutputs(outputs: ReadonlyMap<string, Expression>): ExpressionScope {
    return {
      column: (reference) => {
        const name = reference.table || SelectAllNode.is(reference.column) ? undefined : reference.column.column.name
        return (name !== undefined && outputs.get(foldName(name))) || this.column(reference)
      },
      subquery: (subquery) => this.subquery(subquery),
      describe: (expression) => this.describe(expression),
    }
  }
}

const printed = (written: unknown): string =>
  typeof written === 'string' ? `'${written}'` : typeof written === 'bigint' ? `${written}n` : String(written)

function nameIn({ items, outer }: NameScope, id: ColumnId): string | undefined {
  for (const { columns } of items) for (const one of columns) if (one.id === id) return one.name
  return outer && nameIn(outer, id)
}

/** A condition on whether a subquery has matching rows. */
interface Membership {
  readonly kind: SemiJoin['kind']
  readonly isIn: boolean
  readonly query: OperationNode
  readonly values: readonly OperationNode[]
}

/**
 * Reads `x in (select ...)`, `exists (...)` and their negations; undefined for any other condition.
 */
function membershipOf(condition: OperationNode): Membership | undefined {
  if (ParensNode.is(condition)) return membershipOf(condition.node)
  if (BinaryOperationNode.is(condition)) {
    const { leftOperand, operator, rightOperand: query } = condition
    if (!OperatorNode.is(operator) || !isQuery(query)) return undefined
    const values = TupleNode.is(leftOperand) ? leftOperand.values : [leftOperand]
    if (operator.operator === 'in') return { kind: 'semi-join', isIn: true, query, values }
    return operator.operator === 'not in' ? { kind: 'anti-join', isIn: true, query, values } : undefined
  }
  if (!UnaryOperationNode.is(condition) || !OperatorNode.is(condition.operator)) return undefined
  const { operand: query, operator } = condition
  if (operator.operator === 'exists') return { kind: 'semi-join', isIn: false, query, values: [] }
  if (operator.operator === 'not exists') return { kind: 'anti-join', isIn: false, query, values: [] }
  const negated = operator.operator === 'not' ? membershipOf(query) : undefined
  return negated && { ...negated, kind: negated.kind === 'semi-join' ? 'anti-join' : 'semi-join' }
}

const isQuery = (node: OperationNode): boolean => SelectQueryNode.is(withoutBrackets(node))
