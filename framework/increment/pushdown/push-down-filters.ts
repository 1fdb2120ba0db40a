/**
 * Pushes the filters of a query down to its scans, so that an increment stages and looks up only
 * rows that pass them.
 */
import { all } from '../../expression/conditions.ts'
import { type ColumnId, type Expression, referenced, referencesIn, withColumns } from '../../expression/expression.ts'
import { filter } from '../../relation/build.ts'
import { columnPairs } from '../../relation/columns.ts'
import { conjuncts } from '../../relation/conditions.ts'
import { columnsOf, type Join, mapInputs, type Projection, type Relation } from '../../relation/relation.ts'

/** A relation with the same rows, which applies each filter as early as that is correct. */
export const pushDownFilters = (relation: Relation): Relation => filtered(relation, [])

/** The rows of the relation for which all conditions hold. */
function filtered(relation: Relation, conditions: readonly Expression[]): Relation {
  switch (relation.kind) {
    case 'filter':
      return filtered(relation.input, [...conjuncts(relation.predicate), ...conditions])
    case 'project': {
      const { below, here } = belowProjection(relation, conditions)
      return kept({ ...relation, input: filtered(relation.input, below) }, here)
    }
    case 'expand': {
      const { within, rest } = divided(conditions, columnsOf(relation.input))
      return kept({ ...relation, input: filtered(relation.input, within) }, rest)
    }
    case 'join':
      return filteredJoin(relation, conditions)
    case 'semi-join':
    case 'anti-join':
      return { ...relation, left: filtered(relation.left, conditions), right: filtered(relation.right, []) }
    case 'aggregate': {
      const { within, rest } = divided(conditions, relation.keys)
      return kept({ ...relation, input: filtered(relation.input, within) }, rest)
    }
    case 'window': {
      const { within, rest } = divided(conditions, relation.partitionBy)
      return kept({ ...relation, input: filtered(relation.input, within) }, rest)
    }
    case 'distinct':
      return { ...relation, input: filtered(relation.input, conditions) }
    case 'union-all':
    case 'set-operation': {
      const { columns } = relation
      return mapInputs(relation, (input) => filtered(input, ofInput(conditions, columns, columnsOf(input))))
    }
    case 'limit':
      return kept({ ...relation, input: filtered(relation.input, []) }, conditions)
    case 'scan':
    case 'staged':
    case 'empty':
      return kept(relation, conditions)
  }
}

function kept(relation: Relation, conditions: readonly Expression[]): Relation {
  const predicate = all(conditions)
  return predicate ? filter(relation, predicate) : relation
}

/** The conditions that name columns of the list, and no other columns. */
function divided(conditions: readonly Expression[], columns: readonly ColumnId[]) {
  const known = new Set(columns)
  const isWithin = (condition: Expression) => {
    const references = referencesIn(condition)
    return references.length > 0 && references.every((id) => known.has(id))
  }
  return { within: conditions.filter(isWithin), rest: conditions.filter((condition) => !isWithin(condition)) }
}

/** A left join keeps each row of its left side, so only conditions on that side go below it. */
function filteredJoin(relation: Join, conditions: readonly Expression[]): Relation {
  const left = divided(conditions, columnsOf(relation.left))
  const right = divided(left.rest, relation.type === 'inner' ? columnsOf(relation.right) : [])
  const join = {
    ...relation,
    left: filtered(relation.left, left.within),
    right: filtered(relation.right, right.within),
  }
  return kept(join, right.rest)
}

/** A condition goes below a projection if that passes on all columns that it names. */
function belowProjection({ outputs }: Projection, conditions: readonly Expression[]) {
  const sources = new Map(
    outputs.flatMap(({ id, expression }) => {
      const source = referenced(expression)
      return source === undefined ? [] : [[id, source] as const]
    }),
  )
  const { within, rest } = divided(conditions, [...sources.keys()])
  return { below: within.map((condition) => withColumns(condition, sources)), here: rest }
}

function ofInput(
  conditions: readonly Expression[],
  columns: readonly ColumnId[],
  own: readonly ColumnId[],
): readonly Expression[] {
  const names = new Map(columnPairs(columns, own))
  return conditions.map((condition) => withColumns(condition, names))
}
