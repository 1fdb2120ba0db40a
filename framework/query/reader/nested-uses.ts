/**
 * Refuses queries that compare rows by nested values, because lake does not define such
 * comparisons.
 */
import { contains, type Expression } from '../../expression/expression.ts'
import { isNested, type NestedType, nestedName } from '../../expression/value-type.ts'
import { columnTypes } from '../../relation/column-types.ts'
import { columnsOf, inputsOf, type Match, type Relation } from '../../relation/relation.ts'
import { expressionsOf } from '../../relation/relation-expressions.ts'
import { QueryProblem } from './query-problem.ts'

/** Throws QueryProblem if the relation compares arrays, structs or maps. */
export function refuseNestedComparisons(relation: Relation): void {
  const nested = comparedBy(relation)
  if (nested) throw new QueryProblem(`it ${nested.how} ${nested.what}`, nested.remedy)
  for (const expression of expressionsOf(relation)) refuseDistinctLists(expression)
  for (const input of inputsOf(relation)) refuseNestedComparisons(input)
}

interface NestedUse {
  readonly how: string
  readonly what: string
  readonly remedy: string
}

/** How the operator itself compares nested values; undefined if it does not. */
function comparedBy(relation: Relation): NestedUse | undefined {
  switch (relation.kind) {
    case 'aggregate':
      return ofColumns(relation.input, relation.keys, 'groups by')
    case 'window':
      return ofColumns(relation.input, relation.partitionBy, 'partitions by')
    case 'distinct':
      return ofColumns(relation.input, columnsOf(relation.input), 'selects distinct rows of')
    case 'set-operation':
      return ofColumns(relation, relation.columns, `combines by ${relation.operator.toUpperCase()} rows of`)
    case 'semi-join':
    case 'anti-join':
      return relation.on.map((match) => ofMatch(relation.left, match)).find((use) => use !== undefined)
    case 'join':
      return relation.on && ofEquality(relation.on)
    case 'filter':
      return ofEquality(relation.predicate)
    case 'scan':
    case 'staged':
    case 'empty':
    case 'project':
    case 'expand':
    case 'union-all':
    case 'limit':
      return undefined
  }
}

function ofColumns(relation: Relation, columns: readonly string[], how: string): NestedUse | undefined {
  const types = columnTypes(relation)
  const nested = columns.map((column) => types.get(column)).find((type) => type !== undefined && isNested(type))
  return nested && use(how, nested)
}

function ofMatch(left: Relation, match: Match): NestedUse | undefined {
  return match.kind === 'condition' ? ofEquality(match.condition) : ofColumns(left, [match.left], 'compares')
}

/**
 * Checks the equalities that the reader itself makes for IN and for tuples, because the registry
 * does not check these.
 */
function ofEquality(condition: Expression): NestedUse | undefined {
  let compared: NestedType | undefined
  contains(condition, (one) => {
    if (one.kind === 'call' && one.name.startsWith('='))
      compared ??= one.args.map(({ type }) => type).find((type) => isNested(type))
    return compared !== undefined
  })
  return compared && use('compares', compared)
}

const use = (how: string, type: NestedType): NestedUse => ({
  ...{ how, what: nestedName(type) },
  remedy:
    type.kind === 'map'
      ? 'use parts of it, such as fn.mapElement(map, key), or the rows of fn.unnest(fn.mapEntries(map))'
      : 'use parts of it, such as fn.field(struct, name), fn.element(array, 1) or fn.arrayJoin(array, separator)',
})

/** DuckDB cannot order the distinct values of a list by their parts. */
function refuseDistinctLists(expression: Expression): void {
  const isDistinctList = (one: Expression) =>
    one.kind === 'aggregate' && one.distinct && one.args.some(({ type }) => isNested(type))
  if (contains(expression, isDistinctList)) {
    throw new QueryProblem('it aggregates distinct arrays, structs or maps', 'aggregate their parts')
  }
}
