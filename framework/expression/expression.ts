/** Typed expressions over columns: what a query computes, with every type and every conversion written out. */
import type { ValueType } from './value-type.ts'

/** A column of a relation, `c12`. No two columns of a query share one, so that a reference needs no table. */
export type ColumnId = string

/** A constant: text; exact digits for decimals; yyyy-mm-dd for dates; microseconds since 1970 for timestamps. */
export type LiteralValue = string | number | bigint | boolean | null

interface Typed {
  readonly type: ValueType
  readonly nullable: boolean
}

export type Expression = ColumnReference | Literal | Call | Case | Cast | AggregateCall | WindowCall | RawSql

export interface ColumnReference extends Typed {
  readonly kind: 'column'
  readonly id: ColumnId
}

export interface Literal extends Typed {
  readonly kind: 'literal'
  readonly value: LiteralValue
  /** The constant as the query has it, from which it can be read as another type. */
  readonly written: unknown
}

/** A function or operator of the registry, over values of one row. */
export interface Call extends Typed {
  readonly kind: 'call'
  readonly name: string
  readonly args: readonly Expression[]
}

export interface Case extends Typed {
  readonly kind: 'case'
  readonly branches: readonly Branch[]
  readonly otherwise: Expression
}

export interface Branch {
  readonly when: Expression
  readonly result: Expression
}

/** A conversion to a wider type. It keeps every value, but for numbers that become doubles, which may be rounded. */
export interface Cast extends Typed {
  readonly kind: 'cast'
  readonly input: Expression
}

/** A function of the registry over the rows of a group. */
export interface AggregateCall extends Typed {
  readonly kind: 'aggregate'
  readonly name: string
  readonly args: readonly Expression[]
  readonly distinct: boolean
  readonly filter: Expression | undefined
  readonly orderBy: readonly SortItem[]
}

/** A function of the registry, a window function or an aggregate, over the rows of a partition. */
export interface WindowCall extends Typed {
  readonly kind: 'window'
  readonly name: string
  readonly args: readonly Expression[]
  readonly filter: Expression | undefined
  readonly partitionBy: readonly Expression[]
  readonly orderBy: readonly SortItem[]
  readonly frame: WindowFrame | undefined
}

/** Rows around the current one: null is unbounded, 0 the current row, -n n rows before it, n n rows after it. */
export interface WindowFrame {
  readonly from: number | null
  readonly to: number | null
}

export interface SortItem {
  readonly expression: Expression
  readonly direction: 'asc' | 'desc'
  readonly nulls: 'first' | 'last'
}

/** SQL of the author's own, a text for each dialect; `$1` is the first argument. Nothing is known of it but its type. */
export interface RawSql extends Typed {
  readonly kind: 'raw'
  readonly texts: Readonly<Record<DialectName, string>>
  readonly args: readonly Expression[]
}

export type DialectName = 'duckdb' | 'spark'

export const column = (id: ColumnId, { type, nullable }: Typed): ColumnReference => ({
  kind: 'column',
  id,
  type,
  nullable,
})

/** The expressions right below. */
export function partsOf(expression: Expression): readonly Expression[] {
  switch (expression.kind) {
    case 'column':
    case 'literal':
      return []
    case 'call':
    case 'raw':
      return expression.args
    case 'case':
      return [...expression.branches.flatMap(({ when, result }) => [when, result]), expression.otherwise]
    case 'cast':
      return [expression.input]
    case 'aggregate':
      return [...expression.args, ...present(expression.filter), ...expression.orderBy.map(sorted)]
    case 'window':
      return [
        ...expression.args,
        ...present(expression.filter),
        ...expression.partitionBy,
        ...expression.orderBy.map(sorted),
      ]
  }
}

const present = <Value>(value: Value | undefined): readonly Value[] => (value === undefined ? [] : [value])

const sorted = ({ expression }: SortItem): Expression => expression

/** A copy with the expressions right below put through `map`. */
export function mapParts(expression: Expression, map: (part: Expression) => Expression): Expression {
  const items = (orderBy: readonly SortItem[]) => orderBy.map((item) => ({ ...item, expression: map(item.expression) }))
  switch (expression.kind) {
    case 'column':
    case 'literal':
      return expression
    case 'call':
    case 'raw':
      return { ...expression, args: expression.args.map(map) }
    case 'case':
      return {
        ...expression,
        branches: expression.branches.map(({ when, result }) => ({ when: map(when), result: map(result) })),
        otherwise: map(expression.otherwise),
      }
    case 'cast':
      return { ...expression, input: map(expression.input) }
    case 'aggregate':
      return {
        ...expression,
        args: expression.args.map(map),
        filter: expression.filter && map(expression.filter),
        orderBy: items(expression.orderBy),
      }
    case 'window':
      return {
        ...expression,
        args: expression.args.map(map),
        filter: expression.filter && map(expression.filter),
        partitionBy: expression.partitionBy.map(map),
        orderBy: items(expression.orderBy),
      }
  }
}

/** The columns that an expression names, each as often as it does. */
export function referencesIn(expression: Expression): readonly ColumnId[] {
  if (expression.kind === 'column') return [expression.id]
  return partsOf(expression).flatMap(referencesIn)
}

export function contains(expression: Expression, test: (expression: Expression) => boolean): boolean {
  return test(expression) || partsOf(expression).some((part) => contains(part, test))
}

/** The expression over other columns. */
export function withColumns(expression: Expression, columns: ReadonlyMap<ColumnId, ColumnId>): Expression {
  if (expression.kind === 'column') return { ...expression, id: columns.get(expression.id) ?? expression.id }
  return mapParts(expression, (part) => withColumns(part, columns))
}

/** The column that the expression is; undefined where it is computed. */
export const referenced = (expression: Expression): ColumnId | undefined =>
  expression.kind === 'column' ? expression.id : undefined

export function isSameExpression(left: Expression, right: Expression): boolean {
  return left.kind === right.kind && printed(left) === printed(right)
}

/** How a constant is written, and whether a column may be null here, makes no other expression. */
const printed = (expression: Expression): string =>
  JSON.stringify(expression, (name, value) => {
    if (name === 'written' || name === 'nullable') return undefined
    return typeof value === 'bigint' ? `${value}n` : value
  })
