/** Builds relations, and simplifies them if an input is known to have no rows. */
import { FALSE } from '../expression/conditions.ts'
import {
  type ColumnId,
  column,
  type Expression,
  referenced,
  referencesIn,
  withColumns,
} from '../expression/expression.ts'
import { TEXT } from '../expression/value-type.ts'
import { columnPairs } from './columns.ts'
import { NO_RANGES } from './range.ts'
import {
  columnsOf,
  type Distinct,
  type Empty,
  type Expansion,
  type Join,
  type KeyMatch,
  type Limit,
  type NamedColumn,
  type Output,
  type Projection,
  type Relation,
  type Scan,
  type SemiJoin,
  type SetOperation,
} from './relation.ts'

export const empty = (columns: readonly ColumnId[]): Empty => ({ kind: 'empty', columns })

/** All current rows of a table. */
export const scan = (alias: string, columns: readonly NamedColumn[]): Scan => ({
  kind: 'scan',
  alias,
  part: 'after',
  columns,
  keys: [],
  ranges: NO_RANGES,
})

const isEmpty = (relation: Relation): relation is Empty => relation.kind === 'empty'

/** No rows, with the columns of the relation. */
export const emptyAs = (relation: Relation): Empty => empty(columnsOf(relation))

/**
 * Adds a filter. Pushes it below a projection that passes on the columns that the predicate names.
 */
export function filter(input: Relation, predicate: Expression): Relation {
  if (isEmpty(input)) return input
  const sources = input.kind === 'project' ? sourcesOf(input, referencesIn(predicate)) : undefined
  if (input.kind !== 'project' || !sources) return { kind: 'filter', input, predicate }
  return project(filter(input.input, withColumns(predicate, sources)), input.outputs)
}

/**
 * The input's column for each of these columns; undefined if the projection computes one of them.
 */
function sourcesOf({ outputs }: Projection, columns: readonly ColumnId[]): ReadonlyMap<ColumnId, ColumnId> | undefined {
  const found = new Map<ColumnId, ColumnId>()
  for (const column of columns) {
    const output = outputs.find(({ id }) => id === column)
    const source = output && referenced(output.expression)
    if (source === undefined) return undefined
    found.set(column, source)
  }
  return found
}

export function project(input: Relation, outputs: readonly Output[]): Relation {
  return isEmpty(input) ? empty(outputs.map(({ id }) => id)) : { kind: 'project', input, outputs }
}

/** A column that an operator passes on. Any type is sufficient, because no code reads it. */
export const reference = (id: ColumnId): Expression => column(id, { type: TEXT, nullable: true })

export const passed = (columns: readonly ColumnId[]): readonly Output[] =>
  columns.map((id) => ({ id, expression: reference(id) }))

/** Renames columns: the input's columns `from` get the ids `to`, in their order. */
export function renamed(input: Relation, from: readonly ColumnId[], to: readonly ColumnId[]): Relation {
  return project(
    input,
    columnPairs(to, from).map(([id, source]) => ({ id, expression: reference(source) })),
  )
}

/** The input's columns and the outputs. */
export function extended(input: Relation, outputs: readonly Output[]): Relation {
  return outputs.length === 0 ? input : project(input, [...passed(columnsOf(input)), ...outputs])
}

/**
 * The rows as the right side of a left join. The join needs the types of the columns even if there
 * are no rows, so that an empty relation becomes `relation` with a filter that is never true.
 */
export function orNoRowsOf(rows: Relation, relation: Relation): Relation {
  return isEmpty(rows) ? { kind: 'filter', input: relation, predicate: FALSE } : rows
}

export function expand(parts: Omit<Expansion, 'kind'>): Relation {
  return isEmpty(parts.input) ? empty([...columnsOf(parts.input), parts.id]) : { kind: 'expand', ...parts }
}

export function join(parts: Omit<Join, 'kind'>): Relation {
  const { type, left, right } = parts
  const none = isEmpty(left) || (type === 'inner' && isEmpty(right))
  return none ? empty([...columnsOf(left), ...columnsOf(right)]) : { kind: 'join', ...parts }
}

/** A semi join or an anti join, as the kind says. */
export function semiJoin(parts: SemiJoin): Relation {
  const { kind, left, right } = parts
  if (isEmpty(left)) return left
  if (isEmpty(right)) return kind === 'semi-join' ? emptyAs(left) : left
  return parts
}

/** Without keys the result has one row, even if the input has none. */
export function aggregate(input: Relation, keys: readonly ColumnId[], functions: readonly Output[]): Relation {
  if (isEmpty(input) && keys.length > 0) return empty([...keys, ...functions.map(({ id }) => id)])
  return { kind: 'aggregate', input, keys, functions }
}

export function window(input: Relation, partitionBy: readonly ColumnId[], functions: readonly Output[]): Relation {
  if (functions.length === 0) return input
  if (isEmpty(input)) return empty([...columnsOf(input), ...functions.map(({ id }) => id)])
  return { kind: 'window', input, partitionBy, functions }
}

export function limit(parts: Omit<Limit, 'kind'>): Relation {
  return isEmpty(parts.input) ? parts.input : { kind: 'limit', ...parts }
}

export function distinct(input: Relation): Distinct | Empty {
  return isEmpty(input) ? input : { kind: 'distinct', input }
}

export function unionAll(columns: readonly ColumnId[], inputs: readonly Relation[]): Relation {
  const nonEmpty = inputs.filter((input) => !isEmpty(input))
  const [only, ...others] = nonEmpty
  if (!only) return empty(columns)
  if (others.length > 0) return { kind: 'union-all', columns, inputs: nonEmpty }
  const own = columnsOf(only)
  return own.join() === columns.join() ? only : renamed(only, own, columns)
}

export function setOperation(parts: Omit<SetOperation, 'kind'>): Relation {
  const { operator, columns, left, right } = parts
  if (!isEmpty(left) && !isEmpty(right)) return { kind: 'set-operation', ...parts }
  switch (operator) {
    case 'union':
      return distinct(unionAll(columns, [left, right]))
    case 'intersect':
    case 'intersect all':
      return empty(columns)
    case 'except':
      return distinct(unionAll(columns, [left]))
    case 'except all':
      return unionAll(columns, [left])
  }
}

/**
 * Matches each column of the left with the one at the same index on the right; null matches null.
 */
export const nullSafeKeys = (left: readonly ColumnId[], right: readonly ColumnId[]): readonly KeyMatch[] =>
  columnPairs(left, right).map(([column, other]) => ({ kind: 'null-safe', left: column, right: other }))
