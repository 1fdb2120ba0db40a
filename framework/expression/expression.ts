/** Defines the typed expressions that a query computes, with every conversion explicit. */
import type { ValueType } from './value-type.ts'

/**
 * Identifies a column of a relation, such as `c12`. Ids are unique in a query, so that a reference
 * needs no table.
 */
export type ColumnId = string

/**
 * A constant's value: exact digits for a decimal, yyyy-mm-dd for a date, microseconds since 1970
 * for a timestamp, base64 for bytes.
 */
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
  /** The constant as the author wrote it, so that it can be read again as another type. */
  readonly written: unknown
}

/** A call of a scalar function or operator of the registry. */
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

/**
 * A conversion to a wider type. It keeps every value, except that a number that becomes a double
 * can be rounded.
 */
export interface Cast extends Typed {
  readonly kind: 'cast'
  readonly input: Expression
}

/** A call of an aggregate of the registry, over the rows of a group. */
export interface AggregateCall extends Typed {
  readonly kind: 'aggregate'
  readonly name: string
  readonly args: readonly Expression[]
  readonly distinct: boolean
  readonly filter: Expression | undefined
  readonly orderBy: readonly SortItem[]
}

/** A call of a window function or an aggregate of the registry, over the rows of a partition. */
export interface WindowCall extends Typed {
  readonly kind: 'window'
  readonly name: string
  readonly args: readonly Expression[]
  readonly filter: Expression | undefined
  readonly partitionBy: readonly Expression[]
  readonly orderBy: readonly SortItem[]
  readonly frame: WindowFrame | undefined
}

/**
 * A ROWS frame. null is unbounded, 0 is the current row, -2 is two rows before it, 2 is two rows
 * after it.
 */
export interface WindowFrame {
  readonly from: number | null
  readonly to: number | null
}

export interface SortItem {
  readonly expression: Expression
  readonly direction: 'asc' | 'desc'
  readonly nulls: 'first' | 'last'
}

/**
 * Raw SQL of the author, a text for each dialect in which `$1` is the first argument. Only its type
 * is known.
 */
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

/** The direct parts of an expression. */
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

/** A copy of the expression with `map` applied to its direct parts. */
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

/** The columns that an expression references, with repetitions. */
export function referencesIn(expression: Expression): readonly ColumnId[] {
  if (expression.kind === 'column') return [expression.id]
  return partsOf(expression).flatMap(referencesIn)
}

/** Whether `test` holds for the expression or for one of its parts, at any depth. */
export function contains(expression: Expression, test: (expression: Expression) => boolean): boolean {
  return test(expression) || partsOf(expression).some((part) => contains(part, test))
}

/** The expression, with its columns replaced as the map says. */
export function withColumns(expression: Expression, columns: ReadonlyMap<ColumnId, ColumnId>): Expression {
  if (expression.kind === 'column') return { ...expression, id: columns.get(expression.id) ?? expression.id }
  return mapParts(expression, (part) => withColumns(part, columns))
}

/** The column's id if the expression is a plain column; else undefined. */
export const referenced = (expression: Expression): ColumnId | undefined =>
  expression.kind === 'column' ? expression.id : undefined

export function isSameExpression(left: Expression, right: Expression): boolean {
  return left.kind === right.kind && printed(left) === printed(right)
}

/**
 * The expression as text. Leaves out what makes no difference: how a constant was written, and
 * nullability.
 */
const printed = (expression: Expression): string =>
  JSON.stringify(expression, (name, value) => {
    if (name === 'written' || name === 'nullable') return undefined
    return typeof value === 'bigint' ? `${value}n` : value
  })
