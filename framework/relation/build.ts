/** Makes relations, and leaves out what surely has no rows. */
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
import {
  columnsOf,
  type Distinct,
  type Empty,
  type Join,
  type Limit,
  type Match,
  type Output,
  type Projection,
  type Relation,
  type SemiJoin,
  type SetOperation,
} from './relation.ts'

export const empty = (columns: readonly ColumnId[]): Empty => ({ kind: 'empty', columns })

const isEmpty = (relation: Relation): relation is Empty => relation.kind === 'empty'

export const emptyAs = (relation: Relation): Empty => empty(columnsOf(relation))

/** It is put before a projection that leaves its columns as they are, next to what gives them. */
export function filter(input: Relation, predicate: Expression): Relation {
  if (isEmpty(input)) return input
  const below = input.kind === 'project' ? sources(input, referencesIn(predicate)) : undefined
  if (input.kind !== 'project' || !below) return { kind: 'filter', input, predicate }
  return project(filter(input.input, withColumns(predicate, below)), input.outputs)
}

/** Where these columns come from; undefined where one of them is worked out. */
function sources({ outputs }: Projection, columns: readonly ColumnId[]): ReadonlyMap<ColumnId, ColumnId> | undefined {
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

/** A column that is passed on. Its type does not matter where it is. */
export const reference = (id: ColumnId): Expression => column(id, { type: TEXT, nullable: true })

export const passed = (columns: readonly ColumnId[]): readonly Output[] =>
  columns.map((id) => ({ id, expression: reference(id) }))

/** The columns under other names. */
export function renamed(input: Relation, from: readonly ColumnId[], to: readonly ColumnId[]): Relation {
  return project(
    input,
    to.map((id, place) => ({ id, expression: reference(from[place] ?? '') })),
  )
}

/** The input's columns and more. */
export function extended(input: Relation, outputs: readonly Output[]): Relation {
  return outputs.length === 0 ? input : project(input, [...passed(columnsOf(input)), ...outputs])
}

/** For the right side of a left join: without rows, and still with the types of the columns, which are null then. */
export function orNoRowsOf(rows: Relation, relation: Relation): Relation {
  return isEmpty(rows) ? { kind: 'filter', input: relation, predicate: FALSE } : rows
}

export function join(parts: Omit<Join, 'kind'>): Relation {
  const { type, left, right } = parts
  const none = isEmpty(left) || (type === 'inner' && isEmpty(right))
  return none ? empty([...columnsOf(left), ...columnsOf(right)]) : { kind: 'join', ...parts }
}

export function matching(parts: Omit<SemiJoin, 'kind'>): Relation {
  const { input, set, keep } = parts
  if (isEmpty(input)) return input
  if (isEmpty(set)) return keep === 'some' ? emptyAs(input) : input
  return { kind: 'matching', ...parts }
}

/** Without keys there is one row, even of no rows. */
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
  const some = inputs.filter((input) => !isEmpty(input))
  const [only, ...others] = some
  if (!only) return empty(columns)
  if (others.length > 0) return { kind: 'union-all', columns, inputs: some }
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

export const same = (columns: readonly ColumnId[], among: readonly ColumnId[]): readonly Match[] =>
  columns.map((column, place) => ({ kind: 'same', column, among: among[place] ?? '' }))
