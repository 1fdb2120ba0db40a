/** Decides which rows and which data files can match a program's conditions. */
import type { TableColumn } from '../delta/schema.ts'
import type { StatValue } from '../delta/stats.ts'
import type { DataFile } from '../engine/data-file.ts'
import { LakeError } from '../errors.ts'
import { isNested, nestedName } from '../expression/value-type.ts'
import type { ConstantOperator } from './lake-table.ts'
import { type Comparable, comparableOf, compareValues, isNestedValue, type StoredValue } from './values.ts'

type Order = Exclude<ConstantOperator, '<>'>

/** A condition on one column. */
export type ColumnCondition = { readonly column: TableColumn } & (
  | { readonly kind: 'null'; readonly isNull: boolean }
  | { readonly kind: 'compared'; readonly operator: Order; readonly value: Comparable }
  | { readonly kind: 'listed'; readonly isListed: boolean; readonly values: readonly Comparable[] }
)

/** A condition as a program wrote it. */
export interface WrittenCondition {
  readonly operator: string
  readonly value: unknown
}

const ORDERS: ReadonlySet<string> = new Set<Order>(['=', '!=', '<', '<=', '>', '>='])
const isOrder = (operator: string): operator is Order => ORDERS.has(operator)

/** Throws `usage` for an operator that lake does not have, and for a value of another type. */
export function conditionOn(column: TableColumn, { operator, value }: WrittenCondition): ColumnCondition {
  const order = operator === '<>' ? '!=' : operator
  if (isOrder(order)) return { column, kind: 'compared', operator: order, value: constant(column, value) }
  if (operator === 'in' || operator === 'not in') {
    if (!Array.isArray(value)) throw usage(column, `${operator} takes a list`)
    const values = value.map((one) => constant(column, one))
    return { column, kind: 'listed', isListed: operator === 'in', values }
  }
  if (operator === 'is' || operator === 'is not') {
    if (value !== null) throw usage(column, `${operator} takes null: compare with =`)
    return { column, kind: 'null', isNull: operator === 'is' }
  }
  throw usage(column, `the operator ${JSON.stringify(operator)} is none of =, !=, <, <=, >, >=, in, not in, is, is not`)
}

const WANTED = {
  text: 'a string',
  boolean: 'true or false',
  int: 'a number',
  double: 'a number',
  bigint: 'a bigint',
  date: "a date such as '2018-11-01'",
  timestamp: 'a Date',
  binary: 'a Uint8Array',
} as const

function constant(column: TableColumn, value: unknown): Comparable {
  const { type } = column
  const comparable = comparableOf(value, type)
  if (comparable !== undefined) return comparable
  if (isNested(type)) throw usage(column, `no value compares with ${nestedName(type)}`)
  if (value === null) throw usage(column, 'nothing compares with null: use is or is not')
  const wanted =
    type.kind === 'decimal'
      ? `a string with at most ${type.scale} digits after the point, such as '1.5'`
      : WANTED[type.kind]
  throw usage(column, `it compares with ${wanted}, and not with ${typeof value} ${String(value)}`)
}

const usage = ({ name }: TableColumn, problem: string): LakeError =>
  new LakeError('usage', { problem: `A condition on ${name} is wrong: ${problem}` })

/** Whether a row with this value matches. As in SQL, null matches no comparison. */
export function matches(condition: ColumnCondition, value: StoredValue): boolean {
  if (condition.kind === 'null') return (value === null) === condition.isNull
  // A column of arrays or structs can have no other condition than one on null.
  if (value === null || isNestedValue(value)) return false
  if (condition.kind === 'compared') return holds(condition.operator, compareValues(value, condition.value))
  return condition.values.some((one) => compareValues(value, one) === 0) === condition.isListed
}

function holds(operator: Order, order: number): boolean {
  switch (operator) {
    case '=':
      return order === 0
    case '!=':
      return order !== 0
    case '<':
      return order < 0
    case '<=':
      return order <= 0
    case '>':
      return order > 0
    case '>=':
      return order >= 0
  }
}

/** False only if the statistics of the file prove that none of its rows matches. */
export function canMatch(condition: ColumnCondition, file: DataFile): boolean {
  const { column } = condition
  const known = saysNothing(column, file.partitionValues[column.name]) ? undefined : file.stats(column.name)
  if (!known) return true
  const [min, max] = [boundOf(known.min, column), boundOf(known.max, column)]
  // The statistics count deleted rows, too.
  const rows = file.liveRows?.rowsInFile ?? file.rows
  const hasValues = rows === undefined || known.nulls < rows
  if (condition.kind === 'null') return condition.isNull ? known.nulls > 0 : hasValues
  if (!hasValues) return false
  if (condition.kind === 'compared') return canCompare(condition, { min, max })
  if (!condition.isListed) return true
  return condition.values.some((value) => canCompare({ column, operator: '=', value }, { min, max }))
}

/**
 * Delta does not distinguish '' from null in the log. Only the file shows which of the two it is.
 */
const saysNothing = ({ type }: TableColumn, partition: string | null | undefined): boolean =>
  type.kind === 'text' && (partition === '' || partition === null)

function boundOf(value: StatValue | undefined, { type }: TableColumn): Comparable | undefined {
  return value === undefined ? undefined : comparableOf(value, type)
}

interface Compared {
  readonly column: TableColumn
  readonly operator: Order
  readonly value: Comparable
}

interface Bounds {
  readonly min: Comparable | undefined
  readonly max: Comparable | undefined
}

/** Whether a value between the bounds can match. A missing bound proves nothing. */
function canCompare({ column, operator, value }: Compared, { min, max }: Bounds): boolean {
  // The bounds of other writers ignore NaN, which is greater than all of them.
  const isPastBounds = column.type.kind === 'double' && (Number.isNaN(value) || operator.startsWith('>'))
  const most = isPastBounds ? undefined : max
  const isBelow = min !== undefined && compareValues(value, min) < 0
  const isAbove = most !== undefined && compareValues(value, most) > 0
  switch (operator) {
    case '=':
      return !isBelow && !isAbove
    case '<':
      return min === undefined || compareValues(min, value) < 0
    case '<=':
      return !isBelow
    case '>':
      return most === undefined || compareValues(most, value) > 0
    case '>=':
      return !isAbove
    case '!=':
      return true
  }
}
