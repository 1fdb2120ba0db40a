/** Which columns tell a relation's rows apart. */
import { type ColumnId, type Expression, referenced } from '../expression/expression.ts'
import { conjuncts, equalities } from './conditions.ts'
import { columnsOf, type Filter, type Join, type Relation, type Window } from './relation.ts'

/** Whether no two rows agree in all of the columns. False where that is not known. */
export function isUniqueBy(relation: Relation, columns: ReadonlySet<ColumnId>): boolean {
  switch (relation.kind) {
    case 'filter': {
      const first = firstOfPartition(relation)
      if (first?.partitionBy.every((column) => columns.has(column))) return true
      return isUniqueBy(relation.input, columns)
    }
    case 'matching':
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
    case 'aggregate':
      return relation.keys.every((key) => columns.has(key))
    case 'distinct':
      return columnsOf(relation.input).every((column) => columns.has(column)) || isUniqueBy(relation.input, columns)
    case 'scan':
      return relation.keys.some((key) => key.every((column) => columns.has(column)))
    case 'join': {
      if (matchesOne(relation) && isUniqueBy(relation.left, columns)) return true
      if (relation.type === 'inner' && isMatchedOnce(relation) && isUniqueBy(relation.right, columns)) return true
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

/** Whether a row of the left can match no more than one of the right. */
export const matchesOne = ({ left, right, on }: Join): boolean =>
  isUniqueBy(right, new Set(equalColumns(left, right, on).map((sides) => sides.right)))

/** Whether a row of the right can be matched by no more than one of the left. */
export const isMatchedOnce = ({ left, right, on }: Join): boolean =>
  isUniqueBy(left, new Set(equalColumns(left, right, on).map((sides) => sides.left)))

const equalColumns = (left: Relation, right: Relation, on: Expression | undefined) =>
  equalities(on, new Set(columnsOf(left)), new Set(columnsOf(right)))

/** The window of `row_number() over (partition by ...) = 1`, of which a partition keeps one row. */
export function firstOfPartition({ input, predicate }: Filter): Window | undefined {
  if (input.kind !== 'window') return undefined
  const numbers = input.functions.filter(
    ({ expression }) => expression.kind === 'window' && expression.name === 'row_number',
  )
  return conjuncts(predicate).some((condition) => numbers.some(({ id }) => isFirst(condition, id))) ? input : undefined
}

export function isFirst(condition: Expression, number: ColumnId): boolean {
  if (condition.kind !== 'call' || condition.name !== '=') return false
  const [left, right] = condition.args
  return left !== undefined && referenced(left) === number && right?.kind === 'literal' && Number(right.value) === 1
}
