/** Finds out whether columns are a unique key of a relation. */
import { type ColumnId, type Expression, referenced } from '../expression/expression.ts'
import { conjuncts, equalities } from './conditions.ts'
import { columnsOf, type Filter, type Join, type Relation, type Window } from './relation.ts'

/** True if no two rows agree in all of the columns. False also if that is unknown. */
export function isUniqueBy(relation: Relation, columns: ReadonlySet<ColumnId>): boolean {
  switch (relation.kind) {
    case 'filter': {
      const ranked = topWindowOf(relation)
      if (ranked?.partitionBy.every((column) => columns.has(column))) return true
      return isUniqueBy(relation.input, columns)
    }
    case 'semi-join':
    case 'anti-join':
      return isUniqueBy(relation.left, columns)
    case 'window':
      return isUniqueBy(relation.input, columns)
    case 'limit':
      return relation.count <= 1 || isUniqueBy(relation.input, columns)
    case 'project': {
      const sources = relation.outputs.flatMap(({ id, expression }) => {
        const source = columns.has(id) ? referenced(expression) : undefined
        return source === undefined ? [] : [source]
      })
      return isUniqueBy(relation.input, new Set(sources))
    }
    case 'expand':
      // An array can hold the same element twice.
      if (relation.values.kind === 'elements') return false
      return columns.has(relation.id) && isUniqueBy(relation.input, without(columns, relation.id))
    case 'aggregate':
      return relation.keys.every((key) => columns.has(key))
    case 'distinct':
      return columnsOf(relation.input).every((column) => columns.has(column)) || isUniqueBy(relation.input, columns)
    case 'scan':
      return relation.keys.some((key) => key.every((column) => columns.has(column)))
    case 'join': {
      if (matchesAtMostOne(relation) && isUniqueBy(relation.left, columns)) return true
      if (relation.type === 'inner' && isMatchedAtMostOnce(relation) && isUniqueBy(relation.right, columns)) return true
      return isUniqueBy(relation.left, columns) && isUniqueBy(relation.right, columns)
    }
    case 'empty':
      return true
    case 'set-operation':
      return !relation.operator.endsWith('all') && relation.columns.every((column) => columns.has(column))
    case 'staged':
    case 'union-all':
      return false
  }
}

const without = (columns: ReadonlySet<ColumnId>, dropped: ColumnId): ReadonlySet<ColumnId> =>
  new Set([...columns].filter((column) => column !== dropped))

/** True if each row of the left matches at most one row of the right. */
export const matchesAtMostOne = ({ left, right, on }: Join): boolean =>
  isUniqueBy(right, new Set(equalColumns(left, right, on).map((sides) => sides.right)))

/** True if each row of the right is matched by at most one row of the left. */
export const isMatchedAtMostOnce = ({ left, right, on }: Join): boolean =>
  isUniqueBy(left, new Set(equalColumns(left, right, on).map((sides) => sides.left)))

const equalColumns = (left: Relation, right: Relation, on: Expression | undefined) =>
  equalities(on, new Set(columnsOf(left)), new Set(columnsOf(right)))

/**
 * The window of a filter `row_number() over (partition by ...) = 1`, which keeps one row of each
 * partition.
 */
export function topWindowOf({ input, predicate }: Filter): Window | undefined {
  if (input.kind !== 'window') return undefined
  const rowNumbers = input.functions.filter(
    ({ expression }) => expression.kind === 'window' && expression.name === 'row_number',
  )
  return conjuncts(predicate).some((condition) => rowNumbers.some(({ id }) => equalsOne(condition, id)))
    ? input
    : undefined
}

/** Whether the condition is `column = 1`. */
export function equalsOne(condition: Expression, column: ColumnId): boolean {
  if (condition.kind !== 'call' || condition.name !== '=') return false
  const [left, right] = condition.args
  return left !== undefined && referenced(left) === column && right?.kind === 'literal' && Number(right.value) === 1
}
